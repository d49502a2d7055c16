import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../test/support/database.ts'
import { linkIssued, loginUnlinked } from '../contracts/account-events.ts'
import { holdExpired, holdRequeued, holdShelved } from '../contracts/library/hold-events.ts'
import { loanCancelled, loanDueSoon, loanExpired, loanReturned } from '../contracts/library/loan-events.ts'
import {
  orderDelivered,
  orderExpired,
  orderPaid,
  orderPlaced,
  orderRefunded,
  orderShipped,
} from '../contracts/order-events.ts'
import { paymentMethodRegistered } from '../contracts/payment-events.ts'
import { questionAnswered } from '../contracts/question-events.ts'
import { returnChanged } from '../contracts/return-events.ts'
import { sampleOf } from '../contracts/samples.fixture.ts'
import {
  subscriptionCancelled,
  subscriptionChanged,
  subscriptionChargeUpcoming,
  subscriptionCyclePaid,
  subscriptionCycleSkipped,
  subscriptionDeliveryInDoubt,
  subscriptionPastDue,
  subscriptionPaused,
  subscriptionPriceChangeProposed,
  subscriptionPriceChangeWithdrawn,
  subscriptionResumed,
  subscriptionSkipped,
  subscriptionStarted,
  subscriptionUnskipped,
} from '../contracts/subscription-events.ts'
import { transact } from '../platform/database/database.ts'
import type { NewEvent } from '../platform/events/event.ts'
import { handOver } from '../platform/events/hand-over.fixture.ts'
import { appendEvents, type OutboxRow } from '../platform/events/outbox.ts'
import { type Relay, startRelay } from '../platform/events/relay.ts'
import { newId } from '../platform/ids.ts'
import { type Command, type Commands, startCommands } from '../platform/jobs/commands.ts'
import { until } from '../platform/resilience/poll-until.ts'
import { createLog } from '../platform/telemetry/log.ts'
import { createMetrics } from '../platform/telemetry/metrics.ts'
import { systemClock } from '../platform/time/clock.ts'
import { type SmtpServer, startSmtpServer } from './channels/smtp-server.fixture.ts'
import { createNotifications, notificationsSchema, type Recipient, sendMessageCommand } from './index.ts'
import { notifications } from './tables.ts'
import { type NoticeData, noticeKinds, readNotice } from './wording/notice.ts'

/** Everything real: database, relay, stored commands, a mail server on a socket. */
let database: TestDatabase
let smtp: SmtpServer
let commands: Commands | undefined
let relay: Relay | undefined
const log = createLog('silent')
const metrics = createMetrics()
/** Where links lead that are still good. */
const links = new Map<string, string>()
const sky: Recipient = { email: 'sky@example.com', name: '김하늘', language: 'ko', emailVerified: true }

beforeEach(async () => {
  database = await testDatabase([notificationsSchema])
  smtp = await startSmtpServer()
})
afterEach(async () => {
  await relay?.stop()
  await commands?.stop()
  relay = undefined
  commands = undefined
  await smtp.stop()
  await database.drop()
})

interface Options {
  retryLimit?: number
  recipient?: Recipient | undefined
  enqueue?: (real: Commands['enqueue']) => Commands['enqueue']
  now?: () => Temporal.Instant
}

async function start(options: Options = {}) {
  // One second is the least between two tries of a stored command.
  const command: Command = {
    ...sendMessageCommand,
    retryDelaySeconds: 1,
    retryLimit: options.retryLimit ?? 3,
  }
  const running = await startCommands({ url: database.url, commands: [command], log, metrics, worker: true })
  commands = running
  const { module } = createNotifications({
    db: database.db,
    clock: systemClock,
    log,
    enqueue: options.enqueue ? options.enqueue(running.enqueue) : running.enqueue,
    recipientOf: async () => ('recipient' in options ? options.recipient : sky),
    itemNameOf: async () => '오메가3',
    linkAddress: async (linkId) => links.get(linkId),
    settings: { channel: 'smtp', folder: '/nowhere', from: 'no-reply@shop.example', smtpUrl: smtp.url },
  })
  await running.work(module.handlers ?? [])
  const subscribers = module.subscribers ?? []
  const now = options.now ?? systemClock.now
  relay = startRelay({ db: database.db, url: database.url, subscribers, now, log, pollMs: 100 })
  await relay.ready
  return { running, subscribers, module }
}

const publish = (...events: NewEvent[]) =>
  transact(database.db, (tx) => appendEvents(tx, 'shop', systemClock.now(), events))

const messages = () =>
  notifications(database.db).selectFrom('notifications.message').selectAll().orderBy('id').execute()

const soon = <T>(what: string, condition: () => T | Promise<T>) =>
  until(condition, { deadlineMs: 15_000, everyMs: 20, what })

const settled = (count: number) =>
  soon(`${count} messages settled`, async () => {
    const rows = await messages()
    return rows.length === count && rows.every(({ state }) => state === 'sent' || state === 'dropped') && rows
  })

const delivered = () =>
  soon('all events delivered', async () => {
    const { rows } = await sql<{ left: number }>`
      select (select count(*) from platform.undelivered)
           + (select count(*) from platform.parked_event) as left`.execute(database.db)
    return rows[0]?.left === 0
  })

const customerId = newId()
const at = '2026-11-21T00:05:00Z'
const line = { itemId: newId(), quantity: 2, unitPrice: 12_300, lineTotal: 24_600 }
const other = { itemId: newId(), quantity: 1, unitPrice: 5_000, lineTotal: 5_000 }
const once = [line, other].map((bought) => ({ ...bought, subscription: null }))

const paid = (orderId: string, kind: 'purchase' | 'cycle' = 'purchase') =>
  orderPaid.of(
    orderId,
    2,
    sampleOf(orderPaid, { kind, orderId, customerId, paymentMethodId: null, lines: once }),
  )

const cycle = (subscriptionId: string) => ({
  subscriptionId,
  customerId,
  itemId: line.itemId,
  cycleNo: 2,
  due: '2099-12-21',
  amount: 24_600,
})
const cycleSkipped = (subscriptionId: string, version: number, reason: string) => {
  const { amount: _amount, ...skipped } = cycle(subscriptionId)
  return subscriptionCycleSkipped.of(subscriptionId, version, { ...skipped, reason })
}
const issued = (linkId: string, purpose = 'verify_email') =>
  linkIssued.of(
    linkId,
    1,
    sampleOf(linkIssued, { linkId, accountId: customerId, purpose, expiresAt: '2099-01-01T00:00:00Z' }),
  )
const cyclePaid = (subscriptionId: string, orderId: string) =>
  subscriptionCyclePaid.of(subscriptionId, 5, { ...cycle(subscriptionId), orderId })

const { hold } = sampleOf(holdShelved)
const { loan } = sampleOf(loanReturned)

describe('a system that is told to write letters only later', () => {
  it('writes none about what was before, and all from then on', async () => {
    await publish(paid(newId()), holdShelved.of(newId(), 2, { hold, until: '2099-12-21T09:00:00Z' }))
    // As the processes of the shop have done by then.
    await sql`select platform.carry_events(10)`.execute(database.db)
    await start()
    await publish(paid(newId()))
    expect((await settled(1)).map(({ kind }) => kind)).toEqual(['payment_done'])
    await delivered()
    expect(await messages()).toHaveLength(1)
  })
})

describe('a change of a subscription', () => {
  it('is confirmed, whatever it was', async () => {
    await start()
    const about = { subscriptionId: newId(), customerId, itemId: line.itemId }
    const due = { cycleNo: 3, due: '2099-12-21' }
    const changed = (version: number, change: Parameters<typeof subscriptionChanged.of>[2]['change']) =>
      subscriptionChanged.of(about.subscriptionId, version, { ...about, change, takesEffect: due })
    await publish(
      changed(2, { what: 'quantity', quantity: 3 }),
      changed(3, { what: 'period', period: { unit: 'months', count: 1 } }),
      changed(4, { what: 'receiver' }),
      changed(5, { what: 'payment_method', methodId: newId(), previousMethodId: null }),
      changed(6, { what: 'price', unitPrice: 9_000, previousUnitPrice: 8_000 }),
      subscriptionPriceChangeWithdrawn.of(about.subscriptionId, 7, { ...about, unitPrice: 13_500 }),
      subscriptionSkipped.of(about.subscriptionId, 8, { ...about, ...due }),
      subscriptionUnskipped.of(about.subscriptionId, 9, { ...about, ...due }),
      subscriptionPaused.of(about.subscriptionId, 10, { ...about, from: due.due, until: '2100-01-21' }),
      subscriptionResumed.of(about.subscriptionId, 11, { ...about, next: due }),
    )
    const rows = await settled(10)
    const told = rows.map(({ data }) => {
      const { update, from } = readNotice('subscription_updated', data)
        .data as NoticeData['subscription_updated']
      return [update.what, from]
    })
    expect(told).toEqual([
      ['quantity', due.due],
      ['period', due.due],
      ['receiver', due.due],
      ['payment_method', due.due],
      ['price', due.due],
      ['price_kept', null],
      ['skipped', null],
      ['unskipped', null],
      ['paused', null],
      ['resumed', due.due],
    ])
    // No ids of payment methods in what is kept for the letter.
    expect(JSON.stringify(rows[3]?.data)).not.toContain('methodId')
  })
})

describe('an event', () => {
  it('becomes one mail, also when it is delivered twice', async () => {
    const { subscribers } = await start()
    const orderId = newId()
    await publish(
      orderPlaced.of(orderId, 1, {
        kind: 'purchase',
        orderId,
        orderNumber: '20261121-ABCD',
        customerId,
        total: 29_600,
        placedAt: at,
        expiresAt: at,
        lines: [line, other],
      }),
      paid(orderId),
    )
    const [row] = await settled(1)
    expect(row).toMatchObject({
      kind: 'payment_done',
      recipient_id: customerId,
      state: 'sent',
      language: 'ko',
    })
    expect(row?.data).toMatchObject({ orderNumber: '20261121-ABCD', itemId: line.itemId, otherItems: 1 })

    const { rows } = await sql<OutboxRow>`
      select position, event_id, source, type, subject, subject_version, schema_version, occurred_at, data,
             request_id, traceparent from platform.event order by pending, position`.execute(database.db)
    const again = () => handOver({ db: database.db, now: systemClock.now }, subscribers, rows)
    await again()
    // Even if the inbox had forgotten: the message's own unique key holds.
    await sql`delete from platform.inbox`.execute(database.db)
    await again()
    expect(await messages()).toHaveLength(1)

    const marker = newId()
    await publish(orderExpired.of(marker, 2, { orderId: marker, customerId, expiredAt: at }))
    await settled(2)
    expect(smtp.taken).toHaveLength(2)
    expect(smtp.taken[0]?.to).toEqual(['sky@example.com'])
    expect(smtp.taken[0]?.source).toContain(`<${row?.id}@shop.example>`)
  })

  it('of every kind becomes a message of its kind', async () => {
    await start()
    const linkId = newId()
    links.set(linkId, 'https://shop.example/verify-email?token=abc')
    const [orderId, returnId, questionId] = [newId(), newId(), newId()]
    const of = () => ({ subscriptionId: newId(), customerId, itemId: line.itemId })
    const ids = Array.from({ length: 6 }, of)
    const [started, upcoming, charged, failed, cancelled, priced] = ids
    if (!started || !upcoming || !charged || !failed || !cancelled || !priced) throw new Error('six ids')
    const period = { unit: 'days' as const, count: 30 }
    await publish(
      paid(orderId),
      orderRefunded.of(orderId, 3, {
        orderId,
        customerId,
        amount: 29_600,
        full: true,
        refundedAt: at,
        lines: [line],
      }),
      orderExpired.of(newId(), 2, { orderId: newId(), customerId, expiredAt: at }),
      subscriptionStarted.of(started.subscriptionId, 1, {
        ...started,
        orderId: newId(),
        methodId: null,
        quantity: 2,
        unitPrice: 12_300,
        period,
        anchor: '2026-11-21',
      }),
      subscriptionChargeUpcoming.of(upcoming.subscriptionId, 2, cycle(upcoming.subscriptionId)),
      subscriptionDeliveryInDoubt.of(newId(), 2, {
        subscriptionId: newId(),
        customerId,
        itemId: newId(),
        cycleNo: 2,
        due: '2099-12-21',
        ifNotSold: 'wait',
      }),
      cyclePaid(charged.subscriptionId, newId()),
      cycleSkipped(newId(), 2, 'out_of_stock'),
      subscriptionPastDue.of(failed.subscriptionId, 2, {
        ...cycle(failed.subscriptionId),
        waitingFor: 'new_method',
        until: at,
        tokenDead: true,
      }),
      subscriptionCancelled.of(cancelled.subscriptionId, 9, {
        ...cancelled,
        methodId: null,
        reason: 'customer_wish',
        by: 'customer',
        at,
      }),
      subscriptionPriceChangeProposed.of(priced.subscriptionId, 2, { ...priced, unitPrice: 13_500 }),
      subscriptionPaused.of(priced.subscriptionId, 3, { ...priced, from: '2099-12-21', until: null }),
      orderShipped.of(orderId, 4, {
        orderId,
        customerId,
        carrier: 'CJ',
        trackingNumber: '688900123456',
        shippedAt: at,
        lines: [{ lineNo: 2, ...other }],
        complete: false,
      }),
      orderDelivered.of(orderId, 5, {
        orderId,
        customerId,
        deliveredAt: at,
        lines: [{ lineNo: 2, ...other }],
        complete: false,
      }),
      // Counted with what was sent long ago: no news.
      orderDelivered.of(orderId, 7, {
        orderId,
        customerId,
        deliveredAt: '2020-01-01T00:00:00Z',
        lines: [{ lineNo: 2, ...other }],
        complete: true,
        by: 'counted',
      }),
      // The customer said so: it is told to nobody.
      orderDelivered.of(orderId, 6, {
        orderId,
        customerId,
        deliveredAt: at,
        lines: [{ lineNo: 2, ...other }],
        complete: true,
        by: 'customer',
      }),
      ...(['requested', 'cancelled', 'refunded'] as const).map((state, n) =>
        returnChanged.of(returnId, n + 1, {
          returnId,
          orderId,
          customerId,
          kind: 'return',
          state,
          lines: [{ lineNo: 2, ...other }],
          parcelFee: 3_000,
          reason: null,
          carrier: null,
          trackingNumber: null,
          at,
        }),
      ),
      ...[1, 2].map((answerNo) =>
        questionAnswered.of(questionId, answerNo + 1, {
          questionId,
          itemId: line.itemId,
          askerId: customerId,
          isPrivate: true,
          answerNo,
        }),
      ),
      holdShelved.of(hold.holdId, 2, { hold, until: '2099-12-21T09:00:00Z' }),
      holdExpired.of(hold.holdId, 3, { hold }),
      holdRequeued.of(hold.holdId, 4, { hold }),
      loanDueSoon.of(loan.loanId, 3, { loan, copies: 2 }),
      loanExpired.of(loan.loanId, 4, { loan, copies: 2 }),
      loanReturned.of(loan.loanId, 5, {
        loan,
        returnNo: 1,
        returned: 1,
        lateDays: 7,
        fee: 500,
        effectiveAt: at,
      }),
      issued(linkId),
      paymentMethodRegistered.of(newId(), 1, {
        paymentMethodId: newId(),
        customerId,
        provider: 'kakaopay',
      }),
      loanCancelled.of(newId(), 2, { loan, reason: 'out_of_stock' }),
      loginUnlinked.of(customerId, 1, {
        accountId: customerId,
        provider: 'kakao',
        lastWayIn: true,
        unlinkedAt: at,
      }),
    )
    const rows = await settled(noticeKinds.length)
    expect(rows.map(({ kind }) => kind).sort()).toEqual([...noticeKinds].sort())
    expect(rows.filter(({ state }) => state !== 'sent')).toEqual([])
    expect(smtp.taken).toHaveLength(noticeKinds.length)
    const dataOf = (kind: string) => rows.find((row) => row.kind === kind)?.data
    expect(dataOf('subscription_started')).toMatchObject({ needsMethod: true, quantity: 2, period })
    expect(dataOf('charge_failed')).toMatchObject({ waitingFor: 'new_method', until: at })
    expect(dataOf('delivery_skipped')).toMatchObject({
      cycleNo: 2,
      due: '2099-12-21',
      reason: 'out_of_stock',
    })
    // Whoever cancelled knows, and money is told by the order.
    expect(dataOf('return_news')).toMatchObject({ news: 'requested', itemId: other.itemId, parcelFee: 3_000 })
    // A parcel is told by what is in it.
    expect(dataOf('order_shipped')).toMatchObject({ itemId: other.itemId, otherItems: 0, carrier: 'CJ' })
    expect(rows.find(({ kind }) => kind === 'loan_returned')).toMatchObject({
      recipient_id: loan.patronId,
      item_name: '토지',
      data: { out: loan.out, returned: 1, fee: 500 },
    })
    // Placed before anybody listened: what the event itself says is used.
    expect(dataOf('payment_done')).toMatchObject({ orderNumber: null, itemId: line.itemId, otherItems: 1 })
    expect(dataOf('order_expired')).toMatchObject({ orderNumber: null, itemId: null, otherItems: 0 })
  })

  it('whose handling fails leaves nothing behind and is handled again', async () => {
    let failures = 0
    let hours = 0
    await start({
      enqueue: (real) => async (tx, command, data, more) => {
        if (failures++ < 2) throw new Error('the process died here')
        await real(tx, command, data, more)
      },
      // Every look at the clock is an hour later, so retries come due at once.
      now: () => systemClock.now().add({ hours: hours++ }),
    })
    await publish(paid(newId()))
    const rows = await settled(1)
    expect(failures).toBe(3)
    expect(rows[0]).toMatchObject({ state: 'sent', attempts: 1 })
    expect(smtp.taken).toHaveLength(1)
  })

  it('for somebody who has withdrawn is dropped with that reason', async () => {
    await start({ recipient: undefined })
    await publish(paid(newId()))
    const rows = await settled(1)
    expect(rows[0]).toMatchObject({ state: 'dropped', drop_reason: 'recipient_gone', sent_at: null })
    expect(smtp.connections()).toBe(0)
  })
})

describe('the payment of a cycle', () => {
  it('is told once, although its order and its subscription both have news of it', async () => {
    await start()
    const [order, subscription] = [newId(), newId()]
    await publish(paid(order, 'cycle'), cyclePaid(subscription, order))
    await delivered()
    expect((await settled(1)).map(({ kind }) => kind)).toEqual(['charged'])
  })

  it('that is the first is told as the purchase it was', async () => {
    await start()
    const [order, subscription] = [newId(), newId()]
    await publish(
      paid(order),
      subscriptionCyclePaid.of(subscription, 2, { ...cycle(subscription), cycleNo: 1, orderId: order }),
    )
    await delivered()
    expect((await settled(1)).map(({ kind }) => kind)).toEqual(['payment_done'])
  })
})

describe('a delivery left out', () => {
  it('is told when it was sold out or missed, not when the customer wanted it so', async () => {
    await start()
    const subscription = newId()
    const reasons = ['customer', 'out_of_stock', 'paused', 'missed', 'cancelled']
    await publish(...reasons.map((reason, i) => cycleSkipped(subscription, i + 2, reason)))
    await delivered()
    const rows = await settled(2)
    expect(rows.map(({ kind, data }) => [kind, data])).toEqual([
      ['delivery_skipped', expect.objectContaining({ subscriptionId: subscription, reason: 'out_of_stock' })],
      ['delivery_skipped', expect.objectContaining({ subscriptionId: subscription, reason: 'missed' })],
    ])
  })

  it('because its item is no longer sold is told once, with the end of the subscription', async () => {
    await start()
    const subscription = newId()
    const ended = { methodId: null, reason: 'item_discontinued', by: 'system', at } as const
    await publish(
      cycleSkipped(subscription, 2, 'cancelled'),
      subscriptionCancelled.of(subscription, 3, {
        subscriptionId: subscription,
        customerId,
        itemId: line.itemId,
        ...ended,
      }),
    )
    await delivered()
    const rows = await settled(1)
    expect(rows.map(({ kind }) => kind)).toEqual(['subscription_cancelled'])
    expect(rows[0]?.data).toMatchObject({ reason: 'item_discontinued' })
  })
})

describe('a link to prove an address', () => {
  it('goes by mail, and stands nowhere else', async () => {
    await start()
    const linkId = newId()
    const address = 'https://shop.example/verify-email?token=abc-DEF_1'
    links.set(linkId, address)
    await publish(issued(linkId))
    const [message] = await settled(1)
    expect(message).toMatchObject({ kind: 'account_link', state: 'sent', recipient_id: customerId })
    expect(JSON.stringify(message)).not.toContain('abc-DEF_1')
    expect(smtp.taken.map(({ to }) => to)).toEqual([['sky@example.com']])
  })

  it('is not sent when it is of no use any more, nor when only a newer version knows what it is for', async () => {
    await start()
    await publish(issued(newId()), issued(newId(), 'fly_to_the_moon'))
    await delivered()
    expect(await settled(1)).toMatchObject([{ state: 'dropped', drop_reason: 'out_of_date' }])
    expect(smtp.taken).toEqual([])
  })
})

describe('a mail server that fails', () => {
  it('for a while only delays the mail', async () => {
    await start()
    smtp.answer('MAIL', '451 not now')
    await publish(paid(newId()))
    const rows = await settled(1)
    expect(rows[0]).toMatchObject({ state: 'sent', attempts: 2, last_error: null })
    expect(smtp.taken).toHaveLength(1)
  })

  it('for good makes a dead letter without personal data, and its replay sends the mail', async () => {
    const { running } = await start({ retryLimit: 0 })
    smtp.answer('RCPT', '451 <sky@example.com> not now')
    await publish(paid(newId()))
    const dead = await soon('a dead letter', async () => (await running.listDead(10))[0])
    const [waiting] = await messages()
    expect(dead).toMatchObject({ command: 'notifications.send', data: { messageId: waiting?.id } })
    expect(waiting).toMatchObject({ state: 'queued', last_error: expect.stringContaining('451') })
    expect(JSON.stringify([dead, waiting])).not.toContain('sky@')
    expect(await running.replay(dead.id)).toBe(true)
    await settled(1)
    expect(smtp.taken).toHaveLength(1)
  })
})

describe('the module', () => {
  it('counts what waits', async () => {
    const { module } = await start({ enqueue: () => async () => {} })
    const own = createMetrics()
    module.metrics?.(own)
    await publish(paid(newId()), paid(newId()))
    await delivered()
    expect(await own.registry.metrics()).toMatch(/^notifications_waiting 2$/m)
  })
})
