import { randomUUID } from 'node:crypto'
import { noteAdded, noteCartOrder } from '../acknowledged.ts'
import type { PurchasePlan } from '../plan.ts'
import { asCart, asConsent, type CartView, currentTotal, type OrderView } from '../views.ts'
import { type Account, RECEIVER } from './accounts.ts'
import type { Shopping } from './buyer.ts'
import { type Answer, surprise } from './insist.ts'
import { COUPON_REFUSALS, couponOf, SOLD_OUT, sendOrder, type WantedLine, wantedLines } from './send-order.ts'

/** The cart moves under its customer: what was paid before leaves it, and others buy the last pieces. */
const MOVED: readonly string[] = ['cart_changed', 'total_changed']
const TRIES = 12

/** How often something comes again. */
const EVERY_30_DAYS = { unit: 'days', count: 30 }

interface CartWish extends WantedLine {
  isRecurring: boolean
}

/**
 * Fills the cart, beside what earlier purchases left there, and orders of it what was put in. What is sold out stays in
 * the cart. Undefined: all of it is sold out.
 */
export async function orderCart(
  shopping: Shopping,
  account: Account,
  plan: PurchasePlan,
): Promise<OrderView | undefined> {
  const wishes = wishesOf(shopping, plan)
  for (const wish of wishes) await addToCart(shopping, account, wish)
  // Coupons are for what is bought once.
  let couponId = plan.recurring ? undefined : couponOf(shopping.shelf, plan)
  let total: number | undefined
  for (let tries = 0; tries < TRIES; tries++) {
    const { lines, amount } = await chosen(shopping, account, wishes)
    if (lines.length === 0) return undefined
    const json = {
      lines,
      receiver: RECEIVER,
      expectedTotal: total ?? amount,
      ...(couponId === undefined ? {} : { couponId }),
      ...(plan.recurring ? { consent: await consentTo(shopping, account) } : {}),
    }
    const placed = await sendOrder(shopping, account, { path: 'cart/orders', json, plan, bearable: MOVED })
    if ('id' in placed) {
      noteCartOrder(shopping.log, placed.id, lines)
      return placed
    }
    const [refusal] = placed
    total = currentTotal(refusal?.body)
    if (COUPON_REFUSALS.includes(refusal?.code ?? '')) couponId = undefined
  }
  throw new Error(`the cart was another one than shown, ${TRIES} times`)
}

/** One order has an item once only: bought once, or recurring. */
function wishesOf({ shelf }: Shopping, plan: PurchasePlan): CartWish[] {
  const wanted = wantedLines(shelf, plan)
  if (!plan.recurring) return wanted.map((line) => ({ ...line, isRecurring: false }))
  return wanted.flatMap((line, at) =>
    at === 0 || line.itemId !== wanted[0]?.itemId ? [{ ...line, isRecurring: at === 0 }] : [],
  )
}

async function consentTo({ shopUrl }: Shopping, account: Account): Promise<{ version: string }> {
  const answer = await account.send({ url: `${shopUrl}/api/consents/recurring-payment` })
  const consent = answer?.status === 200 ? asConsent(answer.body) : undefined
  if (consent === undefined) throw surprise('what is agreed to with recurring payments', answer)
  return { version: consent.version }
}

const isLineOf =
  (line: CartView['lines'][number]) =>
  ({ itemId, isRecurring }: CartWish) =>
    itemId === line.itemId && isRecurring === (line.subscription !== null)

/** Puts pieces into the cart. */
async function addToCart({ shopUrl, log }: Shopping, account: Account, wish: CartWish): Promise<void> {
  const { itemId, quantity, isRecurring } = wish
  const answer = await account.send({
    method: 'POST',
    url: `${shopUrl}/api/cart/lines`,
    json: { itemId, quantity, ...(isRecurring ? { subscription: EVERY_30_DAYS } : {}) },
    key: `add-${randomUUID()}`,
  })
  if (SOLD_OUT.includes(answer?.code ?? '')) return
  const line = cartOf(answer).lines.find((one) => isLineOf(one)(wish))
  // It may have left already: an earlier order of the same line, paid only now, takes so many pieces of it.
  if (line !== undefined) noteAdded(log, line.id, quantity)
}

/** The lines that were wished for and can be ordered, and what they cost. */
async function chosen({ shopUrl }: Shopping, account: Account, wishes: readonly CartWish[]) {
  const read = async (query = '') => cartOf(await account.send({ url: `${shopUrl}/api/cart${query}` }))
  const all = await read()
  const ids = all.lines.filter((line) => line.orderable && wishes.some(isLineOf(line))).map(({ id }) => id)
  const cart = ids.length === 0 ? undefined : await read(`?${ids.map((id) => `line=${id}`).join('&')}`)
  const lines = (cart?.lines ?? [])
    .filter((line) => line.chosen)
    .map(({ id, quantity }) => ({ id, quantity }))
  return { lines, amount: cart?.amounts?.total ?? 0 }
}

function cartOf(answer: Answer | undefined): CartView {
  const cart = answer?.status === 200 ? asCart(answer.body) : undefined
  if (cart === undefined) throw surprise('a cart', answer)
  return cart
}
