/** Days that could not be held against the list of a provider that gives programs one. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addFault, testBank } from '../../../../simulators/bank/testing.ts'
import { newId } from '../../../platform/ids.ts'
import { paymentsWorld, type World } from '../payments.fixture.ts'
import type { PaymentProvider, SettledList } from '../provider.ts'
import { adapter as kakaopay } from '../providers/kakaopay/kakaopay-testing.ts'
import { adapter as toss } from '../providers/toss/toss-testing.ts'
import { listsNotHad, missingTables } from './missing-tables.ts'
import { reconcileDay, reconcileDue } from './reconcile-day.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld()
})
afterAll(() => world.database.drop())

const NOWHERE = 'http://127.0.0.1:9'
const seoul = (text: string) => Temporal.Instant.from(`${text}:00+09:00`)
const day = (text: string) => Temporal.PlainDate.from(text)

async function paid(at: string, provider = 'toss'): Promise<void> {
  const id = newId()
  await sql`
    insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity,
      buyer_ref, return_key, provider_ref, paid_at, created_at, updated_at)
    values (${id}, ${newId()}, ${newId()}, ${provider}, 'checkout', 'pay', 'succeeded', 10000, 909, '상품', 1,
      'buyer', 'key', ${id}, ${seoul(at)}, ${seoul(at)}, ${seoul(at)})`.execute(world.db)
}

/** Toss, whose answer to the next questions for a list is said by the test. */
function telling(answer: { is: SettledList }): PaymentProvider & { asked: string[] } {
  const asked: string[] = []
  const listSettled: PaymentProvider['listSettled'] = async ({ from }) => {
    asked.push(from.toString())
    return answer.is
  }
  return { ...toss(NOWHERE).provider, listSettled, asked }
}

it('are told from noon of the next day on, with what came of the last try, until one is compared', async () => {
  const answer: { is: SettledList } = {
    is: { kind: 'not_listed', why: 'not_allowed', reason: 'an answer 401 that is no list' },
  }
  const provider = telling(answer)
  const deps = world.depsWith(provider, kakaopay(NOWHERE).provider)
  const told = async (now: string) => {
    world.clock.set(seoul(now))
    return (await listsNotHad(deps)).map((one) => [`${one.provider} ${one.day}`, one.inVain?.why ?? 'never'])
  }
  // A Saturday: machines know no weekends. Of KakaoPay, which has no list here, people bring a table.
  await paid('2026-11-28T00:00')
  await paid('2026-11-28T12:00', 'kakaopay')
  expect(await told('2026-11-29T11:59')).toEqual([])
  // Nobody asked at all, for instance because nothing runs that would.
  expect(await told('2026-11-29T12:00')).toEqual([['toss 2026-11-28', 'never']])

  world.clock.set(seoul('2026-11-29T06:00'))
  await reconcileDue(deps)
  world.clock.set(seoul('2026-11-29T06:10'))
  await reconcileDue(deps)
  const refused = (await told('2026-11-29T12:00')).filter(([key]) => key === 'toss 2026-11-28')
  expect(refused).toEqual([['toss 2026-11-28', 'not_allowed']])
  expect((await listsNotHad(deps)).find((one) => one.day === '2026-11-28')?.inVain).toEqual({
    why: 'not_allowed',
    tries: 2,
    lastAt: seoul('2026-11-29T06:10'),
  })
  // A list that was asked for in vain is told of whatever our books have of the day: theirs may have something.
  expect((await told('2026-11-29T12:00')).map(([key]) => key)).toContain('toss 2026-11-25')
  expect((await missingTables(deps)).every((one) => one.provider === 'kakaopay')).toBe(true)

  // Weeks later it is still told, and asked for, though not every few minutes.
  answer.is = { kind: 'not_listed', why: 'unreadable', reason: 'an answer 200 that is no list' }
  world.clock.set(seoul('2026-12-20T07:00'))
  await reconcileDue(deps)
  provider.asked.length = 0
  world.clock.set(seoul('2026-12-20T07:59'))
  await reconcileDue(deps)
  expect(provider.asked).not.toContain('2026-11-28')
  expect(provider.asked).toContain('2026-12-19')
  expect(await told('2026-12-20T12:00')).toContainEqual(['toss 2026-11-28', 'unreadable'])

  answer.is = { kind: 'listed', movements: [] }
  await reconcileDue(deps)
  expect(provider.asked).toContain('2026-11-28')
  expect(await told('2026-12-20T12:00')).toEqual([])
  expect((await sql`select 1 from payments.list_not_had`.execute(world.db)).rows).toEqual([])
})

it('are told again when the day was compared before it was complete', async () => {
  const answer: { is: SettledList } = { is: { kind: 'listed', movements: [] } }
  const provider = telling(answer)
  const deps = world.depsWith(provider)
  await paid('2027-02-01T09:00')
  world.clock.set(seoul('2027-02-02T05:59'))
  expect(await reconcileDay(deps, provider, day('2027-02-01'))).toMatchObject({ kind: 'reconciled' })
  world.clock.set(seoul('2027-02-02T12:00'))
  expect((await listsNotHad(deps)).map((one) => one.day)).toEqual(['2027-02-01'])
})

it('are told apart by what the provider answered', async () => {
  const bank = await testBank()
  const inVain = async (provider: PaymentProvider, on: string) => {
    const deps = world.depsWith(provider)
    expect(await reconcileDay(deps, provider, day(on))).toMatchObject({ code: 'settlement_not_listed' })
    return (await listsNotHad(deps)).find((one) => one.day === on)?.inVain?.why
  }
  world.clock.set(seoul('2027-03-20T12:00'))
  expect(await inVain(toss(bank.url, { secretKey: 'WRONG' }).provider, '2027-03-01')).toBe('not_allowed')
  expect(await inVain(toss(NOWHERE).provider, '2027-03-02')).toBe('no_answer')
  await addFault(bank, { operation: 'transactions' }, { kind: 'http_5xx' })
  expect(await inVain(toss(bank.url).provider, '2027-03-03')).toBe('no_answer')
  const moved = kakaopay(bank.url, { settlementPath: '/kakaopay/nowhere' }).provider
  expect(await inVain(moved, '2027-03-04')).toBe('unreadable')
  // Without a list for programs nothing was asked for, and people are asked instead.
  const byPeople = kakaopay(bank.url).provider
  expect(await reconcileDay(world.depsWith(byPeople), byPeople, day('2027-03-05'))).toMatchObject({
    code: 'settlement_not_listed',
  })
  expect((await listsNotHad(world.depsWith(moved))).map((one) => one.day)).toEqual(['2027-03-04'])
  // Nobody has to bring a table of a day without payments because its list once did not come.
  expect((await missingTables(world.depsWith(byPeople))).map((one) => one.day)).not.toContain('2027-03-04')
})

it('days asked for in a row leave payments to be looked up, whether their lists come or not', async () => {
  const bank = await testBank()
  const ask = async (provider: PaymentProvider) => {
    const outcomes: string[] = []
    for (let at = 0; at < 45; at += 1) {
      const of = day('2027-01-01').add({ days: at })
      const call = { deadline: Date.now() + 5_000, idempotencyKey: `list-${at}` }
      outcomes.push((await provider.listSettled({ from: of, to: of }, call)).kind)
    }
    return new Set(outcomes)
  }
  const withLists = [
    toss(bank.url).provider,
    kakaopay(bank.url, { settlementPath: '/kakaopay/settlement' }).provider,
  ]
  for (const provider of withLists) {
    expect(await ask(provider), provider.name).toEqual(new Set(['listed']))
    expect(provider.breakers(), provider.name).toMatchObject({ list: 'closed', lookup: 'closed' })
  }
  await addFault(bank, { operation: 'transactions' }, { kind: 'http_5xx' })
  const without = toss(bank.url).provider
  expect(await ask(without)).toEqual(new Set(['not_listed']))
  expect(without.breakers()).toMatchObject({ list: 'open', lookup: 'closed' })
})
