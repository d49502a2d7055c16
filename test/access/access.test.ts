import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from '../support/contract.ts'
import { at, type Json } from '../support/json.ts'
import { ENTRIES, type Entry } from './entries/index.ts'
import { CALLERS, type Caller, createWorld, rolesOf, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => {
  await world?.system.stop()
})

/** What the audience of the document, and the ownership of the entry, mean for a caller. */
function expectedStatus({ audience }: Operation, { ok, owned }: Entry, caller: Caller): number {
  if (audience === 'anyone') return ok
  if (audience === 'visitor' && caller === 'anonymous') return owned === undefined ? ok : 404
  const roles = rolesOf(caller)
  if (roles === undefined) return 401
  if (typeof audience !== 'string') return audience.some((role) => roles.includes(role)) ? ok : 403
  if (owned === undefined || caller === 'owner') return ok
  return owned.also.some((role) => roles.includes(role)) ? ok : (owned.otherwise ?? 404)
}

/** Those who may not come first: what they asked for must still be there, unchanged, for those who may. */
function inOrder(operation: Operation, entry: Entry): Caller[] {
  const place = (caller: Caller) => (expectedStatus(operation, entry, caller) === entry.ok ? 1 : 0)
  return CALLERS.toSorted((a, b) => place(a) - place(b))
}

async function tableOf(operation: Operation, entry: Entry): Promise<Record<string, number>> {
  const table: Record<string, number> = {}
  let request = await entry.ask(world, 'owner')
  for (const caller of inOrder(operation, entry)) {
    const brings = entry.ends && expectedStatus(operation, entry, caller) < 400
    const token = brings ? (await world.newcomer(caller)).tokens.accessToken : world.tokens.get(caller)
    const answer = await world.system.api(token).send(operation.method, request.path, request.ask)
    table[caller] = answer.status
    const about = `${operation.operationId} for ${caller}`
    if (answer.status === 404) expect(answer.code, about).toBe('not_found')
    if (answer.status === 401) {
      expect(answer.code, about).toBe(caller === 'expired token' ? 'token_expired' : 'not_signed_in')
      expect(answer.headers.get('www-authenticate'), about).toMatch(/^Bearer/)
    }
    if (answer.status < 400) request = await entry.ask(world, caller)
  }
  return table
}

describe('who may call what', () => {
  test('every operation of the document has an entry, and every entry an operation', () => {
    const documented = world.system.contract.operations.map(({ operationId }) => operationId)
    expect(Object.keys(ENTRIES).toSorted()).toEqual(documented.toSorted())
  })

  for (const [operationId, entry] of Object.entries(ENTRIES)) {
    test(operationId, async () => {
      const operation = world.system.contract.operations.find((found) => found.operationId === operationId)
      if (operation === undefined) throw new Error('the document has no such operation')
      const expected = CALLERS.map((caller) => [caller, expectedStatus(operation, entry, caller)])
      expect(await tableOf(operation, entry)).toEqual(Object.fromEntries(expected))
    })
  }
})

function idsIn(body: Json): unknown[] {
  const data = at(body, 'data')
  return Array.isArray(data) ? data.map((row) => at(row, 'id')) : []
}

test('lists show nothing of somebody else', async () => {
  const { orderId, paymentId } = await world.paid()
  const lists = [
    { path: '/api/orders?size=100', id: orderId },
    { path: `/api/payments?orderId=${orderId}`, id: paymentId },
    { path: '/api/notifications?size=100', id: await world.notification() },
  ]
  for (const caller of CALLERS.filter((name) => rolesOf(name) !== undefined)) {
    const api = world.system.api(world.tokens.get(caller))
    for (const { path, id } of lists) {
      expect(idsIn((await api.get(path)).body).includes(id), `${path} for ${caller}`).toBe(caller === 'owner')
    }
  }
})

test('nobody gives themselves a role', async () => {
  const { owner, system } = world
  const json = { realName: '김하나', roles: ['admin'] }
  expect((await owner.api.patch('/api/users/me', { json })).fields).toEqual(['body.roles'])
  const boss = { email: 'boss@access.test', password: 'Access-test1!', roles: ['admin'] }
  expect((await system.api().post('/api/users', { json: boss })).fields).toContain('body.roles')
  expect(at((await owner.api.get('/api/users/me')).body, 'roles')).toEqual(['customer'])
})

test('a token is good only as a bearer token in its header', async () => {
  const { system, owner } = world
  const token = owner.tokens.accessToken
  const attempts = [
    system.api().get(`/api/users/me?access_token=${token}`),
    system.api().get('/api/users/me', { headers: { cookie: `accessToken=${token}` } }),
    system.api().get('/api/users/me', { headers: { authorization: `Basic ${token}` } }),
    system.api().get('/api/users/me', { headers: { authorization: token } }),
    system.api(owner.tokens.refreshToken).get('/api/users/me'),
    system.api(`${token}.x`).get('/api/users/me'),
  ]
  for (const { status } of await Promise.all(attempts)) expect(status).toBe(401)
})
