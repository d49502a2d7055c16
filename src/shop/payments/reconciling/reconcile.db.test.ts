/** Our books against the lists of both banks, which lose and invent a line when they are told to. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addFault, kakao, post, request, testBank } from '../../../../simulators/bank/testing.ts'
import { newId } from '../../../platform/ids.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import { paymentsWorld, START, shopOf, type World } from '../payments.fixture.ts'
import type { PaymentProvider } from '../provider.ts'
import { adapter as kakaopay } from '../providers/kakaopay/kakaopay-testing.ts'
import { SECRET as TOSS_SECRET, adapter as toss } from '../providers/toss/toss-testing.ts'
import type { Attempt } from '../store/attempt-store.ts'
import { countOpenFindings, findFindings, findReconciliations } from '../store/reconciliation-store.ts'
import { decideFinding } from './decide-finding.ts'
import { reconcileDay, reconcileDue } from './reconcile-day.ts'

let world: World
let days = 0
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 20 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const DAY_HOURS = 24
const PROVIDERS = ['kakaopay', 'toss'] as const

async function open(name: (typeof PROVIDERS)[number]) {
  // A day of its own for each test: they share the books.
  days += 5
  world.clock.set(START.add({ hours: days * DAY_HOURS }))
  const bank = await testBank({ clock: 'manual', seed: 9_000 + days })
  const tell = (at: Temporal.Instant) => post(`${bank.url}/clock`, { now: at.toString() })
  await tell(world.clock.now())
  const { provider }: { provider: PaymentProvider } =
    name === 'kakaopay' ? kakaopay(bank.url, { settlementPath: '/kakaopay/settlement' }) : toss(bank.url)
  const deps = world.depsWith(provider)
  const here = shopOf(world, deps)
  const pay = async (): Promise<Attempt> => {
    const attempt = await here.begun(await here.place())
    const page = new URL(attempt.redirect_url ?? '')
    const body = name === 'toss' ? new URLSearchParams(page.searchParams) : 'method=CARD'
    const answer = await request(`${page.origin}${page.pathname}/approve`, { method: 'POST', body })
    const address = new URL(answer.headers.get('location') ?? '')
    const paid = await here.back(attempt, 'success', Object.fromEntries(address.searchParams))
    if (paid?.state !== 'succeeded') throw new Error(`not paid: ${paid?.state}`)
    return paid
  }
  const refund = async (attempt: Attempt) => {
    await here.refund(attempt)
    expect(await here.work()).toBe(1)
  }
  /** Somebody gives money back in the provider's console. */
  const console = ({ provider_ref: ref }: Attempt, amount: number) =>
    name === 'kakaopay'
      ? kakao(bank, 'cancel', {
          cid: 'TC0ONETIME',
          tid: ref,
          cancel_amount: amount,
          cancel_tax_free_amount: 0,
        })
      : post(
          `${bank.url}/v1/payments/${ref}/cancel`,
          { cancelReason: '콘솔', cancelAmount: amount },
          { authorization: `Basic ${Buffer.from(`${TOSS_SECRET}:`).toString('base64')}` },
        )
  const lie = (effect: object) =>
    addFault(
      bank,
      { operation: name === 'kakaopay' ? 'settlement' : 'transactions', times: 1 },
      { kind: 'transactions', ...effect },
    )
  const day = businessDate(world.clock.now())
  const reconcile = async (on = day) => {
    const result = await reconcileDay(deps, provider, on)
    if (result.kind === 'refused') throw new Error(`${result.code} ${JSON.stringify(result.facts)}`)
    return result
  }
  const findings = (isOpen = true) => findFindings(world.db, { open: isOpen, day, limit: 50 })
  const pass = async (duration: Temporal.DurationLike) => {
    world.clock.advance(duration)
    await tell(world.clock.now())
  }
  return { bank, deps, provider, pay, refund, console, lie, day, reconcile, findings, pass }
}

describe.each(PROVIDERS)('a day with %s', (name) => {
  it('agrees, as often as it is compared', async () => {
    const { pay, refund, reconcile, findings, day } = await open(name)
    const [first] = [await pay(), await pay(), await pay()]
    await refund(first)
    expect(await reconcile()).toMatchObject({ matched: 4, late: 0, differences: [] })
    expect(await reconcile()).toMatchObject({ matched: 4, differences: [] })
    expect(await findings(false)).toEqual([])
    const [kept] = (await findReconciliations(world.db, 100)).filter(
      (one) => one.day === day.toString() && one.provider === name,
    )
    expect(kept).toMatchObject({ version: 2, matched: 4, open: 0, listedTotal: 42_000 })
  })

  it('of which the list lost one, or has one too many, tells exactly that one, once', async () => {
    const { pay, pass, reconcile, findings, lie, provider, deps, day } = await open(name)
    const first = await pay()
    // Lists go by time, and by random references within a second.
    await pass({ seconds: 1 })
    await pay()
    await lie({ omitFirst: true })
    expect(await reconcile()).toMatchObject({ matched: 1, differences: [{ kind: 'missing_there' }] })
    expect(await findings()).toMatchObject([
      { kind: 'missing_there', movement: 'charge', attempt_id: first.id, here: 21_000, there: null },
    ])
    // The list was wrong and is right again: the difference is gone by itself.
    expect(await reconcile()).toMatchObject({ matched: 2, differences: [] })
    expect(await findings()).toEqual([])
    await lie({ addExtra: true })
    expect((await reconcile()).differences).toMatchObject([
      { kind: 'missing_here', there: 12_345, attemptId: null },
    ])
    expect(await findings()).toMatchObject([{ merchant_ref: 'never-charged', there: 12_345 }])
    await Promise.all(Array.from({ length: 5 }, () => reconcileDay(deps, provider, day)))
    expect(await findings()).toEqual([])
  })

  it('finds money given back in the console, with the payment it was of; a person decides, once', async () => {
    const { pay, reconcile, findings, console, deps, day } = await open(name)
    const [attempt] = [await pay(), await pay()]
    expect((await console(attempt, 5_000)).status).toBe(200)
    await Promise.all(Array.from({ length: 4 }, () => reconcile()))
    const [finding, ...others] = await findings()
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      kind: 'missing_here',
      movement: 'refund',
      attempt_id: attempt.id,
      there: 5_000,
    })
    expect(await countOpenFindings(world.db)).toBeGreaterThan(0)
    const events = await sql<{ data: object }>`
      select data from platform.outbox where type = 'shop.payment.books-differ' and data ->> 'day' = ${day.toString()}
      and data ->> 'provider' = ${name}`.execute(world.db)
    expect(events.rows).toMatchObject([{ data: { missingHere: 1, missingThere: 0, otherAmount: 0 } }])
    const wish = {
      findingId: finding?.id ?? '',
      decision: 'corrected',
      reason: '콘솔에서 환불',
      operatorId: newId(),
    } as const
    expect(await decideFinding(deps, wish)).toEqual({ kind: 'decided' })
    expect(await decideFinding(deps, wish)).toMatchObject({ code: 'finding_settled' })
    await reconcile()
    expect(await findings()).toEqual([])
    expect(await findings(false)).toMatchObject([
      { decision: 'corrected', reason: '콘솔에서 환불', gone_at: null },
    ])
    await expect(sql`delete from payments.reconciliation_decision`.execute(world.db)).rejects.toThrow(
      'append-only',
    )
  })

  it('is late where midnight fell between the provider and us', async () => {
    const { pay, reconcile, day, pass, refund, bank } = await open(name)
    await pass({ hours: 22, minutes: 59, seconds: 59 })
    const attempt = await pay()
    world.clock.advance({ seconds: 5 })
    await refund(attempt)
    expect(businessDate(world.clock.now()).equals(day)).toBe(false)
    expect(await reconcile()).toMatchObject({ matched: 1, late: 1, differences: [] })
    expect(await reconcile(day.add({ days: 1 }))).toMatchObject({ matched: 0, late: 1, differences: [] })
    expect(bank.url).toMatch(/^http/)
  })

  it('that has not come, or whose list is not to be had, is refused and kept for later', async () => {
    const { provider, deps, day, bank, pay } = await open(name)
    await pay()
    expect(await reconcileDay(deps, provider, day.add({ days: 1 }))).toMatchObject({
      code: 'reconciliation_too_early',
    })
    // KakaoPay's table has moved; Toss is not there.
    await post(`${bank.url}/faults/offline`, {})
    const broken =
      name === 'kakaopay' ? kakaopay(bank.url, { settlementPath: '/kakaopay/nowhere' }).provider : provider
    expect(await reconcileDay(deps, broken, day)).toMatchObject({ code: 'settlement_not_listed' })
    await request(`${bank.url}/faults`, { method: 'DELETE' })
    expect(await reconcileDay(deps, kakaopay(bank.url).provider, day)).toMatchObject({
      code: 'settlement_not_listed',
      facts: { reason: 'no list for programs' },
    })
    // Next morning the days that are due are compared by themselves, and not again.
    world.clock.set(
      day.add({ days: 1 }).toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: '07:00' }).toInstant(),
    )
    await reconcileDue(deps)
    const compared = (await findReconciliations(world.db, 200)).filter((one) => one.provider === name)
    expect(compared.filter((one) => one.day === day.toString())).toMatchObject([
      { matched: 1, open: 0, version: 1 },
    ])
    await reconcileDue(deps)
    expect((await findReconciliations(world.db, 200)).filter((one) => one.provider === name)).toEqual(
      compared,
    )
  })

  it('compared before its list was complete is compared once more when it is', async () => {
    const { deps, day, pay, reconcile, pass } = await open(name)
    const kept = async () => {
      const days = await findReconciliations(world.db, 200)
      return days.filter((one) => one.provider === name && one.day === day.toString())
    }
    const next = (plainTime: string) =>
      pass(
        world.clock
          .now()
          .until(day.add({ days: 1 }).toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime }).toInstant()),
      )
    await pay()
    await reconcile()
    await pay()
    await next('05:59:59')
    await reconcileDue(deps)
    expect(await kept()).toMatchObject([{ matched: 1, version: 1 }])
    await next('06:00')
    await reconcileDue(deps)
    await reconcileDue(deps)
    expect(await kept()).toMatchObject([{ matched: 2, version: 2 }])
  })
})
