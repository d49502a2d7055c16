import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { setTimeout as passed } from 'node:timers/promises'
import { listening } from './listening.ts'

/** How a service is doing: well, busy (503), slow by so many milliseconds, silent, or not there at all. */
export type State =
  | { kind: 'well' }
  | { kind: 'busy' }
  | { kind: 'slow'; ms: number }
  | { kind: 'silent' }
  | { kind: 'away' }

/** Stands before a service and passes everything on, as long as that is said to be well. */
export interface StandIn {
  url: string
  be(state: State): Promise<void>
  /** Requests of a method that came while it was not away. */
  seen(method: string, path: string): number
  close(): Promise<void>
}

/** @param target where the service is; asked for each request, since it may be known later */
export async function standIn(target: () => string, fixed = 0): Promise<StandIn> {
  let state: State = { kind: 'well' }
  const seen: string[] = []
  const server = createServer((incoming, answer) => {
    seen.push(`${incoming.method} ${incoming.url?.split('?')[0]}`)
    void respond(incoming, answer)
  })
  async function respond(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (state.kind === 'silent') return
    if (state.kind === 'busy') {
      answer.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '2' })
      return void answer.end('{"code":"temporarily_unavailable"}')
    }
    if (state.kind === 'slow') await passed(state.ms)
    pass(incoming, answer, target())
  }
  const port = await listening(server, fixed)
  const away = async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  return {
    url: `http://127.0.0.1:${port}`,
    be: async (next) => {
      const before = state.kind
      state = next
      if (next.kind === 'away' && before !== 'away') await away()
      if (next.kind !== 'away' && before === 'away') await listening(server, port)
      // What was left hanging is not answered any more.
      if (before === 'silent') server.closeAllConnections()
    },
    seen: (method, path) => seen.filter((one) => one === `${method} ${path}`).length,
    close: async () => {
      if (state.kind !== 'away') await away()
    },
  }
}

function pass(incoming: IncomingMessage, answer: ServerResponse, target: string): void {
  const { method, url, headers } = incoming
  const onward = request(`${target}${url}`, { method, headers }, (found) => {
    answer.writeHead(found.statusCode ?? 502, found.headers)
    found.pipe(answer)
    found.on('error', () => answer.destroy())
  })
  onward.on('error', () => answer.destroy())
  answer.on('close', () => onward.destroy())
  incoming.pipe(onward)
}
