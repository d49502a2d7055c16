import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import { type PagesApart, startPagesApart } from '../support/forms/pages-apart.ts'

/** What a reader in a browser does with the pages apart, and what is left when the library dies. */
let apart: PagesApart

beforeAll(async () => {
  apart = await startPagesApart()
}, 180_000)
afterAll(() => apart?.stop())

/** A browser as far as these pages need one. */
function browser() {
  const jar = new Map<string, string>()
  const cookies = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  return {
    cookies,
    go: async (path: string, form?: Record<string, string>, origin = apart.url) => {
      const answer = await fetch(`${apart.url}${path}`, {
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
  const stream = await fetch(`${apart.url}/library/my/stream`, {
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
  await apart.stopLibrary()
  for (const path of ['/library', '/library/my', '/notifications'])
    expect({ path, status: (await reader.go(path)).status }).toEqual({ path, status: 503 })
  expect((await fetch(`${apart.url}/api/books`)).status).toBe(503)
  for (const path of ['/', '/items', '/orders', '/cart'])
    expect({ path, status: (await reader.go(path)).status }).toEqual({ path, status: 200 })
  await apart.startLibrary()
  await until(async () => (await reader.go('/library/my')).status === 200, {
    what: 'the library to be back',
    deadlineMs: 30_000,
    everyMs: 200,
  })
})

it('the document is that of all, and nobody outside reaches what services tell one another', async () => {
  const document = Object(await (await fetch(`${apart.url}/openapi.json`)).json())
  for (const path of [
    '/api/items',
    '/api/users',
    '/api/books',
    '/api/loans',
    '/api/dashboard',
    '/api/notifications',
  ])
    expect(Object.keys(document.paths)).toContain(path)
  const events = Object(await (await fetch(`${apart.url}/asyncapi.json`)).json())
  expect(Object.keys(events.channels)).toContain('library.loan')
  for (const [url, address] of [
    [apart.url, '/internal/faces/lending/fees'],
    [apart.libraryUrl, '/internal/faces/lending/fees'],
  ]) {
    const answer = await fetch(`${url}${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"args":"[]"}',
    })
    expect(answer.status).toBe(url === apart.url ? 404 : 401)
  }
})
