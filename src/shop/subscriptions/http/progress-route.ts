import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import Type from 'typebox'
import { type App, problems } from '../../../platform/http/app.ts'
import { goneOf } from '../../../platform/http/gone.ts'
import { refused } from '../../../platform/refusal.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { progressOf } from '../run/progress.ts'
import { readRun } from '../run/run-store.ts'
import { progressView } from './billing-view.ts'

/**
 * Live progress as server-sent events: one message at a time of `everyMs`, the last one when the run has ended or is
 * paused. Ends as well when the client goes away or its session ends, and when the server closes, whose drain it would hold up otherwise.
 */
export function progressRoute(
  deps: Pick<BillingDeps, 'db'>,
  app: App,
  audience: readonly ('merchant' | 'admin')[],
  everyMs: number,
): void {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  app.route({
    method: 'GET',
    url: '/api/admin/billing-runs/:id/progress',
    config: { audience },
    schema: {
      operationId: 'watchBillingRun',
      tags: ['operators'],
      summary: 'Progress of a billing run as server-sent events, until it ends',
      params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
      response: {
        200: {
          description: 'Messages `progress` with state, step, planned, done, workers and counts',
          content: { 'text/event-stream': { schema: Type.Unsafe<Readable>(Type.String()) } },
        },
        ...problems(401, 403, 404),
      },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      if (!(await readRun(deps.db, id))) return reply.refuse(refused('not_found'))
      // The answer's end, not the request's: a request may count as closed once it has been read.
      const over = AbortSignal.any([goneOf(reply), closing.signal])
      return reply
        .header('content-type', 'text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(Readable.from(messages(deps, id, { over, everyMs, isWelcome: request.isStillSignedIn })))
    },
  })
}

interface Watch {
  over: AbortSignal
  everyMs: number
  /** Whether who watches is still signed in. */
  isWelcome: (() => Promise<boolean>) | null
}

async function* messages(
  { db }: Pick<BillingDeps, 'db'>,
  runId: string,
  { over, everyMs, isWelcome }: Watch,
): AsyncGenerator<string> {
  while (!over.aborted && (await isWelcome?.()) !== false) {
    const progress = await progressOf(db, runId)
    if (!progress) return
    yield `event: progress\ndata: ${JSON.stringify(progressView(progress))}\n\n`
    if (progress.run.state !== 'running') return
    await pause(everyMs, undefined, { signal: over }).catch(() => undefined)
  }
}
