import { Readable } from 'node:stream'
import Type from 'typebox'
import { type App, problems } from '../http/app.ts'
import { goneOf } from '../http/gone.ts'
import type { Changes } from './changes.ts'

/** So often something is sent, and who watches is asked whether they are still signed in. */
const ALIVE_EVERY_MS = 15_000

/** What lists of the console live by: which kinds of things have happened. Of whom or what, the lists themselves say. */
export function changesRoute(app: App, changes: Changes): void {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())
  app.route({
    method: 'GET',
    url: '/api/admin/changes',
    config: { audience: ['merchant', 'librarian', 'admin'] },
    schema: {
      operationId: 'watchChanges',
      tags: ['operators'],
      summary: 'Which kinds of events happen, as server-sent events, so that lists can be asked for again',
      response: {
        200: {
          description:
            'A message `ready`, then messages `changed` with a list of event types, at most one a second. What happened while nobody listened is not told',
          content: { 'text/event-stream': { schema: Type.Unsafe<Readable>(Type.String()) } },
        },
        ...problems(401, 403),
      },
    },
    handler: async (request, reply) => {
      const over = AbortSignal.any([goneOf(reply), closing.signal])
      return reply
        .header('content-type', 'text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(Readable.from(messages(changes, over, request.isStillSignedIn)))
    },
  })
}

/** What who watches is sent, for as long as they are welcome; asked every so often, whatever happens meanwhile. */
export async function* messages(
  changes: Changes,
  over: AbortSignal,
  isWelcome: (() => Promise<boolean>) | null,
  everyMs = ALIVE_EVERY_MS,
): AsyncGenerator<string> {
  const heard = new Set<string>()
  let askedAt = performance.now()
  let wake = () => {}
  const end = changes.listen((types) => {
    for (const type of types) heard.add(type)
    wake()
  })
  try {
    yield 'event: ready\ndata: {}\n\n'
    while (!over.aborted) {
      if (heard.size === 0) await sleep(over, everyMs, (woken) => (wake = woken))
      // While things happen all the time nobody would ever be asked otherwise.
      if (heard.size === 0 || performance.now() - askedAt >= everyMs) {
        if (over.aborted) return
        if ((await isWelcome?.()) === false) return
        askedAt = performance.now()
      }
      if (heard.size > 0) {
        const types = [...heard]
        heard.clear()
        yield `event: changed\ndata: ${JSON.stringify(types)}\n\n`
      } else if (!over.aborted) {
        yield ': still here\n\n'
      }
    }
  } finally {
    end()
  }
}

/** Until woken, over, or it is time to say something. */
function sleep(over: AbortSignal, ms: number, onWake: (woken: () => void) => void): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(finish, ms)
    function finish(): void {
      clearTimeout(timer)
      over.removeEventListener('abort', finish)
      done()
    }
    over.addEventListener('abort', finish, { once: true })
    onWake(finish)
  })
}
