import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Collector, startCollector } from '../../../test/support/outside/collector.ts'
import { freePort } from '../database/embedded.ts'
import { until } from '../resilience/poll-until.ts'
import { inSpan } from './in-span.ts'
import { createLog } from './log.ts'
import { startTracing } from './open-telemetry.ts'
import { currentRequest, runInRequest } from './request-context.ts'

let collector: Collector
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.close())

const SENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const silent = createLog('silent')
const tracingTo = (endpoint: string, share = 1, log = silent) =>
  startTracing({ endpoint, serviceName: 'test', share, log })

describe('spans', () => {
  it('are parts of what is worked on, also of a trace of another process, and are sent at the end', async () => {
    const { tracer, stop } = tracingTo(collector.url)
    await runInRequest({ traceparent: SENT, tracer }, () =>
      inSpan('outer', { kind: 'server', attributes: { a: 1 } }, () =>
        inSpan('inner', {}, async () => {
          expect(currentRequest()?.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-/)
        }),
      ),
    )
    await stop()
    const [inner, outer] = collector.spans
    expect([inner?.name, outer?.name]).toEqual(['inner', 'outer'])
    expect(inner).toMatchObject({ traceId: outer?.traceId, parentSpanId: outer?.spanId })
    expect(outer).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parentSpanId: '00f067aa0ba902b7',
      attributes: [{ key: 'a', value: { intValue: 1 } }],
    })
  })

  it('go on with another trace where they are told to, linked to what began them', async () => {
    const { tracer, stop } = tracingTo(collector.url)
    await runInRequest({ tracer }, () =>
      inSpan('browser', { root: true }, () => inSpan('later', { parent: SENT }, async () => undefined)),
    )
    await stop()
    const [later, browser] = collector.spans
    expect(later).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      parentSpanId: '00f067aa0ba902b7',
      links: [{ traceId: browser?.traceId }],
    })
  })

  it('stay in a line where the trace to go on with is the one that is worked on', async () => {
    const { tracer, stop } = tracingTo(collector.url)
    await runInRequest({ tracer }, () =>
      inSpan('look up', { parent: SENT }, () => inSpan('complete', { parent: SENT }, async () => undefined)),
    )
    await stop()
    const [complete, lookUp] = collector.spans
    expect(complete).toMatchObject({ traceId: lookUp?.traceId, parentSpanId: lookUp?.spanId })
  })

  it('of work that fails name the kind of failure, not its message', async () => {
    const { tracer, stop } = tracingTo(collector.url)
    const work = () => Promise.reject(new TypeError('sora@example.org is wrong'))
    await expect(runInRequest({ tracer }, () => inSpan('fails', { root: true }, work))).rejects.toThrow()
    await stop()
    expect(collector.spans[0]).toMatchObject({ name: 'fails', status: { code: 2 } })
    expect(JSON.stringify(collector.spans)).toContain('TypeError')
    expect(JSON.stringify(collector.spans)).not.toContain('sora')
  })

  it('are not made of work that is part of nothing, nor where nothing is traced', async () => {
    const { tracer, stop } = tracingTo(collector.url)
    expect(await runInRequest({ tracer }, () => inSpan('sweep', {}, async (span) => span))).toBeUndefined()
    const untraced = { traceparent: SENT }
    expect(await runInRequest(untraced, () => inSpan('a', {}, async (span) => span))).toBeUndefined()
    expect(await inSpan('b', { root: true }, async (span) => span)).toBeUndefined()
    await stop()
    expect(collector.spans).toEqual([])
  })

  it('of traces that are not kept are not sent, and are parts of a trace all the same', async () => {
    const { tracer, stop } = tracingTo(collector.url, 0)
    await runInRequest({ tracer }, () =>
      inSpan('not kept', { root: true }, async () => {
        expect(currentRequest()?.traceparent).toMatch(/-00$/)
      }),
    )
    await stop()
    expect(collector.spans).toEqual([])
  })
})

describe('a collector that is away', () => {
  it('costs one line of the log, however long it lasts, and one when it is back; nobody waits for it', async () => {
    const lines: string[] = []
    const port = await freePort()
    const log = createLog('info', { write: (line) => void lines.push(line) })
    const { tracer, stop } = tracingTo(`http://127.0.0.1:${port}`, 1, log)
    const began = performance.now()
    runInRequest({ requestId: 'some request', tracer }, () => {
      for (let n = 0; n < 20_000; n++) tracer.start('lost', {}).end()
    })
    expect(performance.now() - began).toBeLessThan(2_000)
    await until(() => lines.length > 0, { what: 'the line', deadlineMs: 20_000 })
    const back = await startCollector(port)
    const again = async () => {
      tracer.start('again', {}).end()
      return lines.length > 1
    }
    await until(again, { what: 'the second line', deadlineMs: 20_000 })
    await stop()
    await back.close()
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      'traces cannot be sent, they are lost',
      'traces are sent again',
    ])
    expect(lines.join()).not.toContain('some request')
  })

  it('does not keep a process from ending', async () => {
    const { tracer, stop } = tracingTo(`http://127.0.0.1:${await freePort()}`)
    tracer.start('last', {}).end()
    const stopping = performance.now()
    await stop()
    expect(performance.now() - stopping).toBeLessThan(3_000)
  })
})

it('is loaded by nobody who does not want traces', () => {
  const sources = fileURLToPath(new URL('../../', import.meta.url))
  const files = globSync('**/*.ts', { cwd: sources }).filter((file) => !file.endsWith('.test.ts'))
  const saying = (pattern: RegExp) =>
    files.filter((file) => pattern.test(readFileSync(sources + file, 'utf8')))
  expect(saying(/from '@opentelemetry\//)).toEqual(['platform/telemetry/open-telemetry.ts'])
  expect(saying(/from '.*\/open-telemetry\.ts'/)).toEqual([])
  expect(saying(/import\('.*\/open-telemetry\.ts'\)/)).toEqual(['services/between/tracing.ts'])
})
