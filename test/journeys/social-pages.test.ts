/** Logins at a provider as a browser meets them: the way out, the way back, and what is said when it fails. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { throughProvider } from '../../simulators/social/testing.ts'
import { personAt } from '../logins/logins.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem({ social: true })
})
afterAll(async () => {
  await system?.stop()
})

const get = (path: string, cookie = '') =>
  fetch(new URL(path, system.url), { redirect: 'manual', headers: { accept: 'text/html', cookie } })
const whereTo = (answer: Response) => new URL(answer.headers.get('location') ?? '', system.url)

/** The page a failed login ends on: it is there, in the language, and says what happened. */
async function expectSaid(answer: Response, path: string, problem: string, text: string) {
  const end = whereTo(answer)
  expect([end.pathname, end.searchParams.get('problem')]).toEqual([path, problem])
  const page = await get(`${end.pathname}${end.search}`)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain(text)
}

/** Begins on a page, goes through the provider, and comes back while it is down. */
async function returnWhileDown(begin: string): Promise<Response> {
  const begun = await get(begin)
  const [cookie = ''] = (begun.headers.getSetCookie()[0] ?? '').split(';')
  const back = await throughProvider(whereTo(begun).href, { person: personAt(system, 'kakao').id })
  system.social?.fault('kakao', 'down')
  try {
    const { pathname, search } = new URL(back)
    return await get(`${pathname}${search}`, cookie)
  } finally {
    system.social?.fault('kakao', 'none')
  }
}

test.each([
  ['', 'html lang="ko"'],
  ['/en', 'html lang="en"'],
])('a login that fails ends on the login page of its language (%s)', async (language, text) => {
  const login = `${language}/login`
  await expectSaid(await get(`${login}/nobody?next=/wishes`), login, 'login_provider_unknown', text)
  await expectSaid(await get(`${language}/sign-up/more`), login, 'ticket_invalid', text)
  const down = await returnWhileDown(`${login}/kakao?next=${language}/wishes`)
  expect(whereTo(down).searchParams.get('next')).toBe('/wishes')
  await expectSaid(down, login, 'login_provider_unavailable', text)
})

test.each(['//[', '//elsewhere.test/', 'x', '/\\['])(
  'a forged way back leads to a page of ours (%s)',
  async (next) => {
    const begun = await get('/login/kakao?next=/wishes')
    const [name] = (begun.headers.getSetCookie()[0] ?? '').split('=')
    const back = await throughProvider(whereTo(begun).href, { person: personAt(system, 'kakao').id })
    const { pathname, search } = new URL(back)
    const forged = `${name}=made-up~${Buffer.from(next).toString('base64url')}`
    const end = whereTo(await get(`${pathname}${search}`, forged))
    expect([end.origin, end.pathname]).toEqual([new URL(system.url).origin, '/login'])
    expect(end.searchParams.get('problem')).toBe('login_not_proved')
  },
)

test('each way in which a login fails is said', async () => {
  for (const problem of ['login_cancelled', 'login_provider_unknown', 'too_many_requests'])
    expect(await (await get(`/login?problem=${problem}`)).text()).toContain('role="alert"')
  expect(await (await get('/login?problem=made_up')).text()).not.toContain('role="alert"')
})
