import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '../../../src/platform/resilience/poll-until.ts'

/** One address in front of several servers, as a load balancer gives. */
export interface Balancer {
  url: string
  /** Sends requests there from now on, too. */
  add(target: string): void
  /** Sends nothing there any more; resolves when what is on its way has been answered. */
  remove(target: string): Promise<void>
  close(): Promise<void>
}

/** Gives every request to the next server in turn; one that cannot be reached is passed over. */
export async function startBalancer(): Promise<Balancer> {
  const targets: string[] = []
  const underWay = new Map<string, number>()
  let turn = 0

  const passOn = (request: IncomingMessage, response: ServerResponse, body: Buffer) => {
    const candidates = targets.map((_, index) => targets[(turn + index) % targets.length] ?? '')
    turn += 1
    const next = () => {
      const target = candidates.shift()
      if (target === undefined) return void response.writeHead(502).end()
      underWay.set(target, (underWay.get(target) ?? 0) + 1)
      let open = true
      // Whatever ends it, and however often that is said, it ends once.
      const done = () => {
        if (open) underWay.set(target, (underWay.get(target) ?? 1) - 1)
        open = false
      }
      const passed = send(new URL(request.url ?? '/', target), {
        method: request.method ?? 'GET',
        headers: request.headers,
        agent: false,
      })
      passed.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
        answer.on('close', done)
      })
      passed.on('error', (error: NodeJS.ErrnoException) => {
        done()
        // Nothing was sent: another one may have it.
        if (error.code === 'ECONNREFUSED') next()
        else response.destroy(error)
      })
      response.on('close', () => passed.destroy())
      passed.end(body)
    }
    next()
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => passOn(request, response, Buffer.concat(chunks)))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    add: (target) => void targets.push(target),
    remove: async (target) => {
      targets.splice(targets.indexOf(target), 1)
      await until(() => (underWay.get(target) ?? 0) === 0, {
        what: `answers of ${target}`,
        deadlineMs: 60_000,
        everyMs: 10,
      })
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
