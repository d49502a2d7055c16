import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../test/support/database.ts'
import { transact } from '../platform/database/database.ts'
import type { App } from '../platform/http/app.ts'
import { buildServer } from '../platform/http/server.ts'
import { newId } from '../platform/ids.ts'
import { createLog } from '../platform/telemetry/log.ts'
import { createMetrics } from '../platform/telemetry/metrics.ts'
import { systemClock } from '../platform/time/clock.ts'
import { createNotifications, notificationsSchema } from './index.ts'
import { sampleNotices } from './notices.fixture.ts'
import { queueMessage } from './queue-message.ts'
import { notifications } from './tables.ts'
import type { Notice } from './wording/notice.ts'

let database: TestDatabase
let app: App
let asked: string[] = []
const warned: string[] = []
const log = createLog('warn', { write: (line) => warned.push(line) })

beforeAll(async () => {
  database = await testDatabase([notificationsSchema])
  const { module } = createNotifications({
    db: database.db,
    clock: systemClock,
    log,
    enqueue: async () => {},
    recipientOf: async () => undefined,
    linkAddress: async () => undefined,
    itemNameOf: async (itemId) => {
      asked.push(itemId)
      return '오메가3'
    },
    settings: { channel: 'file', folder: '/nowhere', from: 'no-reply@shop.example' },
  })
  app = await buildServer({
    log,
    metrics: createMetrics(),
    version: 'test',
    problems: [],
    routes: module.routes ? [module.routes] : [],
    // The token is the user id.
    authenticate: async (userId) => ({ userId, roles: ['customer'], sessionId: 'one' }),
    readiness: {},
    draining: () => false,
  })
})
afterAll(async () => {
  await app.close()
  await database.drop()
})

async function queue(recipientId: string, notice: Notice): Promise<void> {
  await transact(database.db, (tx) =>
    queueMessage({ clock: systemClock, enqueue: async () => {} }, tx, {
      eventId: newId(),
      recipientId,
      notice,
    }),
  )
}

async function call(method: 'GET' | 'POST', url: string, as?: string, language?: string) {
  const reply = await app.inject({
    method,
    url,
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
      ...(language === undefined ? {} : { 'accept-language': language }),
    },
  })
  return { status: reply.statusCode, json: reply.json() }
}

async function idsOf(as: string): Promise<string[]> {
  const { json } = await call('GET', '/api/notifications?size=100', as)
  return json.data.map(({ id }: { id: string }) => id)
}

describe('GET /api/notifications', () => {
  it('lists one’s own messages of every kind, newest first, in one’s language', async () => {
    const [me, somebody] = [newId(), newId()]
    const notices = Object.values(sampleNotices)
    for (const notice of notices) await queue(me, notice)
    await queue(somebody, sampleNotices.refunded)
    const korean = await call('GET', '/api/notifications?size=100', me)
    expect(korean.status).toBe(200)
    expect(korean.json.data.map(({ kind }: { kind: string }) => kind)).toEqual(
      notices.map(({ kind }) => kind).reverse(),
    )
    expect(korean.json.page).toEqual({ size: 100, next: null, unread: notices.length })
    for (const [of, about] of [
      ['method_added', { type: 'account', id: me }],
      ['loan_cancelled', { type: 'loan', id: 'loan-1' }],
      ['question_answered', { type: 'question', id: 'question-1' }],
    ] as const)
      expect(korean.json.data.find(({ kind }: { kind: string }) => kind === of)).toMatchObject({ about })
    const isPrice = ({ kind }: { kind: string }) => kind === 'price_change_proposed'
    expect(korean.json.data.find(isPrice)).toEqual({
      id: expect.any(String),
      kind: 'price_change_proposed',
      title: '정기배송 가격 변경 안내: 오메가3',
      text: expect.stringContaining('13,500원'),
      about: { type: 'subscription', id: 'sub-1' },
      createdAt: expect.stringMatching(/Z$/),
      readAt: null,
    })
    const ready = korean.json.data.find(({ kind }: { kind: string }) => kind === 'hold_ready')
    expect(ready).toMatchObject({
      about: { type: 'hold', id: 'hold-1' },
      title: expect.stringContaining('오메가3'),
    })
    expect(korean.json.data.at(-1)).toMatchObject({ about: { type: 'order', id: 'order-1' } })
    const english = await call('GET', '/api/notifications', me, 'en')
    expect(english.json.data.find(isPrice)).toMatchObject({
      title: 'The price of your subscription is to change: 오메가3',
    })
    expect((await call('GET', '/api/notifications', newId())).json.data).toEqual([])
  })

  it('leaves out what only a newer version can read, tells the others, and logs it once', async () => {
    const me = newId()
    for (const notice of [sampleNotices.charged, sampleNotices.refunded, sampleNotices.charged])
      await queue(me, notice)
    // As a newer version of this service does while both run.
    const table = notifications(database.db)
    await sql`alter table notifications.message drop constraint if exists message_kind_check`.execute(
      database.db,
    )
    await sql`update notifications.message set kind = 'of_tomorrow' where recipient_id = ${me} and kind = 'refunded'`.execute(
      database.db,
    )
    const kindsOf = (json: { data: { kind: string }[] }) => json.data.map(({ kind }) => kind)
    const whole = await call('GET', '/api/notifications', me)
    expect([whole.status, kindsOf(whole.json)]).toEqual([200, ['charged', 'charged']])
    const first = await call('GET', '/api/notifications?size=2', me)
    expect(kindsOf(first.json)).toEqual(['charged'])
    const second = await call('GET', `/api/notifications?size=2&after=${first.json.page.next}`, me)
    expect(kindsOf(second.json)).toEqual(['charged'])
    const { id } = await table
      .selectFrom('notifications.message')
      .select('id')
      .where('recipient_id', '=', me)
      .where(sql<string>`kind`, '=', 'of_tomorrow')
      .executeTakeFirstOrThrow()
    expect(await call('POST', `/api/notifications/${id}/read`, me)).toMatchObject({ status: 404 })
    expect(warned.filter((line) => line.includes('of_tomorrow'))).toHaveLength(1)
  })

  it('asks for the name of an item once, and not at all for messages that were sent with it', async () => {
    const me = newId()
    await queue(me, sampleNotices.charged)
    await queue(me, sampleNotices.charge_upcoming)
    asked = []
    await call('GET', '/api/notifications', me)
    expect(asked).toEqual(['item-1'])
    await notifications(database.db)
      .updateTable('notifications.message')
      .set({ item_name: '옛 이름' })
      .where('recipient_id', '=', me)
      .execute()
    const { json } = await call('GET', '/api/notifications', me)
    expect(asked).toEqual(['item-1'])
    expect(json.data[1].title).toContain('옛 이름')
  })

  it('goes on page by page without losing or repeating any, also when new ones arrive', async () => {
    const me = newId()
    for (let i = 0; i < 7; i++) await queue(me, sampleNotices.refunded)
    const all = await idsOf(me)
    expect(all).toHaveLength(7)
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const { json } = await call('GET', `/api/notifications?size=3${next && `&after=${next}`}`, me)
      seen.push(...json.data.map(({ id }: { id: string }) => id))
      next = json.page.next
      await queue(me, sampleNotices.charged)
    }
    expect(seen).toEqual(all)
    expect((await call('GET', '/api/notifications?size=3', newId())).json.page.next).toBeNull()
  })

  it('refuses strangers and nonsense', async () => {
    expect((await call('GET', '/api/notifications')).status).toBe(401)
    for (const query of ['size=0', 'size=101', 'after=x', 'page=2', 'unread=maybe']) {
      expect(await call('GET', `/api/notifications?${query}`, newId())).toMatchObject({
        status: 400,
        json: { code: 'invalid_request' },
      })
    }
  })
})

describe('POST /api/notifications/{id}/read', () => {
  it('marks one message; a repeat keeps the first time', async () => {
    const me = newId()
    await queue(me, sampleNotices.charged)
    await queue(me, sampleNotices.refunded)
    const [newest = '', oldest = ''] = await idsOf(me)
    const first = await call('POST', `/api/notifications/${oldest}/read`, me, 'en')
    expect(first).toMatchObject({
      status: 200,
      json: { id: oldest, kind: 'charged', title: 'Recurring payment complete: 오메가3 (₩24,600)' },
    })
    expect(first.json.readAt).toMatch(/Z$/)
    const again = await call('POST', `/api/notifications/${oldest.toUpperCase()}/read`, me, 'en')
    expect(again).toEqual(first)
    const { json } = await call('GET', '/api/notifications?unread=true', me)
    expect(json.data.map(({ id }: { id: string }) => id)).toEqual([newest])
    expect(json.page.unread).toBe(1)
    expect(await idsOf(me)).toEqual([newest, oldest])
  })

  it('answers 404 for somebody else’s message and one that is not there, and changes nothing', async () => {
    const me = newId()
    await queue(me, sampleNotices.charged)
    const [id = ''] = await idsOf(me)
    for (const [url, as] of [
      [`/api/notifications/${id}/read`, newId()],
      [`/api/notifications/${newId()}/read`, me],
    ] as const) {
      expect(await call('POST', url, as)).toMatchObject({ status: 404, json: { code: 'not_found' } })
    }
    expect((await call('POST', `/api/notifications/${id}/read`)).status).toBe(401)
    expect((await call('POST', '/api/notifications/nonsense/read', me)).status).toBe(400)
    expect((await call('GET', '/api/notifications', me)).json.page.unread).toBe(1)
  })
})
