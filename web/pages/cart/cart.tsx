import type { FastifyReply } from 'fastify'
import type { Refused } from '../../../src/platform/refusal.ts'
import type { CartOwner, CartView } from '../../../src/shop/cart/index.ts'
import { MAX_QUANTITY } from '../../../src/shop/orders/index.ts'
import { type PageAnswer, type Shown, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { idOf, type Visit } from '../frame/visit.ts'
import { lineText } from '../shop/wanted.ts'
import { CartContents, type CartSaid } from './contents.tsx'
import { cartOwnerOf, linesInCart } from './owner.ts'
import { saidOfReorder } from './reorder.tsx'

/** Far more lines than a cart has. */
const MOST_IDS = 100

/**
 * The cart. It is one form, so that whatever button is pressed nothing typed is lost: quantities that were changed are
 * set first, then the button does its part. All of it may be sent again without doing anything twice.
 */
export function cartPages(site: Site): void {
  site.personal('GET', '/cart', async (visit) => {
    const owner = await cartOwnerOf(site, visit)
    const code = visit.query.get('trouble')
    const title = code === null ? undefined : site.world.problems[code]?.title
    const view = await viewWithout(site, owner, idsIn(visit.query, 'without'))
    const { reordered, missed } = await saidOfReorder(site, visit)
    const page = pageOf(visit, view, {
      added: idOf(visit.query.get('added')),
      reordered,
      trouble: code === 'quantity' ? visit.words.cart.quantityWrong : title ? visit.say(title) : missed,
    })
    return owner.kind === 'customer' ? { ...page, reader: { userId: owner.id } } : page
  })
  site.fact('/cart/count', async (visit) => ({ lines: await linesInCart(site, visit) }))
  site.personal('POST', '/cart', async (visit) => change(site, visit, await cartOwnerOf(site, visit)))
}

/** The cart with everything chosen that can be ordered but these lines. */
async function viewWithout({ world: { cart } }: Site, owner: CartOwner, without: readonly string[]) {
  const all = await cart.view(owner)
  if (without.length === 0) return all
  const chosen = all.lines.map(({ id }) => id).filter((id) => !without.includes(id))
  return cart.view(owner, chosen)
}

async function change(
  site: Site,
  visit: Visit & { readonly reply: FastifyReply },
  owner: CartOwner,
): Promise<PageAnswer | Refused> {
  const { cart } = site.world
  const { form } = visit
  const trouble = await setQuantities(site, owner, form)
  const [wish, lineId] = (form.get('do') ?? '').split(':')
  const id = idOf(lineId)
  if (wish === 'remove' && id !== undefined) await cart.remove(owner, [id])
  if (wish === 'accept' && id !== undefined) await acceptPrice(site, owner, id)
  const without = wish === 'all' ? [] : unchosenIn(form, wish === 'none')
  if (wish === 'order' && trouble === undefined) return toOrder(site, visit, owner, without)
  const query = new URLSearchParams(without.map((one) => ['without', one]))
  if (trouble !== undefined) query.set('trouble', trouble)
  return to(query.size > 0 ? `/cart?${query}` : '/cart')
}

/** Only those that differ from what was shown: an old tab must not undo what a newer one did. */
async function setQuantities(
  { world: { cart } }: Site,
  owner: CartOwner,
  form: URLSearchParams,
): Promise<string | undefined> {
  let trouble: string | undefined
  for (const lineId of idsIn(form, 'shown')) {
    const typed = form.get(`quantity-${lineId}`) ?? form.get(`was-${lineId}`)
    if (typed === null || typed === form.get(`was-${lineId}`)) continue
    const quantity = /^\d{1,3}$/.test(typed.trim()) ? Number(typed) : 0
    if (quantity < 1 || quantity > MAX_QUANTITY) trouble = 'quantity'
    // One that is not in the cart any more is seen to be gone on the page that follows.
    else await cart.changeQuantity(owner, { lineId, quantity })
  }
  return trouble
}

async function acceptPrice({ world: { cart } }: Site, owner: CartOwner, lineId: string): Promise<void> {
  const line = (await cart.view(owner)).lines.find(({ id }) => id === lineId)
  if (line) await cart.changeQuantity(owner, { lineId, quantity: line.quantity })
}

/** Lines that were shown with a box to tick and are not ticked. */
function unchosenIn(form: URLSearchParams, isNone: boolean): string[] {
  const ticked = isNone ? [] : idsIn(form, 'line')
  return idsIn(form, 'choosable').filter((id) => !ticked.includes(id))
}

async function toOrder(
  site: Site,
  visit: Visit,
  owner: CartOwner,
  without: readonly string[],
): Promise<PageAnswer> {
  const view = await viewWithout(site, owner, without)
  const query = new URLSearchParams(without.map((one) => ['without', one]))
  if (view.problem !== null) return to(query.size > 0 ? `/cart?${query}` : '/cart')
  // After logging in the two carts have become one, which is to be seen before it is ordered.
  if (owner.kind === 'visitor') return to(`/login?${new URLSearchParams({ next: visit.to('/cart') })}`)
  const lines = view.lines.filter(({ chosen }) => chosen)
  return to(
    `/checkout?${new URLSearchParams(
      lines.map(({ id, itemId, quantity, subscription }) => [
        'line',
        lineText({ itemId, quantity, ...(subscription ? { subscription } : {}), cartLineId: id }),
      ]),
    )}`,
  )
}

function idsIn(fields: URLSearchParams, name: string): string[] {
  return fields
    .getAll(name)
    .slice(0, MOST_IDS)
    .flatMap((text) => idOf(text) ?? [])
}

function pageOf(visit: Visit, view: CartView, said: CartSaid): Shown {
  const { words } = visit
  return shown({
    title: words.cart.title,
    tab: 'cart',
    ...(view.problem === null
      ? {
          bar: (
            <button className="button" type="submit" form="cart" name="do" value="order">
              {words.cart.order(view.itemCount)}
            </button>
          ),
        }
      : {}),
    body: <CartContents visit={visit} view={view} said={said} />,
  })
}
