import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type Api, expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { customer, linkTokenTo, newcomer, PASSWORD, signIn } from '../support/people.ts'
import { placeOrder, stockShelves } from '../support/shop.ts'
import { inOneProcess, type System, startSystem } from '../support/system.ts'
import { Profile, Tokens } from '../support/views.ts'

let system: System
beforeAll(async () => {
  system = await startSystem({ settings: { LOGIN_PER_MINUTE: '8', SIGN_UP_PER_MINUTE: '1000' } })
})
afterAll(async () => {
  await system?.stop()
})

/** Signed out with the answer that said so where that was given; within a second in any other process. */
async function signedOut(api: Api): Promise<void> {
  const refused = async () => (await api.get('/api/users/me')).status === 401
  if (inOneProcess) return expect(await refused()).toBe(true)
  await until(refused, { what: 'the news of the end of the session', deadlineMs: 1_000, everyMs: 10 })
}

test('e-mail, display name and phone are unique, and all that is taken is said at once', async () => {
  const data = newcomer()
  expect((await system.api().post('/api/users', { json: data })).status).toBe(201)
  const again = await system.api().post('/api/users', { json: { ...data, email: data.email.toUpperCase() } })
  expect(again).toMatchObject({ status: 409, code: 'already_taken' })
  expect(again.fields.toSorted()).toEqual(['body.displayName', 'body.email', 'body.phone'])
})

test('one proves one’s address by the link that is sent there', async () => {
  const person = await customer(system)
  const verified = async () => at((await person.api.get('/api/users/me')).body, 'emailVerified')
  const ask = () => person.api.post('/api/users/me/email-verification')
  const prove = (token: string) => system.api().post('/api/email-verifications', { json: { token } })
  expect(await verified()).toBe(false)
  const first = await linkTokenTo(system, person.email, { path: '/verify-email' })
  expect((await ask()).status).toBe(202)
  const second = await linkTokenTo(system, person.email, { path: '/verify-email', count: 2 })
  expect((await prove(first)).code).toBe('link_invalid')
  expect((await prove(second)).status).toBe(204)
  expect(await verified()).toBe(true)
  expect((await prove(second)).code).toBe('link_invalid')
  expect((await ask()).code).toBe('already_verified')
  // What is told of it says nothing that would open anything.
  const told = JSON.stringify((await person.api.get('/api/notifications')).body)
  expect(told).toContain('account_link')
  expect(told).not.toContain(second)
})

test('one changes one’s own data; the e-mail never, the password only with the old one', async () => {
  const person = await customer(system)
  const change = (json: object) => person.api.patch('/api/users/me', { json })
  expect((await change({ email: 'other@journey.test' })).fields).toEqual(['body.email'])
  const moved = await change({ address: { city: '부산광역시', detail: '2층', postalCode: '48058' } })
  expect(moved.status).toBe(200)
  const newPassword = 'Another-test2!'
  expect((await change({ newPassword })).status).toBeGreaterThanOrEqual(400)
  const guessed = await change({ newPassword, currentPassword: 'Wrong-guess1!' })
  expect(guessed).toMatchObject({ status: 422, code: 'wrong_password' })
  const elsewhere = await signIn(system, person.email)
  expect((await change({ newPassword, currentPassword: PASSWORD })).status).toBe(200)
  // Other devices are signed out, this one stays.
  await signedOut(elsewhere.api)
  expect((await person.api.get('/api/users/me')).status).toBe(200)
  await signIn(system, person.email, newPassword)
})

test('a refresh token works once; used twice, the session ends', async () => {
  const person = await customer(system)
  const refresh = (refreshToken: string) => system.api().post('/api/auth/refresh', { json: { refreshToken } })
  const next = expectBody(await refresh(person.tokens.refreshToken), 200, Tokens)
  expect((await system.api(next.accessToken).get('/api/users/me')).status).toBe(200)
  expect((await refresh(person.tokens.refreshToken)).status).toBe(401)
  expect((await refresh(next.refreshToken)).status).toBe(401)
  expect((await refresh('made-up')).status).toBe(401)
})

test('logging out ends the session at once, and only that one', async () => {
  const person = await customer(system)
  const phone = await signIn(system, person.email)
  expect((await phone.api.post('/api/auth/logout')).status).toBe(204)
  await signedOut(phone.api)
  expect((await person.api.get('/api/users/me')).status).toBe(200)
})

test.skipIf(!inOneProcess)('an access token ends after half an hour', async () => {
  const person = await customer(system)
  system.skip({ minutes: 31 })
  expect(await person.api.get('/api/users/me')).toMatchObject({ status: 401, code: 'token_expired' })
  const json = { refreshToken: person.tokens.refreshToken }
  const next = expectBody(await system.api().post('/api/auth/refresh', { json }), 200, Tokens)
  expect((await system.api(next.accessToken).get('/api/users/me')).status).toBe(200)
})

test('who withdraws is gone: no login, no token, and the e-mail is free again', async () => {
  const data = newcomer()
  const first = expectBody(await system.api().post('/api/users', { json: data }), 201, Profile)
  const { api, tokens } = await signIn(system, data.email)
  expect((await api.delete('/api/users/me')).fields).toEqual(['body.password'])
  expect((await api.delete('/api/users/me', { json: { password: 'not-it' } })).code).toBe('wrong_password')
  expect((await api.delete('/api/users/me', { json: { password: data.password } })).status).toBe(204)
  await signedOut(api)
  const { refreshToken } = tokens
  expect((await system.api().post('/api/auth/refresh', { json: { refreshToken } })).status).toBe(401)
  const login = { email: data.email, password: data.password }
  expect((await system.api().post('/api/auth/login', { json: login })).code).toBe('wrong_credentials')
  const second = expectBody(await system.api().post('/api/users', { json: data }), 201, Profile)
  expect(second.id).not.toBe(first.id)
})

test('who withdraws leaves orders behind, but not where their parcels were to go', async () => {
  const items = await stockShelves(system, 12)
  const person = await customer(system)
  const order = await placeOrder(person, items.find(({ available }) => available > 0)?.id ?? '')
  expect((await person.api.post(`/api/orders/${order.id}/cancel`)).status).toBe(200)
  expect((await person.api.delete('/api/users/me', { json: { password: PASSWORD } })).status).toBe(204)
  const stored = `select state, total, receiver_name || receiver_phone || address_detail as receiver
    from orders."order" where id = '${order.id}'`
  const left = await until(
    async () => {
      await system.services.orders.forgetReceivers()
      const [row] = await execute(system.databaseOf('shop'), stored)
      return row?.receiver === '' && row
    },
    { what: 'the receiver to be forgotten', deadlineMs: 15_000, everyMs: 50 },
  )
  expect(left).toMatchObject({ state: 'cancelled', total: String(order.amounts.total) })
})

// Each process counts by itself, and two of them let twice as much through.
test.skipIf(!inOneProcess)('guessing is slowed down, and tells nobody whether an e-mail exists', async () => {
  const person = await customer(system)
  const guess = (email: string) =>
    system.api().post('/api/auth/login', { json: { email, password: 'Wrong-guess1!' } })
  const [known, unknown] = [await guess(person.email), await guess('nobody@journey.test')]
  expect(known).toMatchObject({ status: 401, code: 'wrong_credentials' })
  expect({ ...Object(unknown.body), instance: '' }).toEqual({ ...Object(known.body), instance: '' })
  const answers = []
  for (let tries = 0; tries < 10; tries++) answers.push(await guess(person.email))
  const last = answers.at(-1)
  expect(last).toMatchObject({ status: 429, code: 'too_many_requests' })
  expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0)
})

test('a form that sends everything unchanged does not use up what one may change', async () => {
  const { api } = await customer(system)
  const own = (await api.get('/api/users/me')).body
  const json = { displayName: at(own, 'displayName'), phone: at(own, 'phone'), realName: '김하나' }
  const answers = []
  for (let times = 0; times < 12; times++) answers.push(await api.patch('/api/users/me', { json }))
  expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200))
})

test('who signs in again in the same browser ends the session it had', async () => {
  const [first, second] = await Promise.all([customer(system), customer(system)])
  const open = async ({ email }: { email: string }, cookie = '') => {
    const answer = await fetch(new URL('/login', system.url), {
      method: 'POST',
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'same-origin', cookie },
      body: new URLSearchParams({ email, password: PASSWORD }),
    })
    expect(answer.status).toBe(303)
    return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  }
  const mine = async (cookie: string) =>
    (await fetch(new URL('/my', system.url), { redirect: 'manual', headers: { cookie } })).status
  const former = await open(first)
  expect(await mine(former)).toBe(200)
  const latter = await open(second, former)
  expect(await mine(latter)).toBe(200)
  expect(await mine(former)).not.toBe(200)
})
