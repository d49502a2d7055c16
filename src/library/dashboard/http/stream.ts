import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Db } from '../../../platform/database/database.ts'
import { type Dashboard, readDashboard } from '../dashboard-view.ts'
import type { Watchers } from '../watchers.ts'

const KEEP_ALIVE_MS = 15_000
/** What a browser waits before it connects again. */
const RETRY_MS = 2_000

/**
 * Sends the patron's dashboard as server-sent events: at once, unless the reader has seen this revision
 * (`Last-Event-ID`), and after each change. Each event is the whole dashboard, so a reader that missed some has missed
 * nothing. While a reader is slow only the newest is kept for it.
 */
export function streamDashboard(
  { db, watchers }: { db: Db; watchers: Watchers },
  request: FastifyRequest,
  reply: FastifyReply,
  patronId: string,
): void {
  reply.hijack()
  const { raw } = reply
  // Who has gone meanwhile is told of by no `close` any more: they would be watched for, and written to, for ever.
  if (raw.destroyed) return
  const headers = reply.getHeaders()
  raw.writeHead(200, {
    ...Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  raw.write(`retry: ${RETRY_MS}\n\n`)
  let seen = Number(request.headers['last-event-id'] ?? -1)
  let busy = false
  let again = false

  const look = () => {
    if (busy) {
      again = true
      return
    }
    busy = true
    void send().finally(() => {
      busy = false
      if (again && !raw.destroyed) {
        again = false
        look()
      }
    })
  }
  const send = async () => {
    const dashboard = await readDashboard(db, patronId).catch(() => undefined)
    // Without the database there is nothing to tell; the next look tells it.
    if (!dashboard || dashboard.revision === seen || raw.destroyed) return
    seen = dashboard.revision
    if (!raw.write(eventOf(dashboard)) && !raw.destroyed) await drained()
  }
  const drained = () =>
    new Promise<void>((done) => {
      raw.once('drain', done)
      raw.once('close', done)
    })

  const endWatch = watchers.watch(patronId, look, () => raw.end())
  // Who has signed out meanwhile sees no more of it.
  const goOn = async () => {
    if ((await request.isStillSignedIn?.()) === false) raw.end()
    else raw.write(': still here\n\n')
  }
  const alive = setInterval(() => void goOn().catch(() => {}), KEEP_ALIVE_MS)
  raw.once('close', () => {
    clearInterval(alive)
    endWatch()
  })
  look()
}

const eventOf = (dashboard: Dashboard) =>
  `id: ${dashboard.revision}\nevent: dashboard\ndata: ${JSON.stringify(dashboard)}\n\n`
