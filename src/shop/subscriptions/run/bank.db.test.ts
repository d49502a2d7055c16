/** Billing with the real KakaoPay adapter against the bank's simulator, which keeps books of its own. */
import { expect, onTestFinished, test } from 'vitest'
import { addFault, journal, request, testBank } from '../../../../simulators/bank/testing.ts'
import { createKakaoPay } from '../../payments/index.ts'
import { DUE_AT, openBilling, type Sub } from '../billing.fixture.ts'

const TIMEOUT_MS = 1_500

type Bank = Awaited<ReturnType<typeof testBank>>

async function shopWith(bank: Bank) {
  await request(`${bank.url}/clock`, { method: 'POST', body: JSON.stringify({ now: DUE_AT.toString() }) })
  const kakaopay = createKakaoPay({
    baseUrl: bank.url,
    secretKey: 'DEV_KAKAOPAY_SECRET',
    cid: 'TC0ONETIME',
    subscriptionCid: 'TCSUBSCRIP',
    maxConnections: 32,
    observe: () => {},
  })
  const capabilities = { ...kakaopay.capabilities, chargeTimeoutMs: TIMEOUT_MS }
  const world = await openBilling({ concurrency: 32, mostConcurrency: 32 }, { ...kakaopay, capabilities })
  onTestFinished(async () => {
    await world.drop()
    await kakaopay.stop()
  })
  return world
}

/** The bank knows the tokens as if the first payments had been made there. */
async function known(bank: Bank, subs: readonly Sub[]): Promise<void> {
  const tokens = subs.map(({ token, customerId }) => ({ token, partnerUserId: customerId }))
  const answer = await request(`${bank.url}/tokens`, {
    method: 'POST',
    body: JSON.stringify({ provider: 'kakaopay', tokens }),
  })
  expect(answer.status).toBe(200)
}

test('a stormy run: our books and the bank’s agree, won for won', async () => {
  const bank = await testBank({ clock: 'manual' })
  const world = await shopWith(bank)
  const subs = await world.subscribeMany(40)
  await known(bank, subs)
  await addFault(bank, { operation: 'subscription', probability: 0.1 }, { kind: 'decline' })
  await addFault(bank, { operation: 'subscription', nth: 5 }, { kind: 'timeout_after', holdMs: 5_000 })
  await addFault(bank, { operation: 'subscription', nth: 9 }, { kind: 'reset_before' })
  await addFault(bank, { operation: 'subscription', nth: 13 }, { kind: 'http_5xx', sideEffect: true })
  const [one, other] = await Promise.all([world.run(), world.run()])
  expect(one.run.id).toBe(other.run.id)
  const { report } = one.run
  expect(report).toMatchObject({ handled: { count: 40 }, left: 0, errors: 0, inFlight: { count: 0 } })

  const charges = (await journal(bank, '?kind=charge')).filter(({ sid }) => sid !== undefined)
  const byAttempt = new Map(charges.map(({ partnerOrderId, amount }) => [partnerOrderId, amount]))
  expect(byAttempt.size).toBe(charges.length)
  const ours = await world.paidCharges()
  const paid = new Set(ours.map((line) => line.split(' ')[0]))
  for (const line of ours) {
    const [attemptId = '', amount] = line.split(' ')
    expect(byAttempt.get(attemptId)).toBe(Number(amount))
  }
  // What the bank took and we do not count as paid is frozen here, and is not charged again.
  const doubtful = charges.filter(({ partnerOrderId }) => !paid.has(String(partnerOrderId)))
  const frozen = report?.frozen.unknownOutcome.count ?? 0
  expect(doubtful.length).toBe(2)
  expect(frozen).toBeGreaterThanOrEqual(doubtful.length)
  expect(ours.length).toBe(report?.charged.count)
  const again = await world.run()
  expect(again.run.report?.charged.count).toBe(report?.charged.count)
}, 60_000)
