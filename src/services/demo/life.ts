import { randomUUID } from 'node:crypto'
import type { Identity } from '../../identity/index.ts'
import { demoAccounts } from './accounts.ts'
import { askAndAnswer } from './questions.ts'
import { OPINIONS, REVIEWERS } from './reviewers.ts'
import { isJson, type Shopper, signInShopper, textOf } from './shopper.ts'

/** A first recurring delivery in so many days. */
const PERIOD = { unit: 'days', count: 30 }
const OF_EACH_REVIEWER = 7

export interface DemoLife {
  /** Where the shop answers. */
  readonly url: string
  readonly identity: Identity
  readonly signal: AbortSignal
}

/**
 * What makes the demo look lived in: people who bought, reviewed and asked, and for the demo customer orders in every state
 * worth seeing and a subscription. They use the shop over HTTP as everybody does, so that the books, the bank, the
 * letters and the stock are right. Nothing is done in a shop where the demo customer has ordered before.
 * @throws what a request answered, when one is refused
 */
export async function liveDemo({ url, identity, signal }: DemoLife): Promise<void> {
  const [buyer] = demoAccounts()
  const staff = demoAccounts().find(({ roles }) => roles.includes('merchant'))
  if (!buyer || !staff || !(await identity.hasAccount(buyer.email))) return
  const customer = await signInShopper(url, buyer, signal)
  if (rowsOf(await customer.ask('GET', '/api/orders?size=1')).length > 0) return
  const items = rowsOf(await customer.ask('GET', '/api/items?sort=sales&size=24')).map((one) =>
    textOf(one, 'id'),
  )
  if (items.length === 0) return
  const merchant = await signInShopper(url, staff, signal)
  await liveAsCustomer(customer, merchant, items)
  const people = [customer]
  for (const [place, displayName] of REVIEWERS.entries()) {
    const account = {
      ...buyer,
      email: `reviewer${place + 1}@demo.pillivery`,
      password: `Aa1!${randomUUID().slice(0, 18)}`,
    }
    const phone = `010-0000-01${String(place).padStart(2, '0')}`
    await identity.ensureAccount({ ...account, displayName, phone, roles: ['customer'] })
    const shopper = await signInShopper(url, account, signal)
    await reviewAs(shopper, place, items)
    people.push(shopper)
  }
  await askAndAnswer(people, merchant, items)
}

/** Orders of the demo customer: one that has arrived, one on its way, one being packed, and one that recurs. */
async function liveAsCustomer(customer: Shopper, merchant: Shopper, items: readonly string[]): Promise<void> {
  const at = (place: number) => items[place % items.length] ?? ''
  const consent = await customer.ask('GET', '/api/consents/recurring-payment')
  const arrived = await customer.buy(orderOf([{ itemId: at(4), quantity: 1 }]))
  await prepare(merchant, arrived)
  await ship(merchant, arrived, '640012345678')
  await merchant.ask('POST', `/api/admin/orders/${arrived}/deliver`, {})
  const sent = await customer.buy(
    orderOf([
      { itemId: at(1), quantity: 2 },
      { itemId: at(6), quantity: 1 },
    ]),
  )
  await prepare(merchant, sent)
  await ship(merchant, sent, '640087654321')
  await prepare(merchant, await customer.buy(orderOf([{ itemId: at(9), quantity: 1 }])))
  await customer.buy({
    ...orderOf([{ itemId: at(2), quantity: 1, subscription: PERIOD }]),
    consent: { version: textOf(consent, 'version') },
  })
}

function prepare(merchant: Shopper, orderId: string): Promise<unknown> {
  return merchant.ask('POST', `/api/admin/orders/${orderId}/prepare`, {})
}

function ship(merchant: Shopper, orderId: string, trackingNumber: string): Promise<unknown> {
  return merchant.ask('POST', `/api/admin/orders/${orderId}/ship`, {
    carrier: 'cj_logistics',
    trackingNumber,
  })
}

/** One order of several items, each of them reviewed; each reviewer others, the best sold by most. */
async function reviewAs(shopper: Shopper, place: number, items: readonly string[]): Promise<void> {
  const chosen = items
    .filter((_, rank) => (rank * 5 + place * 3) % (rank < 8 ? 8 : 16) < 5)
    .slice(0, OF_EACH_REVIEWER)
  const orderId = await shopper.buy(orderOf(chosen.map((itemId) => ({ itemId, quantity: 1 }))))
  for (const index of chosen.keys()) {
    const opinion = OPINIONS[(place * 5 + index * 7) % OPINIONS.length]
    await shopper.ask('POST', '/api/reviews', { orderId, lineNo: index + 1, ...opinion })
  }
}

function orderOf(lines: readonly object[]): object {
  return {
    lines,
    receiver: {
      name: '홍길동',
      phone: '010-0000-0001',
      deliveryNote: '문 앞에 놓아주세요',
      address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
    },
  }
}

function rowsOf(list: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  return Array.isArray(list.data) ? list.data.filter(isJson) : []
}
