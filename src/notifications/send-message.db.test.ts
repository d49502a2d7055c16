import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../test/support/database.ts'
import { transact } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import { until } from '../platform/resilience/poll-until.ts'
import { runRetention } from '../platform/retention/run-retention.ts'
import { createLog } from '../platform/telemetry/log.ts'
import { virtualClock } from '../platform/time/clock.ts'
import { AddressRefused, type OutgoingMessage } from './channels/channel.ts'
import { notificationsSchema } from './index.ts'
import { sampleNotices } from './notices.fixture.ts'
import { queueMessage } from './queue-message.ts'
import { notificationsRetention } from './retention.ts'
import { LEASE, type Recipient, type SendDeps, sendMessage } from './send-message.ts'
import { notifications } from './tables.ts'
import type { Notice } from './wording/notice.ts'

const clock = virtualClock(Temporal.Instant.from('2026-11-21T00:00:00Z'))
const customer = newId()
const SKY: Recipient = { email: 'sky@example.com', name: '김하늘', language: 'ko', emailVerified: true }
const LINK = 'https://shop.test/verify-email?token=abc-DEF_1'
let database: TestDatabase
let handed: OutgoingMessage[]

beforeAll(async () => {
  database = await testDatabase([notificationsSchema])
})
afterAll(() => database.drop())
beforeEach(() => {
  handed = []
})

function deps(more: Partial<SendDeps> = {}): SendDeps {
  return {
    db: database.db,
    clock,
    log: createLog('silent'),
    recipientOf: async () => SKY,
    linkAddress: async () => LINK,
    itemNameOf: async () => '오메가3',
    channel: async (message) => void handed.push(message),
    ...more,
  }
}

async function queue(notice: Notice = sampleNotices.refunded): Promise<string> {
  const keys: string[] = []
  const enqueue = async (_tx: unknown, _command: unknown, _data: unknown, options?: { key?: string }) =>
    void keys.push(options?.key ?? '')
  await transact(database.db, (tx) =>
    queueMessage({ clock, enqueue }, tx, {
      eventId: newId(),
      recipientId: customer,
      notice,
    }),
  )
  const [key] = keys
  if (key === undefined) throw new Error('nothing was queued')
  return key
}

const rowOf = (id: string) =>
  notifications(database.db)
    .selectFrom('notifications.message')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow()

describe('sending a message', () => {
  it('hands it over in the words of the recipient and marks it sent', async () => {
    const id = await queue()
    expect(await sendMessage(deps(), id)).toBe('done')
    expect(handed).toHaveLength(1)
    expect(handed[0]).toMatchObject({
      id,
      kind: 'refunded',
      language: 'ko',
      to: { name: '김하늘', email: 'sky@example.com' },
      subject: expect.stringContaining('9,900원'),
      text: expect.stringContaining('오메가3 외 2건'),
    })
    expect(await rowOf(id)).toMatchObject({
      state: 'sent',
      attempts: 1,
      language: 'ko',
      item_name: '오메가3',
    })
  })

  it('once, whatever the number of senders and repeats', async () => {
    const id = await queue()
    const release = Promise.withResolvers<void>()
    const slow = deps({
      channel: async (message) => {
        handed.push(message)
        await release.promise
      },
    })
    const settled: string[] = []
    const senders = Array.from({ length: 8 }, async () => {
      const result = await sendMessage(slow, id).catch((error: Error) => error.message)
      settled.push(result)
    })
    // Seven find it taken; only then may the eighth go on.
    await until(() => settled.length === 7, { deadlineMs: 10_000, what: 'seven to give up' })
    expect(settled.every((result) => result.startsWith('another sender'))).toBe(true)
    release.resolve()
    await Promise.all(senders)
    expect(settled.filter((result) => result === 'done')).toHaveLength(1)
    expect(await sendMessage(deps(), id)).toBe('done')
    expect(handed).toHaveLength(1)
  })

  it('gives it back when the channel fails, so that the next try sends it', async () => {
    const id = await queue()
    const broken = deps({ channel: () => Promise.reject(new Error('no mail server')) })
    await expect(sendMessage(broken, id)).rejects.toThrow('no mail server')
    expect(await rowOf(id)).toMatchObject({
      state: 'queued',
      last_error: 'no mail server',
      claimed_until: null,
    })
    expect(await sendMessage(deps(), id)).toBe('done')
    expect(await rowOf(id)).toMatchObject({ state: 'sent', attempts: 2, last_error: null })
    expect(handed).toHaveLength(1)
  })

  it('gives it back when the recipient cannot be looked up', async () => {
    const id = await queue()
    await expect(
      sendMessage(deps({ recipientOf: () => Promise.reject(new Error('down')) }), id),
    ).rejects.toThrow('down')
    expect(await rowOf(id)).toMatchObject({ state: 'queued' })
    expect(handed).toEqual([])
  })

  it('after a sender died: not while its lease runs, then once more under the same id', async () => {
    const id = await queue()
    await sql`update notifications.message set state = 'sending', attempts = 1,
      claimed_until = ${clock.now().add(LEASE)} where id = ${id}`.execute(database.db)
    await expect(sendMessage(deps(), id)).rejects.toThrow('another sender')
    expect(handed).toEqual([])
    clock.advance(LEASE)
    expect(await sendMessage(deps(), id)).toBe('done')
    expect(handed.map((message) => message.id)).toEqual([id])
    expect(await rowOf(id)).toMatchObject({ state: 'sent', attempts: 2 })
  })

  it('a sender that lost its claim changes nothing any more', async () => {
    const id = await queue()
    const late = deps({
      channel: async () => {
        clock.advance(LEASE)
        await sendMessage(deps(), id)
        throw new Error('too late')
      },
    })
    await expect(sendMessage(late, id)).rejects.toThrow('too late')
    expect(await rowOf(id)).toMatchObject({ state: 'sent', attempts: 2, last_error: null })
    expect(handed).toHaveLength(1)
  })

  it('a sender that lost its claim does not free the message for a third while the second has it', async () => {
    const id = await queue()
    const begun = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const second = deps({
      channel: async (message) => {
        handed.push(message)
        begun.resolve()
        await release.promise
      },
    })
    let sending: Promise<unknown> | undefined
    const late = deps({
      channel: async () => {
        clock.advance(LEASE)
        sending = sendMessage(second, id)
        await begun.promise
        throw new Error('too late')
      },
    })
    await expect(sendMessage(late, id)).rejects.toThrow('too late')
    expect(await rowOf(id)).toMatchObject({ state: 'sending', attempts: 2 })
    await expect(sendMessage(deps(), id)).rejects.toThrow('another sender')
    release.resolve()
    expect(await sending).toBe('done')
    expect(handed).toHaveLength(1)
  })

  it('drops it for a recipient who has withdrawn, with that reason', async () => {
    const id = await queue()
    expect(await sendMessage(deps({ recipientOf: async () => undefined }), id)).toBe('recipient_gone')
    expect(await rowOf(id)).toMatchObject({ state: 'dropped', drop_reason: 'recipient_gone' })
    expect(await sendMessage(deps(), id)).toBe('done')
    expect(handed).toEqual([])
  })

  it('drops it when the mail server refuses the address for good', async () => {
    const id = await queue()
    const refusing = deps({ channel: () => Promise.reject(new AddressRefused('550 no such user')) })
    expect(await sendMessage(refusing, id)).toBe('address_refused')
    expect(await rowOf(id)).toMatchObject({
      state: 'dropped',
      drop_reason: 'address_refused',
      last_error: '550 no such user',
    })
  })

  it('drops the announcement of a charge whose day is over', async () => {
    const { data } = sampleNotices.charge_upcoming
    const past = await queue({ kind: 'charge_upcoming', data: { ...data, due: '2026-11-20' } })
    const ahead = await queue({ kind: 'charge_upcoming', data: { ...data, due: '2026-11-24' } })
    expect(await sendMessage(deps(), past)).toBe('out_of_date')
    expect(await sendMessage(deps(), ahead)).toBe('done')
    expect(handed.map((message) => message.id)).toEqual([ahead])
  })

  it('gets by without an item, a name for it, or the message itself', async () => {
    const asked: string[] = []
    const itemNameOf = async (itemId: string) => void asked.push(itemId)
    const { data } = sampleNotices.order_expired
    const unknown = await queue({ kind: 'order_expired', data: { ...data, itemId: null, otherItems: 0 } })
    const nameless = await queue(sampleNotices.charge_failed)
    expect(
      await sendMessage(deps({ itemNameOf: async (id) => itemNameOf(id).then(() => undefined) }), unknown),
    ).toBe('done')
    expect(asked).toEqual([])
    expect(await sendMessage(deps({ itemNameOf: async () => undefined }), nameless)).toBe('done')
    expect(await sendMessage(deps(), newId())).toBe('done')
    expect(handed).toHaveLength(2)
  })
})

describe('old messages', () => {
  it('are forgotten after a year, younger ones are kept', async () => {
    const old = await queue()
    clock.advance({ hours: 24 * 366 })
    const young = await queue()
    clock.advance({ hours: 1 })
    await runRetention({ db: database.db, clock }, notificationsRetention)
    const left = await notifications(database.db).selectFrom('notifications.message').select('id').execute()
    expect(left.map(({ id }) => id)).toContain(young)
    expect(left.map(({ id }) => id)).not.toContain(old)
    expect(await sendMessage(deps(), old)).toBe('done')
    expect(handed).toEqual([])
  })
})

describe('a letter with a link', () => {
  it('has the link, and nothing that its owner wrote', async () => {
    expect(await sendMessage(deps(), await queue(sampleNotices.account_link))).toBe('done')
    const [letter] = handed
    expect(letter?.text.split('\n')).toContain(LINK)
    expect(letter?.html).toContain(`<a href="${LINK}">`)
    expect(letter?.to).toEqual({ name: '', email: 'sky@example.com' })
    expect(JSON.stringify(letter)).not.toContain('김하늘')
  })

  it('is not written when the link is of no use any more', async () => {
    const gone = deps({ linkAddress: async () => undefined })
    expect(await sendMessage(gone, await queue(sampleNotices.account_link))).toBe('out_of_date')
    expect(handed).toEqual([])
  })
})

describe('an address that nobody has proved', () => {
  const unproved = () => deps({ recipientOf: async () => ({ ...SKY, emailVerified: false }) })

  it('gets no mail but the one that proves it', async () => {
    expect(await sendMessage(unproved(), await queue(sampleNotices.refunded))).toBe('address_unverified')
    expect(handed).toEqual([])
    expect(await sendMessage(unproved(), await queue(sampleNotices.account_link))).toBe('done')
    expect(handed).toHaveLength(1)
  })
})
