import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, parseJson } from '../support/json.ts'
import { customer, newcomer, type Person, RECEIVER } from '../support/people.ts'
import { askOrder, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let minji: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  const items = await stockShelves(system, 12)
  itemId = items.find(({ available }) => available >= 20)?.id ?? ''
  minji = await customer(system)
})
afterAll(async () => {
  await system?.stop()
})

/** Sends bytes as they are, which no HTTP client would. */
async function raw(bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(system.url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.end(bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

test('a body that is not JSON', async () => {
  const answer = await minji.api.post('/api/orders', {
    key: true,
    raw: { body: '{"lines":[', type: 'application/json' },
  })
  expect(answer).toMatchObject({ status: 400, code: 'malformed_body' })
  const nothing = await minji.api.post('/api/orders', { key: true })
  expect(nothing.status).toBe(400)
  const forgery = await minji.api.post('/api/orders', {
    key: true,
    raw: { body: '{"__proto__":{"admin":true},"lines":[]}', type: 'application/json' },
  })
  expect(forgery.status).toBe(400)
})

test('another content type, and a body that is too large', async () => {
  const xml = await minji.api.post('/api/orders', { key: true, raw: { body: '<order/>', type: 'text/xml' } })
  expect(xml).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  const form = await system.api().post('/api/auth/login', {
    raw: { body: 'email=a&password=b', type: 'application/x-www-form-urlencoded' },
  })
  expect(form.status).toBe(415)
  const large = await minji.api.post('/api/orders', {
    key: true,
    raw: { body: JSON.stringify({ lines: 'x'.repeat(300_000) }), type: 'application/json' },
  })
  expect(large).toMatchObject({ status: 413, code: 'body_too_large' })
})

test('a body in another encoding, charset or type is refused by name', async () => {
  const send = (headers: Record<string, string>, body: string | Buffer = '{"email":"a","password":"b"}') => {
    const { 'content-type': type = 'application/json', ...others } = headers
    return system.api().post('/api/auth/login', { raw: { body, type }, headers: others })
  }
  expect(await send({ 'content-type': 'application/json; charset=euc-kr' })).toMatchObject({
    status: 415,
    code: 'unsupported_charset',
  })
  expect(await send({ 'content-encoding': 'gzip' })).toMatchObject({
    status: 415,
    code: 'unsupported_content_encoding',
  })
  expect(await send({ 'content-type': 'text/plain' })).toMatchObject({
    status: 415,
    code: 'unsupported_media_type',
  })
  const latin = Buffer.from('{"email":"caf\xe9@b.test","password":"b"}', 'latin1')
  expect(await send({}, latin)).toMatchObject({ status: 400, code: 'malformed_body' })
  for (const type of ['application/json; charset="UTF-8"', 'application/json;charset=utf-8'])
    expect((await send({ 'content-type': type })).status).toBe(401)
})

test('a member that stands twice is refused: nobody knows which one is meant', async () => {
  const body = `{"lines":[{"itemId":"${itemId}","quantity":1,"quantity":9}],"receiver":${JSON.stringify(RECEIVER)}}`
  const raw = { body, type: 'application/json' }
  const answer = await minji.api.post('/api/orders', { key: true, raw })
  expect(answer).toMatchObject({ status: 400, code: 'duplicate_member', fields: ['body.lines.0.quantity'] })
  // Not when the names only look alike, or stand in different objects.
  const fine = `{"email":"\\"a\\":1,\\"a\\":2","password":"x"}`
  const login = await system.api().post('/api/auth/login', { raw: { body: fine, type: 'application/json' } })
  expect(login.status).toBe(401)
})

test('what takes no body is content with an empty one of any type', async () => {
  for (const headers of [
    {},
    { 'content-type': 'application/json' },
    { 'content-type': 'text/plain;charset=UTF-8' },
  ]) {
    const { api } = await customer(system)
    expect((await api.post('/api/auth/logout', { headers })).status, JSON.stringify(headers)).toBe(204)
    expect((await api.get('/api/users/me')).status).toBe(401)
  }
})

test('no host, another method, a slash at the end: each is told in its own words', async () => {
  const problem = (answer: string) => parseJson(answer.split('\r\n\r\n')[1] ?? '')
  const hostless = await raw(Buffer.from('GET /api/items HTTP/1.1\r\nconnection: close\r\n\r\n'))
  expect(hostless).toMatch(/^HTTP\/1\.1 400 /)
  expect(at(problem(hostless), 'code')).toBe('host_required')
  const unknown = await raw(Buffer.from('BREW /api/items HTTP/1.1\r\nhost: x\r\n\r\n'))
  expect(unknown).toMatch(/^HTTP\/1\.1 501 /)
  expect(at(problem(unknown), 'code')).toBe('unknown_method')
  const rare = await raw(Buffer.from('PROPFIND /api/items HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'))
  expect(rare).toMatch(/^HTTP\/1\.1 405 /)
  expect(rare).toMatch(/\r\nallow: GET, HEAD\r\n/i)
  const slash = await system.api().get('/api/home/')
  expect(slash).toMatchObject({ status: 404, code: 'not_found' })
  expect(at(slash.body, 'detail')).toMatch(/\//)
})

test('errors speak of what people see, not of our tools', async () => {
  const answer = await minji.api.get('/api/orders?from=2026-1-1&size=x')
  expect(answer.fields).toEqual(['query.from', 'query.size'])
  const said = JSON.stringify(at(answer.body, 'errors'))
  expect(said).toContain('2026-01-31')
  expect(said).not.toMatch(/\((date|integer|string)\)|querystring/)
})

test('everything that is wrong is said at once, in both languages', async () => {
  const json = {
    lines: [
      { itemId: 'not-an-id', quantity: '2' },
      { itemId, quantity: 100, gift: true },
    ],
    receiver: { name: 7, phone: '010-1234-5678', address: { city: '서울' } },
    coupon: 'FREE',
    expectedTotal: -1,
  }
  const answer = await minji.api.post('/api/orders', { key: true, json })
  expect(answer).toMatchObject({ status: 400, code: 'invalid_request' })
  expect(new Set(answer.fields)).toEqual(
    new Set([
      'body.coupon',
      'body.lines.0.itemId',
      'body.lines.0.quantity',
      'body.lines.1.gift',
      'body.lines.1.quantity',
      'body.receiver.name',
      'body.receiver.address.detail',
      'body.receiver.address.postalCode',
      'body.expectedTotal',
    ]),
  )
  expect(answer.headers.get('content-language')).toBe('ko')
  expect(JSON.stringify(answer.body)).toMatch(/[가-힣]/)
  const english = await minji.api.post('/api/orders', {
    key: true,
    json,
    headers: { 'accept-language': 'en-US,en;q=0.9' },
  })
  expect(english.headers.get('content-language')).toBe('en')
  expect(JSON.stringify(english.body)).not.toMatch(/[가-힣]/)
})

test('rules of a person’s data, all at once', async () => {
  const json = {
    ...newcomer(),
    email: 'not an address',
    password: 'short',
    displayName: ' ',
    realName: '',
    phone: '02-123-4567',
    address: { city: '', detail: '', postalCode: '123' },
  }
  const answer = await system.api().post('/api/users', { json })
  expect(answer.status).toBe(400)
  expect(new Set(answer.fields)).toEqual(
    new Set([
      'body.email',
      'body.password',
      'body.displayName',
      'body.realName',
      'body.phone',
      'body.address.city',
      'body.address.detail',
      'body.address.postalCode',
    ]),
  )
  const receiver = { ...RECEIVER, phone: '12345', address: { ...RECEIVER.address, postalCode: 'ABCDE' } }
  const order = await minji.api.post('/api/orders', {
    key: true,
    json: { lines: [{ itemId, quantity: 1 }], receiver },
  })
  expect(order.fields).toEqual(['body.receiver.phone', 'body.receiver.address.postalCode'])
})

test('keys of orders: missing, repeated, reused, and somebody else’s', async () => {
  const key = 'order-key-0000000001'
  const missing = await minji.api.post('/api/orders', {
    json: { lines: [{ itemId, quantity: 1 }], receiver: RECEIVER },
  })
  expect(missing).toMatchObject({ status: 400, code: 'idempotency_key_required' })
  const [first, again] = [await askOrder(minji, itemId, { key }), await askOrder(minji, itemId, { key })]
  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.body).toEqual(first.body)
  expect(await askOrder(minji, itemId, { key, quantity: 2 })).toMatchObject({
    status: 422,
    code: 'idempotency_key_reused',
  })
  const stranger = await customer(system)
  const theirs = await askOrder(stranger, itemId, { key })
  expect(theirs.status).toBe(201)
  expect(at(theirs.body, 'id')).not.toBe(at(first.body, 'id'))
})

test('an address that is not encoded, or no HTTP at all', async () => {
  const korean = await raw(Buffer.from('GET /api/items?keyword=홍삼 HTTP/1.1\r\nhost: x\r\n\r\n'))
  expect(korean).toMatch(/^HTTP\/1\.1 400 /)
  expect(at(parseJson(korean.split('\r\n\r\n')[1] ?? ''), 'code')).toBe('unreadable_request')
  expect(await raw(Buffer.from('GET hello\r\n\r\n'))).toMatch(/^HTTP\/1\.1 400 /)
  const longHeader = `GET /api/items HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(40_000)}\r\n\r\n`
  expect(await raw(Buffer.from(longHeader))).toMatch(/^HTTP\/1\.1 431 /)
  // Broken percent encoding is no reason to fall over.
  expect((await system.api().get('/api/items/%E0%A4%A')).status).toBe(400)
})

test('another method, another address', async () => {
  const wrong = await minji.api.delete('/api/orders')
  expect(wrong).toMatchObject({ status: 405, code: 'method_not_allowed' })
  expect(wrong.headers.get('allow')).toContain('POST')
  expect(await system.api().get('/api/nothing-here')).toMatchObject({ status: 404, code: 'not_found' })
  expect((await system.api().get('/internal/metrics')).status).toBe(404)
})

test('a request id is given back, and a problem names it', async () => {
  const answer = await system.api().get('/api/orders', { headers: { 'x-request-id': 'journey-0000001' } })
  expect(answer).toMatchObject({ status: 401, code: 'not_signed_in' })
  expect(answer.headers.get('x-request-id')).toBe('journey-0000001')
  expect(at(answer.body, 'instance')).toBe('journey-0000001')
  expect(answer.headers.get('www-authenticate')).toContain('Bearer')
})
