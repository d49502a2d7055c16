import { afterAll, beforeAll, expect, test } from 'vitest'
import { changeOpening } from '../../src/library/borrow/desk/change-opening.ts'
import { publishPolicy } from '../../src/library/borrow/desk/publish-policy.ts'
import { lendingGuide } from '../../src/library/borrow/lending/lending-guide.ts'
import { currentPolicy, listedPolicies } from '../../src/library/borrow/store/policy-store.ts'
import { newId } from '../../src/platform/ids.ts'
import { type LibraryWorld, openLibraryWorld } from './world.ts'

let world: LibraryWorld
beforeAll(async () => {
  world = await openLibraryWorld()
})
afterAll(() => world?.drop())

const byId = newId()
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]

test('a day that is closed counts the loans the catalogue has not answered, whose day was told as well', async () => {
  const bookId = await world.addBook(2)
  const from = (await world.events()).at(-1)?.position ?? 0
  const first = await world.borrow(world.actor(), bookId, 1)
  for (const event of await world.events(from)) await world.deliver(event)
  for (const event of await world.events(from)) await world.deliver(event)
  const second = await world.borrow(world.actor(), bookId, 1)
  if (first.kind === 'refused' || second.kind === 'refused') throw new Error('not lent')
  expect(second.body.dueOn).toBe(first.body.dueOn)
  const days = [{ day: first.body.dueOn, isOpen: false, reason: '장서 점검' }]
  const wanted = { closedWeekdays: [], closedOnHolidays: false, days }
  expect(await changeOpening(world.deps, { seen: 0, wanted, byId })).toMatchObject({ loansDueWhenClosed: 2 })
})

test('a library is not closed on every weekday: no loan could be due', async () => {
  const closing = (closedWeekdays: readonly number[]) =>
    changeOpening(world.deps, {
      seen: 1,
      wanted: { closedWeekdays, closedOnHolidays: false, days: [] },
      byId,
    })
  expect(await closing(EVERY_DAY)).toMatchObject({
    code: 'invalid_request',
    errors: [{ field: 'body.closedWeekdays', code: 'never_open' }],
  })
  expect(await closing([...EVERY_DAY.slice(1), 7])).toMatchObject({ kind: 'opening' })
})

test('a library is not closed for a year on end, and lends over a closing that is shorter', async () => {
  const { clock } = world.deps
  const closing = (count: number) =>
    Array.from({ length: count }, (_, ahead) => ({
      day: clock.today().add({ days: ahead }).toString(),
      isOpen: false,
      reason: '공사',
    }))
  const change = (days: ReturnType<typeof closing>) =>
    changeOpening(world.deps, {
      seen: 2,
      wanted: { closedWeekdays: [], closedOnHolidays: false, days },
      byId,
    })
  expect(await change(closing(366))).toMatchObject({
    code: 'invalid_request',
    errors: [{ field: 'body.days', code: 'closed_for_a_year' }],
  })
  expect(await change(closing(365))).toMatchObject({ kind: 'opening' })
  const lent = await world.borrow(world.actor(), await world.addBook(1), 1)
  expect(lent.kind === 'answered' && lent.body.dueOn).toBe(clock.today().add({ days: 365 }).toString())
})

test('a single day is at most ten years ahead', async () => {
  const closed = (day: string) =>
    changeOpening(world.deps, {
      seen: 3,
      wanted: { closedWeekdays: [], closedOnHolidays: false, days: [{ day, isOpen: false, reason: '공사' }] },
      byId,
    })
  const last = world.deps.clock.today().add({ years: 10 })
  for (const day of [last.add({ days: 1 }).toString(), '9999-12-31'])
    expect(await closed(day)).toMatchObject({ errors: [{ field: 'body.days', code: 'too_far_ahead' }] })
  expect(await closed(last.toString())).toMatchObject({ kind: 'opening' })
})

test('the rules in force are read however many are published ahead, and the next are those that begin first', async () => {
  const { db, clock } = world.deps
  const today = clock.today()
  const { version, rules } = await currentPolicy(db, today)
  const publish = (nth: number, inForceOn: Temporal.PlainDate | null) =>
    publishPolicy(world.deps, {
      seen: version + nth - 1,
      rules: { ...rules, loanDays: 100 + nth },
      inForceOn,
      byId,
    })
  // Each begins before the one published next, so that none takes the place of another.
  for (let nth = 1; nth <= 101; nth += 1) await publish(nth, today.add({ days: nth }))
  const guide = await lendingGuide(world.deps)
  expect(guide.rules.loanDays).toBe(rules.loanDays)
  expect(guide.next).toMatchObject({ from: today.add({ days: 1 }).toString(), rules: { loanDays: 101 } })
  const listed = await listedPolicies(db, today, 100)
  expect(listed.map((policy) => policy.version)).toEqual([
    ...Array.from({ length: 100 }, (_, nth) => version + 101 - nth),
    version,
  ])
  // One that holds from now on takes the place of all that were to begin later.
  expect(await publish(102, null)).toMatchObject({ kind: 'policy' })
  expect(await lendingGuide(world.deps)).toMatchObject({ rules: { loanDays: 202 }, next: undefined })
})
