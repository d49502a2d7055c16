import { type Refused, refused } from '../../../platform/refusal.ts'
import { type CartOwner, deleteLines, itemOfLine, setQuantity } from '../store/cart-store.ts'
import type { ChangeCartDeps } from './add-to-cart.ts'

/**
 * Sets how many pieces a line has; the price of now counts as seen. Doing it again changes nothing.
 * Refusals: not_found (not a line of this cart, or it has left it).
 */
export async function changeQuantity(
  { db, clock, catalog }: ChangeCartDeps,
  owner: CartOwner,
  { lineId, quantity }: { lineId: string; quantity: number },
): Promise<{ kind: 'changed' } | Refused<'not_found'>> {
  const line = await itemOfLine(db, owner, lineId)
  if (!line) return refused('not_found')
  const [item] = await catalog.itemsForSale(db, [line.itemId])
  const price = item?.realPrice ?? line.seenPrice
  const isChanged = await setQuantity(db, owner, { id: lineId, quantity, price }, clock.now())
  return isChanged ? { kind: 'changed' } : refused('not_found')
}

/** Takes lines out of the cart. What is not there, or in somebody else's cart, is left alone; so it may be repeated. */
export async function removeFromCart(
  { db }: Pick<ChangeCartDeps, 'db'>,
  owner: CartOwner,
  lineIds: readonly string[],
): Promise<void> {
  await deleteLines(db, owner, lineIds)
}
