import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { firstLogin, personAt, returnFrom, signUpWith } from '../logins/logins.ts'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, linkTokenTo, PASSWORD, signIn } from '../support/people.ts'
import { inOneProcess, type System, startSystem } from '../support/system.ts'
import { Devices } from '../support/views.ts'

let system: System
beforeAll(async () => {
  system = await startSystem({ social: true })
})
afterAll(async () => {
  await system?.stop()
})

const NEW_PASSWORD = 'Another-one2!'
const post = (path: string, json: object) => system.api().post(path, { json })
const forget = (email: string) => post('/api/auth/password/forgotten', { email })
const reset = (token: string, newPassword = NEW_PASSWORD) =>
  post('/api/auth/password/reset', { token, newPassword })
const resetToken = (email: string, count = 1) =>
  linkTokenTo(system, email, { path: '/password/reset', count })
const statusOf = async (token: string) => (await system.api(token).get('/api/users/me')).status

describe('a forgotten password', () => {
  test('is replaced by a letter, once, and all sessions end', async () => {
    const person = await customer(system)
    const other = await signIn(system, person.email)
    expect((await forget(person.email.toUpperCase())).status).toBe(204)
    const token = await resetToken(person.email)
    // The rule of passwords holds, and a refusal costs nothing.
    expect((await reset(token, 'short')).fields).toEqual(['body.newPassword'])
    const answers = await Promise.all(Array.from({ length: 6 }, () => reset(token)))
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'link_invalid')).toHaveLength(5)
    for (const { tokens } of [person, other]) {
      await expect.poll(() => statusOf(tokens.accessToken)).toBe(401)
      const { refreshToken } = tokens
      expect((await post('/api/auth/refresh', { refreshToken })).code).toBe('session_ended')
    }
    const old = { email: person.email, password: PASSWORD }
    expect((await post('/api/auth/login', old)).code).toBe('wrong_credentials')
    const { api } = await signIn(system, person.email, NEW_PASSWORD)
    // Whoever brings the link reads the mail.
    expect(at((await api.get('/api/users/me')).body, 'emailVerified')).toBe(true)
  })

  test('is nothing to learn from: an address without an account gets the same answer', async () => {
    const { email } = await customer(system)
    const [known, unknown] = [await forget(email), await forget('nobody@journey.test')]
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body])
    // Nor from asking too often: the account gets a few letters, and the answer stays. Each is awaited, because a
    // link that is replaced before its letter leaves is not sent.
    await resetToken(email)
    for (const count of [2, 3]) {
      expect((await forget(email)).status).toBe(204)
      await resetToken(email, count)
    }
    for (let n = 0; n < 3; n += 1) expect((await forget(email)).status).toBe(204)
    // A further letter would have made the link of the third one bad.
    expect((await reset(await resetToken(email, 3))).status).toBe(204)
  })

  test.runIf(inOneProcess)('the link is good for half an hour', async () => {
    const { email } = await customer(system)
    await forget(email)
    const token = await resetToken(email)
    system.skip({ minutes: 31 })
    expect((await reset(token)).code).toBe('link_invalid')
    expect((await reset('made-up')).code).toBe('link_invalid')
  })

  test('gives an account that has none a password', async () => {
    const { person } = await signUpWith(system, 'google')
    await forget(person.email)
    expect((await reset(await resetToken(person.email))).status).toBe(204)
    const { api } = await signIn(system, person.email, NEW_PASSWORD)
    // Google had verified the address, so its login is the owner's and stays.
    expect((await api.get('/api/users/me/logins')).body).toMatchObject({
      hasPassword: true,
      logins: [{ provider: 'google' }],
    })
    expect((await api.delete('/api/users/me/logins/google')).status).toBe(204)
  })

  test('throws out who opened an account with an address that is not theirs', async () => {
    const { person, tokens } = await signUpWith(system, 'naver')
    await forget(person.email)
    expect((await reset(await resetToken(person.email))).status).toBe(204)
    await expect.poll(() => statusOf(tokens.accessToken)).toBe(401)
    const { api } = await signIn(system, person.email, NEW_PASSWORD)
    expect((await api.get('/api/users/me/logins')).body).toEqual({ hasPassword: true, logins: [] })
  })

  test('throws them out also when the owner had proved the address in between', async () => {
    const opened = await customer(system)
    const link = async (brand: 'kakao' | 'google') => {
      const begin = `/api/users/me/logins/${brand}/begin`
      const person = personAt(system, brand)
      const json = await returnFrom(opened.api, brand, { person: person.id }, begin, { password: PASSWORD })
      expect((await opened.api.post('/api/users/me/logins', { json })).status).toBe(200)
      return person
    }
    const before = await link('kakao')
    const token = await linkTokenTo(system, opened.email, { path: '/verify-email' })
    expect((await post('/api/email-verifications', { token })).status).toBe(204)
    // By the session that was open before: its owner knows the password that is replaced below.
    const after = await link('google')
    await forget(opened.email)
    expect((await reset(await resetToken(opened.email))).status).toBe(204)
    const { api } = await signIn(system, opened.email, NEW_PASSWORD)
    const { body } = await api.get('/api/users/me/logins')
    expect(body).toEqual({ hasPassword: true, logins: [] })
    expect((await firstLogin(system, 'kakao', before.id)).kind).toBe('newcomer')
    expect((await firstLogin(system, 'google', after.id)).kind).toBe('newcomer')
  })
})

// It starts a system of its own, which a busy machine takes long for.
test('a browser is made known by a letter: guesses of strangers do not keep its owner out', {
  timeout: 90_000,
}, async () => {
  const strict = await startSystem({ settings: { LOGIN_PER_MINUTE: '2', TRUSTED_PROXIES: '1' } })
  try {
    const { email } = await customer(strict)
    let host = 0
    /** From an address nobody has come from yet. */
    const login = (password: string, cookie?: string) => {
      host += 1
      const from = { 'x-forwarded-for': `203.0.113.${host}` }
      return strict.api().post('/api/auth/login', {
        json: { email, password },
        headers: cookie === undefined ? from : { ...from, cookie },
      })
    }
    for (let n = 0; n < 20; n += 1) await login('Wrong-guess1!')
    expect((await login(PASSWORD)).code).toBe('too_many_requests')
    expect((await strict.api().post('/api/auth/browser-links', { json: { email } })).status).toBe(204)
    const token = await linkTokenTo(strict, email, { path: '/login/known' })
    const prove = () => strict.api().post('/api/auth/known-browsers', { json: { token } })
    const known = await prove()
    expect(known.status).toBe(204)
    const cookie = known.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await login(PASSWORD, cookie)).status).toBe(200)
    expect((await login(PASSWORD)).code).toBe('too_many_requests')
    // The link alone lets nobody in, and it is good once.
    expect((await login('Wrong-guess1!', cookie)).code).toBe('wrong_credentials')
    expect((await prove()).code).toBe('link_invalid')
  } finally {
    await strict.stop()
  }
})

describe('devices', () => {
  test('are listed, and end one by one or all but this', async () => {
    const person = await customer(system)
    const others = [await signIn(system, person.email), await signIn(system, person.email)]
    const list = async () => {
      const answer = await person.api.get('/api/users/me/devices')
      return expectBody(answer, 200, Devices).devices
    }
    const found = await list()
    expect(found.map(({ isThis }) => isThis).toSorted()).toEqual([false, false, true])
    const [other] = found.filter(({ isThis }) => !isThis)
    expect((await person.api.delete(`/api/users/me/devices/${other?.id}`)).status).toBe(204)
    expect((await person.api.delete(`/api/users/me/devices/${other?.id}`)).code).toBe('not_found')
    expect(await list()).toHaveLength(2)
    expect((await person.api.delete('/api/users/me/devices')).status).toBe(204)
    for (const { tokens } of others) await expect.poll(() => statusOf(tokens.accessToken)).toBe(401)
    expect(await list()).toMatchObject([{ isThis: true }])
  })
})

describe('roles', () => {
  const reason = '담당 변경'

  test('are given and taken in the books, and what was taken is gone at once', async () => {
    const [admin, person] = [await colleague(system, 'admin'), await customer(system)]
    const found = await admin.api.get(`/api/admin/accounts?email=${encodeURIComponent(person.email)}`)
    expect(found.body).toMatchObject({ id: person.id, roles: ['customer'], emailVerified: false })
    const give = (roles: string[]) =>
      admin.api.post(`/api/admin/accounts/${person.id}/roles`, { json: { roles, reason } })
    expect((await give(['merchant'])).body).toEqual({ roles: ['customer', 'merchant'] })
    const merchant = await signIn(system, person.email)
    expect((await merchant.api.get('/api/admin/items?size=1')).status).toBe(200)
    await give([])
    await expect.poll(() => statusOf(merchant.tokens.accessToken)).toBe(401)
    const { body } = await admin.api.get(
      `/api/admin/audit?action=account.roles_changed&subjectId=${person.id}`,
    )
    expect(at(body, 'data')).toMatchObject([
      {
        actorId: admin.id,
        reason,
        before: { roles: ['customer', 'merchant'] },
        after: { roles: ['customer'] },
      },
      { before: { roles: ['customer'] }, after: { roles: ['customer', 'merchant'] } },
    ])
    for (const roles of [['service'], ['root'], ['admin', 'admin']])
      expect((await give(roles)).status).toBe(400)
  })

  test('the last administrator stays one, also when all go at the same time', async () => {
    const own = await startSystem()
    try {
      const admins = [
        await colleague(own, 'admin'),
        await colleague(own, 'admin'),
        await colleague(own, 'admin'),
      ]
      const answers = await Promise.all(
        admins.map(({ api, id }) =>
          api.post(`/api/admin/accounts/${id}/roles`, { json: { roles: [], reason } }),
        ),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
      expect(answers.filter(({ code }) => code === 'last_administrator')).toHaveLength(1)
      const last = admins[answers.findIndex(({ status }) => status === 409)]
      expect((await last?.api.delete('/api/users/me', { json: { password: PASSWORD } }))?.code).toBe(
        'last_administrator',
      )
    } finally {
      await own.stop()
    }
  })
})
