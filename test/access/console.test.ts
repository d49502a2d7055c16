import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { at, parseJson } from '../support/json.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
const cookies: Record<string, string> = {}

beforeAll(async () => {
  system = await startSystem()
  const people: Record<string, Person> = {
    customer: await customer(system),
    merchant: await colleague(system, 'merchant'),
    librarian: await colleague(system, 'librarian'),
    admin: await colleague(system, 'admin'),
  }
  for (const [who, { email }] of Object.entries(people)) cookies[who] = await cookieOf(email)
})
afterAll(async () => {
  await system?.stop()
})

async function cookieOf(email: string): Promise<string> {
  const answer = await fetch(`${system.url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: system.url },
    body: new URLSearchParams({ email, password: PASSWORD }),
  })
  expect(answer.status).toBe(303)
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

const open = (path: string, cookie = '', method = 'GET', headers: Record<string, string> = {}) =>
  fetch(`${system.url}${path}`, {
    method,
    redirect: 'manual',
    headers: { accept: 'text/html', cookie, ...headers },
  })

/** The page, once it is built. */
const ready = (cookie: string | undefined) =>
  until(
    async () => {
      const answer = await open('/console/audit', cookie)
      return answer.status === 200 && answer
    },
    { deadlineMs: 60_000, what: 'the console to be built' },
  )

describe('the console', () => {
  test('asks those to log in who are not, and comes back', async () => {
    const answer = await open('/console/payments?state=unknown')
    expect(answer.status).toBe(303)
    const next = '/console/payments?state=unknown'
    expect(answer.headers.get('location')).toBe(`/login?${new URLSearchParams({ next })}`)
    const english = await open('/en/login?next=/console/audit', cookies.admin)
    expect([english.status, english.headers.get('location')]).toEqual([303, '/console/audit'])
  })

  test('is not for customers', async () => {
    const answer = await open('/console', cookies.customer)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('<h1>')
    const session = await open('/console/session', cookies.customer, 'POST', { origin: system.url })
    expect(session.status).toBe(403)
  })

  test.each(['merchant', 'librarian', 'admin'])(
    'opens for a %s, with a token of their role',
    async (role) => {
      const page = await ready(cookies[role])
      const policy = page.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("script-src 'self';")
      expect(policy).not.toContain('unsafe')
      const html = await page.text()
      expect(html).not.toMatch(/<script>|style=|<style/)
      const answer = await open('/console/session', cookies[role], 'POST', { origin: system.url })
      const session = parseJson(await answer.text())
      expect(at(session, 'user', 'roles')).toEqual(['customer', role])
      const token = String(at(session, 'accessToken'))
      const audit = await system.api(token).get('/api/admin/audit')
      expect(audit.status).toBe(role === 'admin' ? 200 : 403)
    },
  )

  test('gives a token to its own pages only, and none to who is not logged in', async () => {
    const elsewhere: Record<string, string>[] = [
      {},
      { origin: 'https://evil.test' },
      { origin: system.url, 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of elsewhere) {
      const answer = await open('/console/session', cookies.admin, 'POST', headers)
      expect(answer.status).toBe(403)
    }
    const nobody = await open('/console/session', '', 'POST', { origin: system.url, accept: '*/*' })
    expect(nobody.status).toBe(401)
  })

  test('its token ends with the login', async () => {
    const { email } = await colleague(system, 'admin')
    const cookie = await cookieOf(email)
    const answer = await open('/console/session', cookie, 'POST', { origin: system.url })
    const token = String(at(parseJson(await answer.text()), 'accessToken'))
    expect((await system.api(token).get('/api/admin/audit')).status).toBe(200)
    await open('/logout', cookie, 'POST', { origin: system.url })
    expect((await system.api(token).get('/api/admin/audit')).status).toBe(401)
  })

  test('its files are kept for ever, compressed, and there are no others', async () => {
    const html = await (await ready(cookies.admin)).text()
    const files = [...html.matchAll(/(?:src|href)="(\/console\/assets\/[^"]+)"/g)].map(([, path]) => path)
    expect(files.length).toBeGreaterThanOrEqual(2)
    for (const path of files) {
      const answer = await fetch(`${system.url}${path}`, { headers: { 'accept-encoding': 'gzip' } })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toContain('immutable')
      expect(answer.headers.get('content-encoding')).toBe('gzip')
      const plain = await fetch(`${system.url}${path}`, { headers: { 'accept-encoding': 'identity' } })
      expect(plain.headers.get('content-encoding')).toBe(null)
      expect(await plain.text()).toBe(await answer.text())
    }
    expect((await fetch(`${system.url}/console/assets/nothing.js`)).status).toBe(404)
    expect((await fetch(`${system.url}/console/assets/..%2f..%2fpackage.json`)).status).toBe(404)
  })
})
