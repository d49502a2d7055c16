import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import {
  askSubscription,
  consentVersion,
  Subscription,
  SubscriptionDetail,
  subscribe,
} from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'

/** A merchant who offers other periods than most, and has settled the rest differently too. */
const Consent = Type.Object({
  version: Type.String(),
  text: Type.Object({ ko: Type.String(), en: Type.String() }),
})

let system: System
let minji: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem({
    settings: {
      SUBSCRIPTION_PERIODS: '14d,28-35d,1m',
      SUBSCRIPTION_CUT_OFF: '2d 09:30',
      SUBSCRIPTION_NOTICE_DAYS: '5',
      SUBSCRIPTION_RETRY: '{"immediateRetries":0,"laterRetries":2,"hoursBetween":12}',
    },
  })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  const [person, merchant] = await Promise.all([customer(system), colleague(system, 'merchant')])
  minji = person
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 1_000)
})
afterAll(async () => {
  await system?.stop()
})

test('a visitor sees what is on offer, and agrees to just that', async () => {
  const terms = await system.api().get('/api/subscription-terms')
  expect(terms.status).toBe(200)
  expect(terms.headers.get('cache-control')).toBe('public, max-age=60')
  expect(terms.body).toEqual({
    periods: [
      { unit: 'days', least: 14, most: 14 },
      { unit: 'days', least: 28, most: 35 },
      { unit: 'months', least: 1, most: 1 },
    ],
    quantity: { least: 1, most: 99 },
    cutOff: { daysBefore: 2, time: '09:30', timeZone: 'Asia/Seoul' },
    noticeDays: 5,
    retry: { immediateRetries: 0, laterRetries: 2, hoursBetween: 12, newMethodWithinHours: 72 },
  })
  const { version, text } = expectBody(
    await system.api().get('/api/consents/recurring-payment'),
    200,
    Consent,
  )
  expect(version).toMatch(/^2026-12-01\.n5\.c2-0930\.r0-2-12\.s[0-9a-f]{8}$/)
  expect(text.ko).toContain('결제일 2일 전 오전 9시 30분까지')
  expect(text.en).toContain('tried again every 12 hours up to twice')
})

test('what was agreed to can be read again by its version, and no other version is made up', async () => {
  const version = await consentVersion(system)
  const read = (asked: string) => system.api().get(`/api/consents/recurring-payment/${asked}`)
  const shown = await system.api().get('/api/consents/recurring-payment')
  expect((await read(version)).body).toEqual(shown.body)
  await subscribe(system, minji, itemId)
  expect((await read(version)).body).toEqual(shown.body)
  for (const other of ['2020-01-01', '2026-11-29', '2026-12-01'])
    expect(await read(other)).toMatchObject({ status: 404, code: 'not_found' })
  for (const nonsense of ['%00', `${'a'.repeat(51)}`, 'a%20b'])
    expect(await read(nonsense)).toMatchObject({ status: 400, code: 'invalid_request' })
})

test('periods on offer can be had and others cannot, at the start and later', async () => {
  const consent = { version: await consentVersion(system) }
  const ask = (unit: string, count: number) =>
    askSubscription(minji, itemId, { consent, period: { unit, count } })
  for (const [unit, count] of [
    ['days', 30],
    ['days', 35],
    ['months', 1],
  ] as const)
    expect((await ask(unit, count)).status).toBe(201)
  for (const [unit, count] of [
    ['days', 60],
    ['days', 36],
    ['months', 2],
  ] as const)
    expect(await ask(unit, count)).toMatchObject({ status: 422, code: 'period_not_offered' })

  const { id, anchor } = await subscribe(system, minji, itemId)
  const change = (unit: string, count: number) =>
    minji.api.post(`/api/subscriptions/${id}/period`, { json: { period: { unit, count } } })
  expect((await change('days', 90)).code).toBe('period_not_offered')
  const monthly = expectBody(await change('months', 1), 200, Subscription)
  expect(monthly.nextCharge?.due).toBe(Temporal.PlainDate.from(anchor).add({ months: 1 }).toString())
  const detail = await minji.api.get(`/api/subscriptions/${id}`)
  expectBody(detail, 200, SubscriptionDetail)
  expect(at(detail.body, 'consent', 'version')).toBe(consent.version)
  const cutOff = Temporal.PlainDate.from(monthly.nextCharge?.due ?? '')
    .subtract({ days: 2 })
    .toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: '09:30' })
    .toInstant()
  expect(at(detail.body, 'upcoming', 0, 'changeableUntil')).toBe(cutOff.toString())
})
