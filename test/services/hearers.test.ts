import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { channelOf } from '../../src/contracts/published/channels.ts'
import { allSamples } from '../../src/contracts/samples.fixture.ts'
import type { Envelope } from '../../src/platform/events/event.ts'
import { prepareEvent } from '../../src/platform/events/subscriber.ts'
import { newId } from '../../src/platform/ids.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { openRuntime, type Runtime } from '../../src/runtime.ts'
import { readConfig } from '../../src/services/config.ts'
import { SERVICE_NAMES, SERVICES } from '../../src/services/index.ts'
import { emptyDatabase } from '../support/database.ts'
import { allContracts } from './all-contracts.ts'

/** Events that none of our own services needs, and for whom they are told nevertheless. */
const FOR_STRANGERS: Readonly<Record<string, string>> = {
  'identity.session.ended':
    'processes on other databases, by the broker; they hear it when KAFKA_BROKERS is set',
  'shop.payment.succeeded':
    'accounting elsewhere follows money by provider and attempt; orders tell it inside',
  'shop.payment.ended': 'the same, for tries that took no money: shares of declined cards by provider',
  'shop.payment.refunded': 'the same, for money given back; orders tell it inside',
  'shop.payment.needs-review':
    'a pager elsewhere; operators inside see the log and the list of open decisions',
  'shop.payment.books-differ': 'the same, for days that do not agree with the provider',
  'shop.question.asked':
    'a chat of those who answer elsewhere; inside they have the work list, which follows it',
  'shop.question.changed': 'the same, for what was edited, deleted, hidden or shown again',
  'shop.subscription.cycle-failed':
    'dunning elsewhere; customers are told by the refusals before and the end after',
  'shop.subscription.recovered': 'the same, the good end; customers are told by the paid cycle',
  'library.book.registered':
    'union catalogues and newsletters; loans and holds carry their titles themselves',
  'library.book.changed': 'the same, for corrections',
  'library.book.withdrawn': 'the same, for the end; holds of a withdrawn title tell their own end',
}

let database: Awaited<ReturnType<typeof emptyDatabase>>
let folder: string
let runtime: Runtime
beforeAll(async () => {
  database = await emptyDatabase()
  folder = await mkdtemp(join(tmpdir(), 'pillivery-hearers-'))
  const config = readConfig({ NODE_ENV: 'test', DATABASE_URL: database.url, DATA_DIR: folder, DEMO: 'off' })
  runtime = await openRuntime({
    config,
    log: createLog('silent'),
    owner: false,
    publicUrl: 'http://127.0.0.1',
  })
})
afterAll(async () => {
  await runtime?.close()
  await database?.drop()
  if (folder) await rm(folder, { recursive: true, force: true })
})

test('every event is heard by one of our services, or told to strangers for a reason', async () => {
  const told = (await allContracts()).map(({ type }) => type).toSorted()
  const heard = new Set(
    runtime.modules.flatMap(({ subscribers = [] }) =>
      subscribers.flatMap(({ handlers }) => handlers.map(({ type }) => type)),
    ),
  )
  expect(told.filter((type) => !heard.has(type))).toEqual(Object.keys(FOR_STRANGERS).toSorted())
  expect([...heard].filter((type) => !told.includes(type))).toEqual([])
})

test('every event is told by one service, and services hear those whose events their subscribers need', async () => {
  const tellersOf = (type: string) =>
    SERVICE_NAMES.filter((name) => SERVICES[name].tells.some((told) => type.startsWith(told)))
  for (const { type } of await allContracts())
    expect({ type, told: tellersOf(type) }).toEqual({ type, told: [channelOf(type).teller] })
  for (const { name, modules } of runtime.hosted) {
    const types = modules.flatMap(({ subscribers = [] }) =>
      subscribers.flatMap(({ handlers }) => handlers.map(({ type }) => type)),
    )
    const needed = new Set(types.flatMap(tellersOf).filter((teller) => teller !== name))
    expect({ name, hears: new Set(SERVICES[name].hears) }).toEqual({ name, hears: needed })
  }
})

test('only letters begin with what comes: all others need what has been', () => {
  const subscribers = runtime.modules.flatMap((module) => module.subscribers ?? [])
  const fromNow = subscribers.filter(({ from }) => from === 'now').map(({ name }) => name)
  expect(fromNow.toSorted()).toEqual(['notifications', 'notifications.library'])
})

/** What a subscriber finds in the log for a sample. */
const envelopeOf = (type: string, version: number, data: unknown): Envelope => ({
  specversion: '1.0',
  id: newId(),
  source: 'sample',
  type,
  subject: newId(),
  time: '2026-11-21T00:05:00Z',
  datacontenttype: 'application/json',
  dataschema: `${type}/${version}`,
  data,
  subjectversion: 1,
  schemaversion: version,
})

test('who hears an event takes every version that was ever told of it', async () => {
  const taken: string[] = []
  for (const subscriber of runtime.modules.flatMap((module) => module.subscribers ?? [])) {
    const heard = new Set(subscriber.handlers.map(({ type }) => type))
    for (const { type, version, data } of allSamples().filter((sample) => heard.has(sample.type))) {
      const prepared = prepareEvent(subscriber, envelopeOf(type, version, data))
      expect({ subscriber: subscriber.name, type, version, prepared }).toMatchObject({
        prepared: { kind: 'ready' },
      })
      taken.push(`${subscriber.name} ${type} ${version}`)
    }
  }
  expect(taken.length).toBeGreaterThan(40)
})
