import { spawn } from 'node:child_process'
import { once } from 'node:events'
import * as http from 'node:http'
import * as https from 'node:https'
import * as net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutboundHttp, type OutboundHttpOptions, type OutboundRequest } from './outbound-http.ts'
import { until } from './poll-until.ts'
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts'
import type { WireResult } from './wire.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A plain TCP server: what it does with a connection is the test's; it keeps what arrived and counts connections. */
async function tcp(onData: (socket: net.Socket, text: string, nth: number) => void) {
  const seen = { port: 0, text: '', connections: 0, open: 0, messages: 0 }
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    seen.connections += 1
    seen.open += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      seen.open -= 1
      sockets.delete(socket)
    })
    socket.on('data', (data) => {
      seen.text += data.toString()
      seen.messages += 1
      onData(socket, data.toString(), seen.messages)
    })
  })
  seen.port = await listen(server)
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return seen
}

async function listen(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function client(port: number, options: Partial<OutboundHttpOptions> = {}) {
  const outbound = createOutboundHttp({ baseUrl: `http://127.0.0.1:${port}`, maxSockets: 4, ...options })
  cleanups.push(() => outbound.close())
  return outbound
}

function charge(inMs = 5_000, more: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    method: 'POST',
    path: '/charge',
    body: { json: { amount: 9_000 } },
    deadline: Date.now() + inMs,
    ...more,
  }
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'
const silent = () => {}

describe('answered', () => {
  it('sends JSON with our headers below the base path and gives back status, headers and text', async () => {
    const server = http.createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        response.writeHead(400, { 'X-Seen': [request.method ?? '', request.url ?? ''] })
        response.end(
          `${request.headers.authorization} ${request.headers['content-type']} ${Buffer.concat(chunks).toString()}`,
        )
      })
    })
    const port = await listen(server)
    cleanups.push(() => server.close())
    const outbound = client(0, {
      baseUrl: `http://127.0.0.1:${port}/online/v1/`,
      headers: { Authorization: 'SECRET_KEY k' },
    })
    const result = await outbound.request(
      charge(5_000, { body: { json: { 이름: '홍삼' } }, query: { a: 'b c' } }),
    )
    expect(result).toMatchObject({
      kind: 'answered',
      status: 400,
      headers: { 'x-seen': 'POST, /online/v1/charge?a=b+c' },
      bodyText: 'SECRET_KEY k application/json;charset=utf-8 {"이름":"홍삼"}',
    })
    const form = await outbound.request(charge(5_000, { body: { form: { item_name: '홍삼 & 꿀' } } }))
    expect(form).toMatchObject({
      bodyText: `SECRET_KEY k application/x-www-form-urlencoded;charset=utf-8 item_name=${encodeURIComponent('홍삼')}+%26+${encodeURIComponent('꿀')}`,
    })
  })

  it('passes an HTML page on as it is', async () => {
    const page = '<html>점검 중</html>'
    const server = await tcp((socket) =>
      socket.end(
        `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${Buffer.byteLength(page)}\r\n\r\n${page}`,
      ),
    )
    expect(await client(server.port).request(charge())).toMatchObject({
      kind: 'answered',
      status: 200,
      bodyText: page,
    })
  })

  it('does not follow redirects', async () => {
    const server = await tcp((socket) =>
      socket.end('HTTP/1.1 302 Found\r\nlocation: /else\r\ncontent-length: 0\r\n\r\n'),
    )
    expect(await client(server.port).request(charge())).toMatchObject({ kind: 'answered', status: 302 })
    expect(server.messages).toBe(1)
  })

  it('does not cut a slow answer by the idle time of the pool', async () => {
    const server = await tcp((socket) => setTimeout(() => socket.write(OK), 150))
    const outbound = client(server.port, { idleSocketMs: 20 })
    expect(await outbound.request(charge())).toMatchObject({ kind: 'answered' })
  })

  it('drops idle connections of the pool itself, before the server may', async () => {
    const server = await tcp((socket) => socket.write(OK))
    await client(server.port, { idleSocketMs: 30 }).request(charge())
    await until(() => server.open === 0, { deadlineMs: 3_000, what: 'the idle connection to be dropped' })
  })

  it('keeps 100 concurrent requests on 10 connections', async () => {
    let most = 0
    let running = 0
    const server = await tcp((socket) => {
      running += 1
      most = Math.max(most, running)
      setTimeout(() => {
        running -= 1
        socket.write(OK)
      }, 5)
    })
    const outbound = client(server.port, { maxSockets: 10 })
    const results = await Promise.all(Array.from({ length: 100 }, () => outbound.request(charge())))
    expect(results.map((result) => result.kind)).toEqual(Array.from({ length: 100 }, () => 'answered'))
    expect(most).toBe(10)
    expect(server).toMatchObject({ connections: 10, messages: 100 })
  })
})

describe('not sent', () => {
  it('refused: nobody listens', async () => {
    const server = net.createServer()
    const port = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    expect(await client(port).request(charge())).toEqual({ kind: 'not_sent', reason: 'refused' })
  })

  it.each(['ENOTFOUND', 'EAI_AGAIN'])('dns: %s', async (code) => {
    const failing: net.LookupFunction = (_host, _options, done) =>
      done(Object.assign(new Error('no such name'), { code }), '')
    const outbound = client(0, { baseUrl: 'http://pay.invalid', lookup: failing })
    expect(await outbound.request(charge())).toEqual({ kind: 'not_sent', reason: 'dns' })
  })

  it('connect_timeout: the name never resolves', async () => {
    const outbound = client(0, { baseUrl: 'http://pay.invalid', lookup: silent, connectTimeoutMs: 30 })
    expect(await outbound.request(charge())).toEqual({ kind: 'not_sent', reason: 'connect_timeout' })
  })

  it('connect_timeout: the TLS handshake stalls', async () => {
    const server = await tcp(silent)
    const outbound = client(0, { baseUrl: `https://127.0.0.1:${server.port}`, connectTimeoutMs: 50 })
    expect(await outbound.request(charge())).toEqual({ kind: 'not_sent', reason: 'connect_timeout' })
    expect(server.text).not.toContain('HTTP/1.1')
  })

  it('connect_timeout: a pooled connection that is still shaking hands', async () => {
    const server = await tcp(silent)
    const baseUrl = `https://127.0.0.1:${server.port}`
    const outbound = client(0, { baseUrl, maxSockets: 1, connectTimeoutMs: 1_000 })
    const [first, second] = [new AbortController(), new AbortController()]
    const both = [first, second].map(({ signal }) => outbound.request(charge(5_000, { signal })))
    // The second gives up in the queue; Node opens a connection for it all the same and puts it into the pool.
    second.abort()
    await until(() => server.messages === 1, { deadlineMs: 5_000, what: 'the first handshake to begin' })
    first.abort()
    await Promise.all(both)
    await until(() => server.messages === 2, { deadlineMs: 5_000, what: 'the second handshake to begin' })
    expect(await outbound.request(charge())).toEqual({ kind: 'not_sent', reason: 'connect_timeout' })
    expect(server.connections).toBe(2)
  })

  it.runIf(process.platform === 'linux')('connect_timeout: the backlog is full', async () => {
    const script = `const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    cleanups.push(() => child.kill('SIGKILL'))
    const [data] = await once(child.stdout, 'data')
    const port = Number(String(data))
    child.kill('SIGSTOP')
    const outbound = client(port, { maxSockets: 20, connectTimeoutMs: 1_000, acquireTimeoutMs: 5_000 })
    // The kernel itself completes the first connections of the stopped process; these are sent and never answered.
    const results = await Promise.all(Array.from({ length: 10 }, () => outbound.request(charge(3_000))))
    const reasons = new Set(results.map((result) => ('reason' in result ? result.reason : result.kind)))
    expect(reasons).toEqual(new Set(['timeout', 'connect_timeout']))
  })

  it('tls: the certificate is not trusted', async () => {
    const seen: string[] = []
    const port = await secureServer((request) => seen.push(request.url ?? ''))
    const outbound = client(0, { baseUrl: `https://127.0.0.1:${port}` })
    expect(await outbound.request(charge())).toEqual({ kind: 'not_sent', reason: 'tls' })
    expect(seen).toEqual([])
  })

  it('tls: the connection breaks during the handshake', async () => {
    const server = await tcp((socket) => socket.resetAndDestroy())
    const outbound = client(0, { baseUrl: `https://127.0.0.1:${server.port}` })
    expect(await outbound.request(charge())).toEqual({ kind: 'not_sent', reason: 'tls' })
  })

  it('bulkhead_full or aborted_before_send: no connection of the pool gets free in time', async () => {
    const server = await tcp(silent)
    const outbound = client(server.port, { maxSockets: 1, acquireTimeoutMs: 40 })
    const sent = async (path: string) => {
      const waits = new AbortController()
      const result = outbound.request(charge(20_000, { path, signal: waits.signal }))
      await until(() => server.text.includes(path), { deadlineMs: 10_000, what: path })
      return async () => {
        waits.abort()
        return result
      }
    }
    const first = await sent('/first')
    const [full, late] = await Promise.all([outbound.request(charge()), outbound.request(charge(20))])
    expect(full).toEqual({ kind: 'not_sent', reason: 'bulkhead_full' })
    expect(late).toEqual({ kind: 'not_sent', reason: 'aborted_before_send' })
    expect(await first()).toMatchObject({ kind: 'no_answer', reason: 'timeout' })
    const last = await sent('/last')
    expect(await last()).toMatchObject({ kind: 'no_answer' })
    expect(server.text).not.toContain('/charge')
  })

  it('aborted_before_send: deadline over, caller gone, client closed', async () => {
    const server = await tcp(silent)
    const outbound = client(server.port, { lookup: silent })
    const aborted = { kind: 'not_sent', reason: 'aborted_before_send' }
    expect(await outbound.request(charge(-1))).toEqual(aborted)
    expect(await outbound.request(charge(1_000, { signal: AbortSignal.abort() }))).toEqual(aborted)
    const connecting = client(0, { baseUrl: 'http://pay.invalid', lookup: silent })
    expect(await connecting.request(charge(1_000, { signal: AbortSignal.timeout(20) }))).toEqual(aborted)
    expect(await connecting.request(charge(20))).toEqual(aborted)
    await outbound.close()
    expect(await outbound.request(charge())).toEqual(aborted)
    expect(server.connections).toBe(0)
  })

  it('throws for a path that is or header that is malformed', async () => {
    const outbound = client(1)
    await expect(outbound.request(charge(1_000, { path: 'charge' }))).rejects.toThrow('must begin with')
    await expect(outbound.request(charge(1_000, { headers: { a: 'b\r\nc: d' } }))).rejects.toThrow()
    expect(() => createOutboundHttp({ baseUrl: 'ftp://x', maxSockets: 1 })).toThrow('not an HTTP base URL')
  })
})

describe('no answer', () => {
  it('reset: a pooled connection breaks after writing, and the request is not repeated', async () => {
    const server = await tcp((socket, _text, nth) =>
      nth === 1 ? socket.write(OK) : socket.resetAndDestroy(),
    )
    const outbound = client(server.port)
    expect(await outbound.request(charge())).toMatchObject({ kind: 'answered' })
    const before = Date.now()
    const result = await outbound.request(charge())
    expect(result).toMatchObject({ kind: 'no_answer', reason: 'reset', bytesReceived: 0 })
    expect(result.kind === 'no_answer' && result.sentAt >= before && result.sentAt <= Date.now()).toBe(true)
    expect(server).toMatchObject({ connections: 1, messages: 2 })
  })

  it('opens a new connection when the server has visibly closed the pooled one', async () => {
    const server = await tcp((socket) => {
      socket.write(OK)
      setTimeout(() => socket.end(), 5)
    })
    const outbound = client(server.port)
    expect(await outbound.request(charge())).toMatchObject({ kind: 'answered' })
    await until(() => server.open === 0, { deadlineMs: 2_000, what: 'the client to have seen the end' })
    expect(await outbound.request(charge())).toMatchObject({ kind: 'answered' })
    expect(server.connections).toBe(2)
  })

  it.each(['reset', 'end'])('reset: the connection breaks after the request (%s)', async (how) => {
    const server = await tcp((socket) => (how === 'end' ? socket.end() : socket.resetAndDestroy()))
    expect(await client(server.port).request(charge())).toMatchObject({ kind: 'no_answer', reason: 'reset' })
    expect(server.messages).toBe(1)
  })

  it('timeout: the answer comes after the deadline, or the caller gives up', async () => {
    // What has a connection already is sent at once, however busy the machine: only then can it be too late.
    const server = await tcp((socket, _text, nth) => nth <= 2 && socket.write(OK))
    const outbound = client(server.port)
    await Promise.all([outbound.request(charge()), outbound.request(charge())])
    const timeout = { kind: 'no_answer', reason: 'timeout', bytesReceived: 0 }
    expect(await outbound.request(charge(60))).toMatchObject(timeout)
    expect(await outbound.request(charge(5_000, { signal: AbortSignal.timeout(60) }))).toMatchObject(timeout)
    expect(server.connections).toBe(2)
    await until(() => server.messages === 4, { deadlineMs: 5_000, what: 'all of them to have arrived' })
  })

  it('timeout: the body drips past the deadline', async () => {
    const server = await tcp((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc'))
    expect(await client(server.port).request(charge(1_000))).toMatchObject({
      kind: 'no_answer',
      reason: 'timeout',
      status: 200,
      bytesReceived: 3,
    })
  })

  it.each([
    ['content-length short', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":', 200, 5],
    ['chunked without an end', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{"a\r\n', 200, 3],
    ['not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', undefined, 0],
  ])('truncated: %s', async (_name, text, status, bytesReceived) => {
    const server = await tcp((socket) => socket.end(text))
    const { status: seenStatus, ...result } = {
      status: undefined,
      ...(await client(server.port).request(charge())),
    }
    expect(result).toMatchObject({ kind: 'no_answer', reason: 'truncated', bytesReceived })
    expect(seenStatus).toBe(status)
  })

  it('too_large: the body or the head exceeds the limit', async () => {
    const head = 'HTTP/1.1 200 OK\r\n'
    const big = await tcp((socket) => socket.write(`${head}content-length: 5000\r\n\r\n${'x'.repeat(5_000)}`))
    const limited = client(big.port, { maxResponseBytes: 1_000 })
    expect(await limited.request(charge())).toMatchObject({
      kind: 'no_answer',
      reason: 'too_large',
      status: 200,
    })
    const wide = await tcp((socket) => socket.write(`${head}x-a: ${'y'.repeat(100_000)}\r\n\r\n`))
    expect(await client(wide.port).request(charge())).toMatchObject({
      kind: 'no_answer',
      reason: 'too_large',
    })
  })
})

describe('TLS', () => {
  it('answers, also from a pooled connection and from the queue of the pool', async () => {
    let connections = 0
    const port = await secureServer(
      (_request, response) => response.end('{}'),
      () => {
        connections += 1
      },
    )
    const outbound = client(0, { baseUrl: `https://localhost:${port}`, ca: TEST_CERTIFICATE, maxSockets: 1 })
    const results = await Promise.all([1, 2, 3].map(() => outbound.request(charge())))
    results.push(await outbound.request(charge()))
    expect(results.map((result) => result.kind)).toEqual(['answered', 'answered', 'answered', 'answered'])
    expect(connections).toBe(1)
  })
})

describe('certainty', () => {
  it.each(['http', 'https'])(
    'what is called not sent never arrives, whenever one gives up (%s)',
    async (scheme) => {
      const arrived = new Set<string>()
      const open = new Set<net.Socket>()
      const track = (socket: net.Socket) => {
        open.add(socket)
        socket.on('close', () => open.delete(socket))
      }
      let nth = 0
      const answer = (request: http.IncomingMessage, response: http.ServerResponse) => {
        arrived.add(request.url ?? '')
        nth += 1
        if (nth % 7 === 0) request.socket.destroy()
        else setTimeout(() => response.end('{}'), nth % 5)
      }
      const plain = scheme === 'http' ? http.createServer(answer).on('connection', track) : undefined
      if (plain !== undefined) cleanups.push(() => plain.close())
      const port = plain === undefined ? await secureServer(answer, track) : await listen(plain)
      const outbound = client(0, {
        baseUrl: `${scheme}://localhost:${port}`,
        ca: TEST_CERTIFICATE,
        maxSockets: 8,
      })
      const results: { path: string; result: WireResult }[] = []
      const lane = async (_: unknown, number: number) => {
        for (let turn = 0; turn < 50; turn += 1) {
          const path = `/${number}/${turn}`
          // Every fifth is patient; the others give up at all stages: queueing, connecting, shaking hands, waiting.
          const patienceMs = turn % 5 === 0 ? 5_000 : (turn * 7 + number) % 25
          const signal = AbortSignal.timeout(patienceMs)
          const result = await outbound.request({
            method: 'POST',
            path,
            deadline: Date.now() + 9_000,
            signal,
          })
          results.push({ path, result })
        }
      }
      await Promise.all(Array.from({ length: 12 }, lane))
      await outbound.close()
      await until(() => open.size === 0, {
        deadlineMs: 5_000,
        what: 'the server to see all connections closed',
      })
      const kinds = Map.groupBy(results, ({ result }) => result.kind)
      expect([...kinds.keys()].sort()).toEqual(['answered', 'no_answer', 'not_sent'])
      expect(kinds.get('not_sent')?.filter(({ path }) => arrived.has(path))).toEqual([])
      expect(kinds.get('answered')?.filter(({ path }) => !arrived.has(path))).toEqual([])
    },
  )
})

it('close waits for the running request', async () => {
  const server = await tcp((socket) => setTimeout(() => socket.write(OK), 50))
  const outbound = client(server.port)
  const running = outbound.request(charge())
  await until(() => server.messages === 1, { deadlineMs: 2_000, what: 'the request to arrive' })
  const order: string[] = []
  await Promise.all([
    running.then(({ kind }) => order.push(kind)),
    outbound.close().then(() => order.push('closed')),
  ])
  expect(order).toEqual(['answered', 'closed'])
})

async function secureServer(
  answer: (request: http.IncomingMessage, response: http.ServerResponse) => unknown,
  onConnection: (socket: net.Socket) => void = silent,
): Promise<number> {
  const server = https.createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (request, response) => {
    answer(request, response)
  })
  server.on('connection', onConnection)
  cleanups.push(() => server.close())
  return await listen(server)
}
