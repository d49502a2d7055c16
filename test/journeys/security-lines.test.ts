/** What somebody who looks into an attack finds in the log, whichever way the attacker came. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { parseJson } from '../support/json.ts'
import { customer, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'

const WRONG = 'Never-the-word1!'

let system: System
let folder: string
let person: Person
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pillivery-lines-'))
  system = await startSystem({
    social: true,
    settings: {
      LOG_FILE: join(folder, 'log'),
      LOG_LEVEL: 'warn',
      LOGIN_PER_MINUTE: '3',
      CHANGES_PER_MINUTE: '100',
    },
  })
  person = await customer(system)
})
afterAll(async () => {
  await system?.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Line {
  security?: string
  requestId?: string
}

/** The lines a request left about security, by the id it was given. */
async function linesOf(requestId: string, count: number): Promise<Line[]> {
  const find = async () => {
    const text = await readFile(join(folder, 'log'), 'utf8').catch(() => '')
    const lines = text
      .split('\n')
      .filter(Boolean)
      .map((line) => parseJson(line) as Line)
    return lines.filter((line) => line.requestId === requestId && line.security !== undefined)
  }
  const found = await until(
    async () => {
      const lines = await find()
      return lines.length >= count && lines
    },
    { what: `lines of ${requestId}`, deadlineMs: 5_000 },
  )
  expect(JSON.stringify(found)).not.toMatch(/Never-the-word|token=|person\d+@/)
  return found
}

function ask(path: string, requestId: string, form?: Record<string, string>, origin = system.url) {
  return fetch(new URL(path, system.url), {
    redirect: 'manual',
    headers: { accept: 'text/html', origin, 'x-request-id': requestId },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  })
}

test('a failed login, by page and by API, says from where, by which way, and for whose account', async () => {
  await ask('/login', 'page-login-0001', { email: person.email, password: WRONG })
  expect(await linesOf('page-login-0001', 1)).toMatchObject([
    { security: 'login_failed', address: '127.0.0.1', method: 'POST', route: '/login', account: person.id },
  ])
  await fetch(`${system.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'api-login-00001' },
    body: JSON.stringify({ email: person.email, password: WRONG }),
  })
  const where = { address: '127.0.0.1', method: 'POST', route: '/api/auth/login' }
  expect(await linesOf('api-login-00001', 2)).toMatchObject([
    { ...where, security: 'login_failed', account: person.id },
    { ...where, security: 'wrong_credentials' },
  ])
})

test('whoever is sent away for guessing too often leaves one line, also on the page', async () => {
  for (const n of [1, 2, 3, 4])
    await ask('/en/login', `page-limit-000${n}`, { email: 'x@y.test', password: WRONG })
  const lines = await linesOf('page-limit-0004', 1)
  expect(lines).toMatchObject([{ security: 'too_many_requests', address: '127.0.0.1', route: '/en/login' }])
  expect(lines).toHaveLength(1)
})

test('a login at a provider that was not begun here is told', async () => {
  await ask('/login/kakao/return?code=made-up&state=made-up', 'social-00001')
  expect(await linesOf('social-00001', 1)).toMatchObject([
    { security: 'login_not_proved', address: '127.0.0.1', route: '/login/:provider/return' },
  ])
  await fetch(`${system.url}/api/auth/providers/finish`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'social-api-0001' },
    body: JSON.stringify({ flow: 'made-up', query: 'code=made-up' }),
  })
  expect(await linesOf('social-api-0001', 1)).toMatchObject([
    {
      security: 'login_not_proved',
      address: '127.0.0.1',
      route: '/api/auth/providers/finish',
      account: null,
    },
  ])
})

test('a form from elsewhere is told', async () => {
  const form = { email: person.email, password: WRONG }
  expect((await ask('/login', 'csrf-0000001', form, 'https://elsewhere.test')).status).toBe(403)
  expect(await linesOf('csrf-0000001', 1)).toMatchObject([
    { security: 'not_from_our_pages', address: '127.0.0.1', method: 'POST', route: '/login' },
  ])
})

test('a wrong password in a session that is open is told', async () => {
  const { accessToken } = person.tokens
  await fetch(`${system.url}/api/users/me`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
      'x-request-id': 'change-00001',
    },
    body: JSON.stringify({ currentPassword: WRONG, newPassword: 'Another-one2!' }),
  })
  expect(await linesOf('change-00001', 1)).toMatchObject([
    { security: 'wrong_password', address: '127.0.0.1', route: '/api/users/me', account: person.id },
  ])
})

test('a form too many is told, and its page has what was typed, to be sent again without a script', async () => {
  const typed = { email: person.email, password: WRONG, next: '/orders?page=2' }
  let answer = await ask('/en/sign-up?from=mail', 'flood-0000000', typed)
  for (let sent = 1; answer.status !== 429 && sent < 200; sent += 1)
    answer = await ask('/en/sign-up?from=mail', `flood-${String(sent).padStart(7, '0')}`, typed)
  expect(answer.status).toBe(429)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  const page = await answer.text()
  const [form = ''] = /<form class="send-again".*?<\/form>/s.exec(page) ?? []
  expect(form).toContain('action="/en/sign-up?from=mail" method="post"')
  expect(form).toContain(`type="hidden" name="email" value="${person.email}"`)
  expect(form).toContain('name="next" value="/orders?page=2"')
  // A password is typed again.
  expect(page).not.toContain(WRONG)
  expect(form).toMatch(
    /<input[^>]*type="password"[^>]*name="password"|<input[^>]*name="password"[^>]*type="password"/,
  )
  expect(page).toContain('What you entered is kept on this page.')
})
