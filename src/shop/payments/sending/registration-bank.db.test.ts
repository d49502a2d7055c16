/** Registrations with the real adapters against the bank's simulator, which keeps books of its own. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addFault, type Json, journal, request, testBank } from '../../../../simulators/bank/testing.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { PaymentProvider } from '../provider.ts'
import { adapter as kakaoPay } from '../providers/kakaopay/kakaopay-testing.ts'
import { adapter as tossPayments } from '../providers/toss/toss-testing.ts'
import { registrationsOf } from '../registrations.fixture.ts'
import type { Registration } from '../store/registration-store.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 20 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const PATIENT = { window: 10_000, minimumCalls: 10_000, failureRatio: 1, openMs: 1, halfOpenTrials: 1 }
let banks = 0

async function desk(name: 'kakaopay' | 'toss') {
  // Banks of one seed would give the same ids again, and they share our database.
  const bank = await testBank({ seed: 9_000 + ++banks })
  const open = { breaker: PATIENT, maxConnections: 16 }
  const { provider } = name === 'toss' ? tossPayments(bank.url, open) : kakaoPay(bank.url, open)
  const timeouts = { chargeTimeoutMs: 1_000, callTimeoutMs: 3_000 }
  const capabilities = { ...provider.capabilities, ...timeouts }
  const impatient: PaymentProvider = { ...provider, capabilities }
  const deps = world.depsWith(impatient)
  const here = registrationsOf(world, deps)
  /** The customer presses a button on the bank's page and is sent back to us, so often. */
  const press = async (registration: Registration, button = 'approve', times = 1) => {
    const page = new URL(registration.redirect_url ?? '')
    const body = new URLSearchParams(page.searchParams)
    const answer = await request(`${page.origin}${page.pathname}/${button}`, { method: 'POST', body })
    const back = new URL(answer.headers.get('location') ?? '')
    const target = back.pathname.endsWith('/success') ? 'success' : 'fail'
    const query = Object.fromEntries(back.searchParams)
    return Promise.all(Array.from({ length: times }, () => here.back(registration, target, query)))
  }
  const fault = (operation: string, effect: Json) => addFault(bank, { operation, times: 1 }, effect)
  const issue = name === 'toss' ? 'billing_issue' : 'approve'
  const issued = async (): Promise<unknown[]> => {
    const rows = await journal(bank, `?kind=${name === 'toss' ? 'billing_issued' : 'sid_issued'}`)
    return rows.map((row) => row.billingKey ?? row.sid)
  }
  const charges = () => journal(bank, '?kind=charge')
  return { ...here, bank, press, fault, issue, issued, charges, shop: shopOf(world, deps) }
}

const LOST: [string, Json][] = [
  ['timed out', { kind: 'timeout_after' }],
  ['was cut off', { kind: 'reset_after' }],
  ['met a broken server', { kind: 'http_5xx', sideEffect: true }],
  ['was truncated', { kind: 'bad_body', form: 'truncated' }],
]
const NEVER_MADE: [string, Json][] = [
  ['timed out', { kind: 'timeout_before' }],
  ['was cut off', { kind: 'reset_before' }],
]

describe.each(['kakaopay', 'toss'] as const)('%s', (name) => {
  it('registers one method, however often the browser comes back, and charges nothing', async () => {
    const { begun, press, issued, tokensOf, charges } = await desk(name)
    const registration = await begun()
    const results = await press(registration, 'approve', 5)
    expect(results.map((one) => one?.state)).toEqual(Array(5).fill('succeeded'))
    expect(await issued()).toHaveLength(1)
    expect(await tokensOf(registration.owner_id)).toEqual(await issued())
    expect(await charges()).toEqual([])
  })

  it('tells why nothing was registered', async () => {
    const { begun, press, issued } = await desk(name)
    expect((await press(await begun(), 'fail'))[0]).toMatchObject({ state: 'declined' })
    const [gaveUp] = await press(await begun(), 'cancel')
    expect(gaveUp?.proof).toBeNull()
    expect(await issued()).toEqual([])
  })

  it.each(NEVER_MADE)('an issue that %s and was not made is made in the end, once', async (_, trouble) => {
    const { begun, press, fault, issue, pass, read, issued, tokensOf } = await desk(name)
    const registration = await begun()
    await fault(issue, trouble)
    expect((await press(registration))[0]?.state).toBe('unknown')
    await pass({ seconds: 10 })
    expect((await read(registration.id)).state).toBe('succeeded')
    expect(await issued()).toHaveLength(1)
    expect(await tokensOf(registration.owner_id)).toEqual(await issued())
  })
})

describe('an answer that was lost', () => {
  it.each(LOST)('of Toss, because it %s, is given again: the very key is kept', async (_, trouble) => {
    const { begun, press, fault, issue, pass, read, issued, tokensOf } = await desk('toss')
    const registration = await begun()
    await fault(issue, trouble)
    expect((await press(registration))[0]?.state).toBe('unknown')
    await pass({ seconds: 10 })
    expect((await read(registration.id)).state).toBe('succeeded')
    expect(await issued()).toHaveLength(1)
    expect(await tokensOf(registration.owner_id)).toEqual(await issued())
  })

  it.each(LOST)(
    'of KakaoPay, because it %s, took the token with it: a new one is registered',
    async (_, trouble) => {
      const { begun, press, fault, issue, pass, read, issued, tokensOf, charges } = await desk('kakaopay')
      const registration = await begun()
      await fault(issue, trouble)
      expect((await press(registration))[0]?.state).toBe('unknown')
      await pass({ seconds: 10 })
      expect(await read(registration.id)).toMatchObject({ state: 'failed', end_code: 'token_lost' })
      expect(await tokensOf(registration.owner_id)).toEqual([])
      expect((await press(await begun(registration.owner_id)))[0]?.state).toBe('succeeded')
      const all = await issued()
      expect(all).toHaveLength(2)
      expect(await tokensOf(registration.owner_id)).toEqual([all[1]])
      expect(await charges()).toEqual([])
    },
  )

  it('and a look-up that lags or fails is not believed too early', async () => {
    const { bank, begun, press, fault, issue, pass, read } = await desk('kakaopay')
    const registration = await begun()
    await fault(issue, { kind: 'reset_after' })
    await addFault(bank, { operation: 'order' }, { kind: 'lookup_lag', lookups: 2 })
    expect((await press(registration))[0]?.state).toBe('unknown')
    await pass({ seconds: 10 })
    expect((await read(registration.id)).state).toBe('unknown')
    await pass({ seconds: 30 })
    expect((await read(registration.id)).state).toBe('unknown')
    await pass({ seconds: 120 })
    expect(await read(registration.id)).toMatchObject({ state: 'failed', end_code: 'token_lost' })
  })
})
