import { refused } from '../../../src/platform/refusal.ts'
import type { OrderView } from '../../../src/shop/orders/index.ts'
import { to } from '../frame/answer.ts'
import { keyIn } from '../frame/form-key.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'

/** Of these the cart says that they could not be put into it. */
const NOT_ADDED = 'not'
/** How many could. */
const REORDERED = 'again'

/** Everything of an earlier order into the cart once more, at today's prices. */
export function reorderPages(site: Site): void {
  const { cart, orders } = site.world
  site.signedIn('POST', '/orders/:id/again', async (visit, actor) => {
    const id = idOf(visit.params.id)
    const order = id === undefined ? refused('not_found') : await orders.pages.get(actor, id)
    if (order.kind === 'refused') return order
    const key = keyIn(visit.form)
    const query = new URLSearchParams()
    let added = 0
    for (const { lineNo, itemId, quantity } of order.lines) {
      // What came regularly is bought once: a second subscription is nothing to get by the way.
      const asked = { itemId, quantity }
      const owner = { kind: 'customer', id: actor.userId } as const
      const result = await cart.add(owner, { idempotencyKey: `${key}-${lineNo}`, asked })
      if (result.kind === 'added') added += 1
      // Pressed twice: what the first time is still at work on is not missing.
      else if (result.code === 'request_in_progress') return result
      else query.append(NOT_ADDED, itemId)
    }
    if (added > 0) query.set(REORDERED, String(added))
    return to(`/cart?${query}`)
  })
}

/** The way to it; not for what is still to be paid. */
export function ReorderForm({ visit, order, formKey }: { visit: Visit; order: OrderView; formKey: string }) {
  if (order.state === 'awaiting_payment') return null
  return (
    <form action={visit.to(`/orders/${order.id}/again`)} method="post" data-once="">
      <input type="hidden" name="key" value={formKey} />
      <button className="button plain small" type="submit">
        {visit.words.orders.again}
      </button>
    </form>
  )
}

/** What the cart says after it: how many kinds came, and which could not. */
export async function saidOfReorder(
  { world: { catalog } }: Site,
  { query, words: { cart } }: Visit,
): Promise<{ reordered?: string; missed?: string }> {
  const missing = query
    .getAll(NOT_ADDED)
    .slice(0, 50)
    .flatMap((id) => idOf(id) ?? [])
  const names = await Promise.all(
    missing.map(async (id) => {
      const item = await catalog.browse.detail(id)
      return item.kind === 'refused' ? cart.goneItem : item.value.name
    }),
  )
  const added = query.get(REORDERED) ?? ''
  return {
    ...(/^[1-9]\d?$/.test(added) ? { reordered: cart.reordered(Number(added)) } : {}),
    ...(names.length > 0 ? { missed: cart.notReordered([...new Set(names)].join(', ')) } : {}),
  }
}
