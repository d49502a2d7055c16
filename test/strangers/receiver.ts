import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { at, parseJson } from '../support/json.ts'

/** Receives messages by POST, and knows by their key those it has had. */
export interface Receiver {
  url: string
  /** The subject of every message, by its key. */
  messages(): ReadonlyMap<string, string>
  /** How often each key came, of those that came more than once. */
  repeated(): Record<string, number>
  /** Holds back the answer to the message that makes it so many; resolves with its key when it is there. */
  holdAt(count: number): Promise<string>
  stop(): Promise<void>
}

/** Starts one on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const kept = new Map<string, string>()
  const times = new Map<string, number>()
  let held: { count: number; seen(key: string): void } | undefined
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const key = String(request.headers['idempotency-key'])
      const subject = at(parseJson(body), 'subject')
      times.set(key, (times.get(key) ?? 0) + 1)
      if (typeof subject === 'string') kept.set(key, subject)
      if (held === undefined || kept.size < held.count) {
        response.writeHead(204).end()
        return
      }
      held.seen(key)
      held = undefined
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = server.address()
  const port = typeof place === 'object' && place !== null ? place.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    messages: () => kept,
    repeated: () => Object.fromEntries([...times].filter(([, count]) => count > 1)),
    holdAt: (count) =>
      new Promise((seen) => {
        held = { count, seen }
      }),
    stop: async () => {
      server.closeAllConnections()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}
