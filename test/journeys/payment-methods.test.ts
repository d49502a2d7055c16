import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { customer, PASSWORD, type Person } from '../support/people.ts'
import { askRegistration, beginRegistration, Registration, registerMethod } from '../support/registrations.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let sora: Person
beforeAll(async () => {
  system = await startSystem()
  sora = await customer(system)
})
afterAll(async () => {
  await system?.stop()
})

const read = (person: Person, id: string) => person.api.get(`/api/payment-methods/registrations/${id}`)
const methodsOf = async (person: Person) => {
  const data = at((await person.api.get('/api/payment-methods')).body, 'data')
  return Array.isArray(data) ? data : []
}

test('a method is registered without paying, once, however often the browser comes back', async () => {
  const left = await beginRegistration(sora)
  const begun = await beginRegistration(sora)
  expect(begun).toMatchObject({ state: 'awaiting_customer', paymentMethodId: null })
  expect(begun.id).not.toBe(left.id)
  expect((await read(sora, left.id)).body).toMatchObject({ state: 'cancelled', redirectUrl: null })
  const back = (await system.bank.press(begun.redirectUrl, 'approve')) ?? ''
  const answers = await Promise.all(Array.from({ length: 5 }, () => system.api().get(back)))
  for (const answer of answers)
    expect(expectBody(answer, 200, Registration)).toMatchObject({
      state: 'registered',
      paymentMethodId: begun.id,
    })
  expect(expectBody(await read(sora, begun.id), 200, Registration).state).toBe('registered')
  expect(await methodsOf(sora)).toMatchObject([{ id: begun.id, state: 'active', subscriptions: 0 }])
  expect(JSON.stringify(await methodsOf(sora))).not.toContain('"token"')
  expect(await system.bank.journal('?kind=charge')).toEqual([])
  expect(await system.bank.journal('?kind=sid_issued')).toMatchObject([{ via: 'zero' }])
  // The customer's id is nobody's business at the bank.
  expect(JSON.stringify(await system.bank.journal())).not.toContain(sora.id)
})

test('the browser is told what came of it, in its language', async () => {
  const accept = { accept: 'text/html' }
  const begun = await beginRegistration(sora)
  const back = (await system.bank.press(begun.redirectUrl, 'fail')) ?? ''
  const korean = await system
    .api()
    .get(back, { headers: { ...accept, 'accept-language': 'ko' }, follow: true })
  expect(String(korean.body)).toContain('등록되지 않았습니다')
  const english = await system
    .api()
    .get(back, { headers: { ...accept, 'accept-language': 'en' }, follow: true })
  expect(String(english.body)).toContain('Nothing was charged')
  const next = await beginRegistration(sora)
  const gaveUp = (await system.bank.press(next.redirectUrl, 'cancel')) ?? ''
  expect(expectBody(await system.api().get(gaveUp), 200, Registration)).toMatchObject({
    state: 'cancelled',
    paymentMethodId: null,
    declineCode: 'cancelled_by_customer',
  })
})

test('a link that was passed on brings nobody a payment method', async () => {
  const stranger = await customer(system)
  const { id, redirectUrl } = await beginRegistration(sora)
  const before = (await methodsOf(sora)).length
  const back = (await system.bank.press(redirectUrl, 'approve')) ?? ''
  const inBrowser = (headers: Record<string, string>) =>
    fetch(new URL(back, system.url), {
      redirect: 'manual',
      headers: { accept: 'text/html', 'accept-language': 'en', ...headers },
    })
  // Nobody is signed in there: it is asked who it is, and comes back here afterwards.
  const nobody = await inBrowser({})
  expect(nobody.status).toBe(303)
  const login = new URL(nobody.headers.get('location') ?? '', system.url)
  expect(login.pathname).toBe('/en/login')
  const cameFrom = new URL(back, system.url)
  expect(login.searchParams.get('next')).toBe(`${cameFrom.pathname}${cameFrom.search}`)
  const refusedPage = await inBrowser({ cookie: await cookieOf(stranger) })
  expect([refusedPage.status, refusedPage.headers.get('location')]).toEqual([403, null])
  expect(await refusedPage.text()).toContain('This was begun by somebody else')
  expect(await methodsOf(stranger)).toHaveLength(0)
  expect(await methodsOf(sora)).toHaveLength(before)
  expect((await read(sora, id)).body).toMatchObject({ state: 'awaiting_customer' })
  // In the browser of who began it, it goes on to the result; and the owner is told.
  const own = await inBrowser({ cookie: await cookieOf(sora) })
  expect(own.headers.get('location')).toMatch(/^\/en\/registered\//)
  expect(await methodsOf(sora)).toHaveLength(before + 1)
  const told = async () => JSON.stringify((await sora.api.get('/api/notifications?size=100')).body)
  await until(async () => (await told()).includes('method_added'), {
    what: 'a letter about the new method',
    deadlineMs: 10_000,
  })
})

/** The cookie of a browser in which somebody is signed in. */
async function cookieOf({ email }: Person): Promise<string> {
  const answer = await fetch(new URL('/login', system.url), {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email, password: PASSWORD }),
  })
  expect(answer.headers.get('location')).toBe('/my')
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '')
  return cookies.join('; ')
}

test('somebody else sees nothing of it, and a wrong address is no address', async () => {
  const other = await customer(system)
  const { id, redirectUrl } = await beginRegistration(sora)
  expect(await read(other, id)).toMatchObject({ status: 404, code: 'not_found' })
  const back = (await system.bank.press(redirectUrl, 'approve')) ?? ''
  const forged = back.replace(/\/[\w-]{22}\/success/, `/${'x'.repeat(22)}/success`)
  expect((await system.api().get(forged)).status).toBe(404)
  expect((await read(sora, id)).body).toMatchObject({ state: 'awaiting_customer' })
  expect(await methodsOf(other)).toEqual([])
})

test('what makes no sense is refused', async () => {
  const yuna = await customer(system)
  const ask = (json: object, key: string | true = true) =>
    yuna.api.post('/api/payment-methods/registrations', { key, json })
  expect((await ask({ provider: 'cash' })).fields).toEqual(['body.provider'])
  expect((await ask({ provider: 'kakaopay', total: 1 })).status).toBe(400)
  const key = 'register-once-000001'
  expect((await ask({ provider: 'kakaopay' }, key)).status).toBe(201)
  expect((await ask({ provider: 'kakaopay', device: 'app' }, key)).code).toBe('idempotency_key_reused')
  for (let methods = 0; methods < 10; methods++) await registerMethod(system, yuna)
  expect(await askRegistration(yuna)).toMatchObject({ status: 409, code: 'too_many_payment_methods' })
})

test('a method nobody uses is removed, and the bank is told', async () => {
  const yuna = await customer(system)
  const id = await registerMethod(system, yuna)
  const other = await customer(system)
  const remove = (person: Person) => person.api.delete(`/api/payment-methods/${id}`)
  expect((await remove(other)).status).toBe(404)
  expect((await remove(yuna)).status).toBe(204)
  expect((await remove(yuna)).status).toBe(204)
  expect(await methodsOf(yuna)).toEqual([])
  const all = await yuna.api.get('/api/payment-methods?all=true')
  expect(all.body).toMatchObject({ data: [{ id, state: 'revoked' }] })
  await until(async () => (await system.bank.journal('?kind=sid_inactivated')).length === 1, {
    what: 'the token to be deactivated',
    deadlineMs: 15_000,
  })
})
