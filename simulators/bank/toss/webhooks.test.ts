import { expect, test } from 'vitest'
import { addFault, asObject, brokenBy, journal, post, request, testBank, until } from '../testing.ts'
import { chargeKey, checkout, issuedKey, receiver, toss, tossPaid } from './testing.ts'

async function listening(answers: number[] = []) {
  const bank = await testBank()
  const shop = await receiver(answers)
  const set = await post(`${bank.url}/webhooks`, { url: shop.url, retryMinuteMs: 5 })
  expect(set.body).toMatchObject({ url: shop.url, retryMinuteMs: 5 })
  const count = (n: number) =>
    until(
      async () => shop.received.length,
      (length) => length >= n,
    )
  const statuses = () => shop.received.map(({ body }) => asObject(body.data).status)
  return { bank, ...shop, count, statuses }
}

test('a change of a payment is told, unsigned, with its headers', async () => {
  const { bank, received, count } = await listening()
  const { body } = await tossPaid(bank)
  await count(1)
  expect(received[0]?.body).toEqual({
    eventType: 'PAYMENT_STATUS_CHANGED',
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
    data: body,
  })
  expect(received[0]?.headers['tosspayments-webhook-transmission-id']).toMatch(/^wh-/)
  expect(received[0]?.headers['tosspayments-webhook-transmission-retried-count']).toBe('0')
  expect(received[0]?.headers['tosspayments-webhook-transmission-time']).toBeTruthy()
  expect(received[0]?.headers).not.toHaveProperty('tosspayments-webhook-signature')
  await until(
    () => journal(bank, '?kind=webhook'),
    (rows) => rows[0]?.outcome === 200,
  )
})

test('approvals by billing key are not told, but deletions and refunds are', async () => {
  const { bank, received, count } = await listening()
  const key = await issuedKey(bank)
  const { body } = await chargeKey(bank, key)
  await toss(bank, 'POST', `payments/${body.paymentKey}/cancel`, { cancelReason: '변심' })
  await toss(bank, 'DELETE', `billing/${key}`)
  const other = await issuedKey(bank)
  await post(`${bank.url}/tokens/${other}/deactivate`, {})
  await checkout(bank, 'fail')
  await count(4)
  const told = received.map(
    ({ body: told }) => `${told.eventType} ${asObject(told.data).status ?? asObject(told.data).billingKey}`,
  )
  expect(told.sort()).toEqual(
    [
      `BILLING_DELETED ${key}`,
      `BILLING_DELETED ${other}`,
      'PAYMENT_STATUS_CHANGED ABORTED',
      'PAYMENT_STATUS_CHANGED CANCELED',
    ].sort(),
  )
})

test('is sent again until answered with 200, with the same id', async () => {
  const { bank, received, count } = await listening([500, 302])
  await tossPaid(bank)
  await count(3)
  const header = (name: string) =>
    received.map(({ headers }) => headers[`tosspayments-webhook-transmission-${name}`])
  expect(header('retried-count')).toEqual(['0', '1', '2'])
  expect(new Set(header('id')).size).toBe(1)
  const outcomes = await until(
    () => journal(bank, '?kind=webhook'),
    (rows) => rows.length === 3,
  )
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([500, 302, 200])
})

test('can be lost, doubled, delayed, swapped, and come before the answer', async () => {
  const { bank, count, statuses } = await listening()
  const fault = (effect: Record<string, unknown>) =>
    post(`${bank.url}/faults`, {
      rules: [{ match: { operation: 'webhook', times: 1 }, effect }],
      replace: true,
    })
  const cancel = (paymentKey: unknown, cancelAmount: number) =>
    toss(bank, 'POST', `payments/${paymentKey}/cancel`, { cancelReason: '변심', cancelAmount })

  await fault({ kind: 'webhook', lose: true })
  const { paymentKey } = (await tossPaid(bank)).body
  expect(await journal(bank, '?kind=webhook')).toMatchObject([{ outcome: 'lost', paymentKey }])

  await fault({ kind: 'webhook', copies: 2, delayMs: 20 })
  await cancel(paymentKey, 1000)
  await count(2)
  expect(statuses()).toEqual(['PARTIAL_CANCELED', 'PARTIAL_CANCELED'])

  await fault({ kind: 'webhook', swap: true })
  await cancel(paymentKey, 1000)
  await cancel(paymentKey, 13_000)
  await count(4)
  expect(statuses().slice(2)).toEqual(['CANCELED', 'PARTIAL_CANCELED'])

  await post(`${bank.url}/faults`, { rules: [], replace: true })
  await addFault(
    bank,
    { operation: 'confirm' },
    { kind: 'latency', distribution: 'fixed', ms: 60_000, at: 'after' },
  )
  const paid = brokenBy(tossPaid(bank, { orderId: 'order-000002' }))
  await count(5)
  expect(statuses()[4]).toBe('DONE')
  await bank.close()
  expect(await paid).toBe('broken')
})

test('a forged one can be sent; wrong settings are refused', async () => {
  const { bank, received, count } = await listening()
  const data = { paymentKey: 'forged', status: 'DONE' }
  expect(
    (await post(`${bank.url}/webhooks/send`, { eventType: 'PAYMENT_STATUS_CHANGED', data })).status,
  ).toBe(202)
  await count(1)
  expect(received[0]?.body.data).toEqual(data)
  for (const wrong of [{ url: 'nowhere' }, { url: null, retryMinuteMs: 0 }, { url: null, every: 1 }, {}])
    expect((await post(`${bank.url}/webhooks`, wrong)).status).toBe(400)
  expect((await post(`${bank.url}/webhooks/send`, { data })).status).toBe(400)
  await post(`${bank.url}/webhooks`, { url: null })
  expect((await request(`${bank.url}/webhooks`)).body.url).toBe(null)
  expect((await post(`${bank.url}/webhooks/send`, { eventType: 'X', data })).status).toBe(409)
})
