/** One purchase is one trace, whoever does its steps and in which request; so is the charge of a cycle. */
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { type Collector, type SentSpan, startCollector } from '../support/outside/collector.ts'
import { colleague, customer, PASSWORD, type Person, RECEIVER } from '../support/people.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import { skipToCharge, subscribe } from '../support/subscribe.ts'
import { inOneProcess, type System, startSystem } from '../support/system.ts'
import { Payment } from '../support/views.ts'

const logFile = join(tmpdir(), `pillivery-traces-${process.pid}-${performance.now()}.log`)
let collector: Collector
let system: System
let sora: Person
let itemId: string
beforeAll(async () => {
  collector = await startCollector()
  system = await startSystem({
    settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: 'info', LOG_FILE: logFile },
  })
  const [item] = await stockShelves(system, 3)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
  sora = await customer(system)
})
afterAll(async () => {
  await system?.stop()
  await collector?.close()
})

function send(path: string, form: Record<string, string>, cookie = '') {
  return fetch(new URL(path, system.url), {
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'text/html', origin: system.url, cookie },
    body: new URLSearchParams(form),
  })
}

/** The trace that holds a span of each of these names. */
function traceWith(names: readonly string[]): Promise<readonly SentSpan[]> {
  return until(
    async () => {
      const traces = [...Map.groupBy(collector.spans, ({ traceId }) => traceId).values()]
      return traces.find((spans) => names.every((name) => spans.some((span) => span.name === name)))
    },
    { what: `one trace of ${names.join(', ')}`, deadlineMs: 15_000 },
  )
}

/** From a span up to the beginning of its trace. */
function above(trace: readonly SentSpan[], name: string): string[] {
  const names: string[] = []
  let span = trace.find((one) => one.name === name)
  while (span) {
    names.push(span.name)
    const { parentSpanId } = span
    span = trace.find(({ spanId }) => spanId === parentSpanId)
  }
  return names
}

test('bought on the pages: order, bank, settlement, event and letter are one trace', async () => {
  const opened = await send('/login', { email: sora.email, password: PASSWORD })
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
  const ordered = await send(
    '/checkout',
    {
      ...RECEIVER.address,
      name: RECEIVER.name,
      phone: RECEIVER.phone,
      line: `${itemId}*1`,
      total: '30000',
      key: 'traces-journey-order-1',
      provider: 'kakaopay',
    },
    cookie,
  )
  expect(ordered.status).toBe(303)
  const back = await system.bank.press(ordered.headers.get('location') ?? '', 'approve')
  expect(expectBody(await system.api().get(back ?? ''), 200, Payment).state).toBe('paid')

  const trace = await traceWith([
    'POST /checkout',
    'kakaopay.checkout',
    'complete checkout',
    'kakaopay.complete',
    'notifications hears shop.order.paid',
    'notifications.send',
  ])
  expect(above(trace, 'kakaopay.complete')).toEqual([
    'kakaopay.complete',
    'complete checkout',
    expect.any(String),
    ...above(trace, 'POST /checkout'),
  ])
  expect(trace.map(({ name }) => name)).toContain('insert payments.ledger_entry')
  // The browser that came back is another request: it is linked.
  const returned = collector.spans.find(({ name }) => name.startsWith('GET /api/payments/return'))
  expect(returned).toBeDefined()
  const completed = trace.find(({ name }) => name === 'complete checkout')
  expect(completed?.links.map(({ traceId }) => traceId)).toEqual([returned?.traceId])
  const lines = await readFile(logFile, 'utf8')
  expect(lines).toContain(`"traceId":"${trace[0]?.traceId}"`)
})

test.runIf(inOneProcess)('the charge of a cycle is one trace, from the run to the letter', async () => {
  const subscription = await subscribe(system, sora, itemId)
  await skipToCharge(system, [[sora, subscription]])
  const admin = system.api(await system.token({ userId: sora.id, roles: ['admin'], sessionId: sora.id }))
  expect((await admin.post('/api/admin/billing-runs', { json: {} })).status).toBe(202)
  const trace = await traceWith(['charge subscription', 'kakaopay.charge', 'notifications.send'])
  expect(above(trace, 'kakaopay.charge')).toEqual(['kakaopay.charge', 'charge subscription'])
})

test('nothing of a person is in any of it', () => {
  const told = JSON.stringify(collector.spans.map(({ name, attributes }) => [name, attributes]))
  const { name, phone, address } = RECEIVER
  for (const secret of [sora.email, sora.id, name, phone, address.city, address.detail])
    expect(told).not.toContain(secret)
  expect(collector.spans.length).toBeGreaterThan(100)
})
