import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningGateway, serveGateway } from '../../src/cli/gateway/serve-gateway.ts'
import { type Server, serve } from '../../src/cli/serve.ts'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { readGatewayConfig } from '../../src/services/between/gateway.ts'
import { readConfig } from '../../src/services/config.ts'
import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import { emptyDatabase } from '../support/database.ts'

/**
 * The pages in the process of shop and accounts, the library and the letters in another one, and the gateway before
 * both: what a reader in a browser does, and what is left when the library dies.
 */
let database: Awaited<ReturnType<typeof emptyDatabase>>
let folder: string
let front: Server
let library: Server | undefined
let gateway: RunningGateway
let startLibrary: () => Promise<Server>

beforeAll(async () => {
  database = await emptyDatabase()
  folder = await mkdtemp(join(tmpdir(), 'pillivery-pages-apart-'))
  const [frontPort, libraryPort, port] = [await freePort(), await freePort(), await freePort()]
  const [frontUrl, libraryUrl] = [`http://127.0.0.1:${frontPort}`, `http://127.0.0.1:${libraryPort}`]
  const shared = {
    NODE_ENV: 'test',
    DATA_DIR: folder,
    DATABASE_URL: database.url,
    SERVICE_TOKEN: randomBytes(32).toString('hex'),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    TRUSTED_PROXIES: '1',
    KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
    SOCIAL_PORT: '0',
    LOG_LEVEL: 'silent',
    DEMO: 'on',
  }
  const elsewhere = {
    BOOK_URL: libraryUrl,
    BORROW_URL: libraryUrl,
    DASHBOARD_URL: libraryUrl,
    NOTIFICATIONS_URL: libraryUrl,
  }
  const start = (services: string, own: number, more: Record<string, string>) => {
    const config = readConfig({ ...shared, SERVICES: services, PORT: String(own), ...more })
    return serve({ config, log: createLog('silent'), say: () => {} })
  }
  front = await start('identity,shop', frontPort, elsewhere)
  startLibrary = () =>
    start('notifications,book,borrow,dashboard', libraryPort, { IDENTITY_URL: frontUrl, SHOP_URL: frontUrl })
  library = await startLibrary()
  const entry = { ...shared, ...elsewhere, PORT: String(port), IDENTITY_URL: frontUrl, SHOP_URL: frontUrl }
  gateway = await serveGateway(readGatewayConfig(entry), createLog('silent'))
}, 180_000)
afterAll(async () => {
  await gateway?.stop()
  await front?.stop()
  await library?.stop()
  await database?.drop()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** A browser as far as these pages need one. */
function browser() {
  const jar = new Map<string, string>()
  const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  return {
    cookies,
    go: async (path: string, form?: Record<string, string>, origin = gateway.url) => {
      const answer = await fetch(`${gateway.url}${path}`, {
        method: form ? 'POST' : 'GET',
        redirect: 'manual',
        headers: { accept: 'text/html', cookie: cookies(), ...(form ? { origin } : {}) },
        ...(form ? { body: new URLSearchParams(form) } : {}),
      })
      for (const cookie of answer.headers.getSetCookie()) {
        const [pair = ''] = cookie.split(';', 1)
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
      }
      return { status: answer.status, to: answer.headers.get('location'), text: await answer.text() }
    },
  }
}

async function signedIn() {
  const reader = browser()
  const account = DEMO_ACCOUNTS[0]
  const { email = '', password = '' } = account ?? {}
  expect(await reader.go('/login', { email, password, next: '/' })).toMatchObject({ status: 303, to: '/' })
  return reader
}

it('a reader borrows, waits and follows live, and a form from elsewhere is refused', {
  timeout: 60_000,
}, async () => {
  const reader = await signedIn()
  const list = await reader.go('/library')
  const book = /\/library\/books\/([0-9a-f-]{36})/.exec(list.text)?.[1]
  const title = await reader.go(`/library/books/${book}`)
  const key = /name="key" value="([^"]+)"/.exec(title.text)?.[1] ?? ''
  const path = `/library/books/${book}/borrow`
  const wish = { key, copies: '1' }
  expect(await reader.go(path, wish, 'https://evil.example')).toMatchObject({ status: 403 })
  expect(await reader.go(path, wish)).toMatchObject({ status: 303, to: '/library/my?done=borrowed' })
  // Sent once more it is the same wish, and too many copies are refused in words.
  expect(await reader.go(path, wish)).toMatchObject({ status: 303 })
  const tooMany = await reader.go(path, { key: `${key}2`, copies: '10' })
  expect(tooMany).toMatchObject({ status: 409 })
  const leaving = new AbortController()
  const stream = await fetch(`${gateway.url}/library/my/stream`, {
    headers: { cookie: reader.cookies() },
    signal: leaving.signal,
  })
  expect(stream.headers.get('content-type')).toContain('text/event-stream')
  let heard = ''
  for await (const chunk of stream.body ?? []) {
    heard += Buffer.from(chunk).toString()
    if (heard.includes('"borrowed":1')) break
  }
  leaving.abort()
  const mine = await until(
    async () => {
      const page = await reader.go('/library/my')
      return page.text.includes('대출 중') ? page : undefined
    },
    { what: 'the loan to be active', deadlineMs: 20_000, everyMs: 100 },
  )
  const loan = /\/library\/loans\/([0-9a-f-]{36})\/return/.exec(mine.text)?.[1]
  expect(await reader.go(`/library/loans/${loan}/return`, { copies: '1' })).toMatchObject({ status: 303 })
  const letters = await until(
    async () => {
      const page = await reader.go('/notifications')
      return page.text.includes('/library/my') ? page : undefined
    },
    { what: 'the receipt', deadlineMs: 20_000, everyMs: 100 },
  )
  expect(letters.status).toBe(200)
})

it('the shop goes on while the library is dead, whose pages ask to wait, and come back with it', {
  timeout: 120_000,
}, async () => {
  const reader = await signedIn()
  await library?.stop()
  library = undefined
  for (const path of ['/library', '/library/my', '/notifications'])
    expect({ path, status: (await reader.go(path)).status }).toEqual({ path, status: 503 })
  expect((await fetch(`${gateway.url}/api/books`)).status).toBe(503)
  for (const path of ['/', '/items', '/orders', '/cart'])
    expect({ path, status: (await reader.go(path)).status }).toEqual({ path, status: 200 })
  library = await startLibrary()
  await until(async () => (await reader.go('/library/my')).status === 200, {
    what: 'the library to be back',
    deadlineMs: 30_000,
    everyMs: 200,
  })
})

it('the document is that of all, and nobody outside reaches what services tell one another', async () => {
  const document = Object(await (await fetch(`${gateway.url}/openapi.json`)).json())
  for (const path of [
    '/api/items',
    '/api/users',
    '/api/books',
    '/api/loans',
    '/api/dashboard',
    '/api/notifications',
  ])
    expect(Object.keys(document.paths)).toContain(path)
  for (const [url, address] of [
    [gateway.url, '/internal/faces/lending/fees'],
    [library?.url, '/internal/faces/lending/fees'],
  ]) {
    const answer = await fetch(`${url}${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"args":"[]"}',
    })
    expect(answer.status).toBe(url === gateway.url ? 404 : 401)
  }
})
