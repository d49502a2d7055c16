/**
 * The bank takes the first payment of a subscription, and its answer, which alone carries the token, is lost. KakaoPay
 * tells later that it was paid, but no token: the customer is asked for a method at once, and goes on.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, customer, mailsTo, proveAddress } from '../support/people.ts'
import { registerMethod } from '../support/registrations.ts'
import { beginPayment, changeItem, readPayment, setStock, stockShelves } from '../support/shop.ts'
import { askSubscription, consentVersion, SubscriptionList } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { Order } from '../support/views.ts'

let system: System
let itemId: string
beforeAll(async () => {
  system = await startSystem({
    settings: { PAYMENT_TIMEOUT_MS: '1000', PAYMENT_LOOK_SECONDS: Array<number>(60).fill(1).join(',') },
  })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
})
afterAll(() => system?.stop())

test('a lost answer to the first approval: paid once, a method asked for at once, and the one given is used', async () => {
  const person = await customer(system)
  await proveAddress(system, person)
  const asked = await askSubscription(person, itemId, { consent: { version: await consentVersion(system) } })
  const order = expectBody(asked, 201, Order)
  const begun = await beginPayment(person, order.id)
  const back = await system.bank.press(begun.redirectUrl, 'approve')
  await system.bank.faults({
    match: { operation: 'approve' },
    effect: { kind: 'latency', distribution: 'fixed', ms: 3_000, at: 'after' },
  })
  await system.api().get(back ?? '')
  expect((await readPayment(person, begun.id)).state).toBe('processing')
  await system.bank.heal()
  await until(async () => (await readPayment(person, begun.id)).state === 'paid', {
    what: 'the payment to be found paid',
    deadlineMs: 30_000,
  })
  expect(await system.bank.money(begun.id)).toMatchObject({ charges: 1, charged: 30_000 })

  const own = async () => {
    const [found] = expectBody(await person.api.get('/api/subscriptions'), 200, SubscriptionList).data
    return found
  }
  const subscription = await until(own, { what: 'the subscription', deadlineMs: 15_000 })
  expect(subscription).toMatchObject({ state: 'active', paymentMethodId: null, needsMethod: true })
  const letter = await until(
    async () => {
      const texts = (await mailsTo(system, person.email)).map((mail) => JSON.stringify(mail))
      return texts.find((text) => text.includes('결제 수단을 등록해 주세요'))
    },
    { what: 'the letter that asks for a method', deadlineMs: 15_000 },
  )
  expect(letter).toContain('다음 결제를 위해')
  expect((await person.api.get('/api/payment-methods')).body).toEqual({ data: [] })

  const methodId = await registerMethod(system, person)
  await until(async () => (await own())?.paymentMethodId === methodId, {
    what: 'the method to be used',
    deadlineMs: 15_000,
  })
  const tokens = `select count(*)::int as n from payments.method where owner_id = '${person.id}'`
  expect(await execute(system.databaseUrl, tokens)).toEqual([{ n: 1 }])
}, 90_000)
