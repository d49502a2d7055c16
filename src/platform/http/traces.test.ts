import { afterEach, expect, it } from 'vitest'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { currentRequest } from '../telemetry/request-context.ts'
import type { SpanStart } from '../telemetry/tracer.ts'
import type { App } from './app.ts'
import { buildServer } from './server.ts'

const apps: App[] = []
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

const SENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const OWN = '00-11111111111111111111111111111111-2222222222222222-01'

/** A server, the spans it begins, the lines it logs, and what its work would hand on to events. */
async function server({ isTraced }: { isTraced: boolean }) {
  const begun: SpanStart[] = []
  const handedOn: (string | undefined)[] = []
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  const log = createLog('info', { write })
  const start = (_name: string, about: SpanStart) => {
    begun.push(about)
    return { traceparent: about.parent ?? OWN, set: () => {}, end: () => {} }
  }
  const app = await buildServer({
    log,
    metrics: createMetrics(),
    ...(isTraced ? { tracer: { start } } : {}),
    isService: (token) => token === 'ours',
    isGateway: (token) => token === 'shown by the gateway',
    version: 'test',
    problems: [],
    routes: [
      (scope) =>
        scope.route({
          method: 'GET',
          url: '/api/work',
          config: { audience: 'anyone' },
          handler: async () => {
            handedOn.push(currentRequest()?.traceparent)
            log.info('working')
            return 'done'
          },
        }),
    ],
    authenticate: async () => 'invalid',
    readiness: {},
    draining: () => false,
  })
  apps.push(app)
  const ask = async (headers: Record<string, string>) => {
    expect((await app.inject({ url: '/api/work', headers })).statusCode).toBe(200)
    const line = lines.find(({ msg }) => msg === 'working')
    const { traceId, toldTraceId } = line ?? {}
    return { begun: begun[0], handedOn: handedOn[0], traceId, toldTraceId }
  }
  return { ask }
}

it.each([
  ['without a token', {}],
  ['with a token of somebody else', { authorization: 'Bearer theirs' }],
  ['that shows what only the gateway knows, and is wrong', { 'x-traces-token': 'ours' }],
])('a client %s chooses no trace: another one begins, linked to theirs', async (_who, headers) => {
  const { ask } = await server({ isTraced: true })
  expect(await ask({ ...headers, traceparent: SENT })).toMatchObject({
    begun: { parent: undefined, link: SENT },
    handedOn: OWN,
    traceId: OWN.slice(3, 35),
    toldTraceId: SENT.slice(3, 35),
  })
})

it.each([
  ['a service of ours', { authorization: 'Bearer ours' }],
  ['the gateway', { authorization: 'Bearer theirs', 'x-traces-token': 'shown by the gateway' }],
])('%s goes on with its trace', async (_who, headers) => {
  const { ask } = await server({ isTraced: true })
  expect(await ask({ ...headers, traceparent: SENT })).toEqual({
    begun: expect.objectContaining({ parent: SENT, link: undefined }),
    handedOn: SENT,
    traceId: SENT.slice(3, 35),
    toldTraceId: undefined,
  })
})

it('where nothing is traced what a client says stands in the log, and is handed on to nobody', async () => {
  const { ask } = await server({ isTraced: false })
  expect(await ask({ traceparent: SENT })).toEqual({
    begun: undefined,
    handedOn: undefined,
    traceId: undefined,
    toldTraceId: SENT.slice(3, 35),
  })
})
