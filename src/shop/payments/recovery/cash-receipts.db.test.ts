import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { fingerprintOf } from '../../../platform/http/idempotency.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { refundOrder } from '../flows/refund-order.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { ProviderPayment } from '../provider.ts'
import { paymentsRetention, unsettledOf } from '../retention.ts'
import { LOOK_DELAYS_SECONDS } from '../rules/look.ts'
import { sendCashReceipt } from '../sending/send-cash-receipt.ts'
import { receiptsInReview } from '../store/receipt-store.ts'
import { declined, gate, invalid, scriptedProvider, timeout } from '../testing-provider.ts'
import { sweepCashReceipts } from './sweep-cash-receipts.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const PERSONAL = { use: 'deduction', number: '010-1234-5678' } as const
const DIGITS = '01012345678'

function shop(by: ProviderPayment['cashReceiptBy'] = 'us') {
  const played = scriptedProvider('toss')
  played.receipts.by = by
  const here = shopOf(world, world.depsWith(played.provider))
  const sweep = () => sweepCashReceipts(here.deps)
  const later = (duration: Temporal.DurationLike) => {
    world.clock.advance(duration)
    return sweep()
  }
  const giveBack = async (order: string, amount: number, taxFree = 0) => {
    const part = { amount: won(amount), taxFree: won(taxFree) }
    const refund = { orderId: order, part, reason: '부분 환불', requestedBy: 'system' }
    const asked = await transact(world.db, (tx) => refundOrder(here.deps, tx, refund))
    if (asked.kind === 'refused') throw new Error(asked.code)
    await here.work()
  }
  const receipt = async (id: string) => (await here.read(id)).receipt
  return { ...played, ...here, sweep, later, giveBack, receipt }
}

describe('after the payment', () => {
  it('out of an account: issued once to the number that was asked for, which is forgotten then', async () => {
    const { paid, sweep, receipt, receipts, events } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    const due = await receipt(attempt.id)
    expect(due).toMatchObject({ state: 'due', target: 21_000, standing: 0, shown: '010-****-5678' })
    expect(due?.number).not.toContain(DIGITS)
    await sweep()
    await sweep()
    const deed = { kind: 'issue', merchantRef: attempt.id, amount: 21_000, taxFree: 0, number: DIGITS }
    expect(receipts.deeds).toEqual([deed])
    expect(await receipt(attempt.id)).toMatchObject({
      state: 'settled',
      standing: 21_000,
      number: null,
      receipt_key: `R-${attempt.id}`,
      issue_number: '000000001',
    })
    expect(JSON.stringify(await events(attempt.id))).not.toContain(DIGITS)
    const { rows } = await sql<{ step: string }>`
      select step from payments.history where attempt_id = ${attempt.id} and step like 'cash%' order by id`.execute(
      world.db,
    )
    expect(rows.map(({ step }) => step)).toEqual([
      'cash receipt due',
      'cash receipt sent',
      'cash receipt settled',
    ])
  })

  it('by card: none, whatever was asked for; by the provider’s own money: the provider’s', async () => {
    const card = shop('nobody')
    const { attempt } = await card.paid(210_000, { receipt: PERSONAL })
    expect(await card.receipt(attempt.id)).toMatchObject({ state: 'not_due', number: null })
    expect(await card.receipt((await card.paid(210_000)).attempt.id)).toBeUndefined()
    const money = shop('provider')
    const own = await money.paid(21_000)
    expect(await money.receipt(own.attempt.id)).toMatchObject({ state: 'by_provider', shown: null })
    const asked = await money.paid(21_000, { receipt: PERSONAL })
    expect(await money.receipt(asked.attempt.id)).toMatchObject({ state: 'by_provider', number: null })
    await money.sweep()
    await card.sweep()
    expect([...card.receipts.deeds, ...money.receipts.deeds]).toEqual([])
  })

  it('nobody was named: from 100,000 won on to the tax office’s number, below that none', async () => {
    const { paid, sweep, receipt, receipts } = shop()
    const small = await paid(99_000)
    const { attempt } = await paid(100_000)
    await sweep()
    expect(await receipt(small.attempt.id)).toBeUndefined()
    expect(receipts.deeds).toMatchObject([{ merchantRef: attempt.id, number: '0100001234' }])
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', self_issued: true, use: 'deduction' })
  })

  it('asked again with another number: the last one counts; unpaid: forgotten', async () => {
    const { place, begin, back, close, sweep, receipt, receipts } = shop()
    const order = await place()
    const first = await begin(order, newId(), 'toss', PERSONAL)
    const again = await begin(order, newId(), 'toss', { use: 'expenditure', number: '123-45-67891' })
    if ('kind' in first || 'kind' in again) throw new Error('not begun')
    expect(again.id).toBe(first.id)
    await back(again)
    await sweep()
    expect(receipts.deeds).toMatchObject([{ number: '1234567891' }])
    const left = await place()
    const unpaid = await begin(left, newId(), 'toss', PERSONAL)
    if ('kind' in unpaid) throw new Error('not begun')
    await close(left.id)
    expect(await receipt(unpaid.id)).toBeUndefined()
    const wrong = await begin(await place(), newId(), 'toss', { use: 'expenditure', number: '1' })
    expect(wrong).toMatchObject({ code: 'invalid_request' })
  })

  it('the number is in no hash that could be tried; another one under the same key is another request', async () => {
    const { place, begin } = shop()
    const [order, key] = [await place(), newId()]
    const first = await begin(order, key, 'toss', PERSONAL)
    const { rows } = await sql<{ fingerprint: string }>`
      select fingerprint from platform.idempotency_key where key = ${key}`.execute(world.db)
    const cashReceipt = { use: 'deduction', number: DIGITS }
    const body = { orderId: order.id, provider: 'toss', device: 'pc', cashReceipt }
    expect(rows).toEqual([{ fingerprint: expect.stringMatching(/^.{43}$/) }])
    expect(rows).not.toEqual([{ fingerprint: fingerprintOf(body) }])
    const again = await begin(order, key, 'toss', { use: 'deduction', number: '010 1234 5678' })
    expect(again).toMatchObject({ id: 'kind' in first ? 'not begun' : first.id })
    const other = await begin(order, key, 'toss', { use: 'deduction', number: '010-9876-5678' })
    expect(other).toMatchObject({ code: 'idempotency_key_reused' })
  })

  it('too late for the order: the money goes back, and nothing is issued', async () => {
    const { place, begun, back, script, close, sweep, receipt, receipts, pass, work } = shop()
    const order = await place(210_000)
    script.complete.push({ answer: timeout })
    const attempt = await begun(order, PERSONAL)
    await back(attempt)
    await sql`update testing.purchase set state = 'closed' where id = ${order.id}`.execute(world.db)
    await pass({ seconds: 15 })
    await work()
    await sweep()
    expect(await close(order.id)).toBe('none')
    expect(await receipt(attempt.id)).toBeUndefined()
    expect(receipts.deeds).toEqual([])
  })
})

describe('money that goes back', () => {
  it('takes the receipt back in the same parts', async () => {
    const { paid, sweep, giveBack, receipt, receipts } = shop()
    const { attempt, order } = await paid(21_000, { receipt: PERSONAL })
    await sweep()
    await giveBack(order.id, 5_000)
    expect(await receipt(attempt.id)).toMatchObject({ state: 'due', target: 16_000, standing: 21_000 })
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 16_000 })
    await giveBack(order.id, 16_000)
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 0, target: 0 })
    expect(receipts.deeds.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['issue', 21_000],
      ['cancel', 5_000],
      ['cancel', 16_000],
    ])
  })

  it('of what is partly tax-free, the tax-free part goes along', async () => {
    const { paid, sweep, giveBack, receipts } = shop()
    const { attempt, order } = await paid(21_000, { taxFree: 10_000, receipt: PERSONAL })
    await giveBack(order.id, 2_000, 1_500)
    await sweep()
    expect(receipts.deeds).toMatchObject([{ merchantRef: attempt.id, amount: 19_000, taxFree: 8_500 }])
  })

  it('before it was issued: less is issued, or nothing', async () => {
    const { paid, sweep, giveBack, receipt, receipts } = shop()
    const part = await paid(21_000, { receipt: PERSONAL })
    const whole = await paid(21_000, { receipt: PERSONAL })
    await giveBack(part.order.id, 1_000)
    await giveBack(whole.order.id, 21_000)
    await sweep()
    expect(receipts.deeds).toMatchObject([{ merchantRef: part.attempt.id, amount: 20_000 }])
    expect(await receipt(whole.attempt.id)).toMatchObject({ state: 'settled', standing: 0, number: null })
  })

  it('while it is being issued: corrected afterwards', async () => {
    const { paid, sweep, giveBack, receipt, receipts, script } = shop()
    const { opened, open } = gate()
    const { attempt, order } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ answerAfter: opened })
    const sending = sweep()
    await until(() => receipts.deeds.length === 1, { deadlineMs: 5_000, what: 'the deed' })
    await giveBack(order.id, 21_000)
    open()
    await sending
    expect(await receipt(attempt.id)).toMatchObject({ state: 'due', standing: 21_000, target: 0 })
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 0 })
  })
})

describe('issued once, whatever happens', () => {
  it('ten sweeps at once', async () => {
    const { paid, sweep, deps, receipts } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    await Promise.all([
      ...Array.from({ length: 5 }, () => sweep()),
      ...Array.from({ length: 5 }, () => sendCashReceipt(deps, attempt.id)),
    ])
    expect(receipts.deeds).toHaveLength(1)
  })

  it('the answer is lost: looked up, not sent again', async () => {
    const { paid, sweep, later, receipt, receipts, script } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ answer: timeout })
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'unknown', receipt_key: null })
    await later({ seconds: 15 })
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 21_000, number: null })
    expect(receipts.deeds).toHaveLength(1)
  })

  it('the process dies between call and answer: its lease ends, and a look-up settles it', async () => {
    const { paid, sweep, later, deps, receipt, receipts, script } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    // It never hears the answer.
    script.receipt.push({ answerAfter: new Promise(() => {}) })
    void sendCashReceipt(deps, attempt.id)
    await until(() => receipts.deeds.length === 1, { deadlineMs: 5_000, what: 'the deed' })
    await later({ seconds: 15 })
    expect((await receipt(attempt.id))?.state).toBe('sent')
    await later({ seconds: 10 })
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 21_000 })
    await sweep()
    expect(receipts.deeds).toHaveLength(1)
  })

  it('never arrived: sent again under the same number once it was not seen several times', async () => {
    const { paid, sweep, later, receipt, receipts, script } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ effect: false, answer: timeout })
    await sweep()
    for (const seconds of [15, 40, 150]) await later({ seconds })
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', deed_no: 1, send_no: 2 })
    expect(receipts.deeds).toHaveLength(1)
  })

  it('an answer that comes after the lease still counts', async () => {
    const { paid, later, deps, receipt, script, receipts } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    const { opened, open } = gate()
    script.receipt.push({ answerAfter: opened })
    const sending = sendCashReceipt(deps, attempt.id)
    await until(() => receipts.deeds.length === 1, { deadlineMs: 5_000, what: 'the deed' })
    script.receiptLookup.push({ kind: 'in_progress' })
    await later({ seconds: 25 })
    expect((await receipt(attempt.id))?.state).toBe('unknown')
    open()
    await sending
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 21_000 })
  })

  it('could not be sent: sent when the provider is back', async () => {
    const { paid, sweep, later, receipt, receipts, outage } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    outage('refusing')
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'due', deed: 'issue', deed_no: 1 })
    outage('none')
    await later({ seconds: 5 })
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', deed_no: 1 })
    expect(receipts.deeds).toHaveLength(1)
  })

  it('the database does not let a second one be begun', async () => {
    const { paid, sweep } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    await sweep()
    const again = sql`
      update payments.cash_receipt set state = 'due', deed = 'issue', deed_amount = 1, next_look_at = now()
      where attempt_id = ${attempt.id}`
    await expect(again.execute(world.db)).rejects.toThrow(/check/)
    const other = sql`
      insert into payments.cash_receipt (attempt_id, state, created_at, updated_at)
      values (${attempt.id}, 'by_provider', now(), now())`
    await expect(other.execute(world.db)).rejects.toThrow(/duplicate/)
  })
})

describe('what the provider refuses', () => {
  it('waits for a person, and is counted', async () => {
    const { paid, sweep, receipt, script, deps } = shop()
    const before = await receiptsInReview(world.db)
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ effect: false, answer: { ...declined, retry: 'final' } })
    await sweep()
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({
      state: 'refused',
      deed: null,
      problem_code: '-780:LACK_BALANCE',
    })
    expect(await receiptsInReview(deps.db)).toBe(before + 1)
  })

  it('only for now: sent anew under a number of its own, later and later', async () => {
    const { paid, sweep, later, receipt, receipts, script } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ effect: false, answer: declined }, { effect: false, answer: declined })
    await sweep()
    const waiting = { state: 'due', deed: null, refusals: 1, problem_code: '-780:LACK_BALANCE' }
    expect(await receipt(attempt.id)).toMatchObject(waiting)
    await later({ minutes: 9 })
    expect(await receipt(attempt.id)).toMatchObject({ send_no: 1 })
    await later({ minutes: 2 })
    expect(await receipt(attempt.id)).toMatchObject({ state: 'due', refusals: 2, deed_no: 2 })
    await later({ minutes: 61 })
    expect(await receipt(attempt.id)).toMatchObject({
      state: 'settled',
      standing: 21_000,
      deed_no: 3,
      refusals: 0,
      problem_code: null,
    })
    expect(receipts.deeds).toHaveLength(1)
  })

  it('again and again for now: a person is asked in the end', async () => {
    const { paid, sweep, later, receipt, script } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    for (let time = 0; time < 6; time += 1) script.receipt.push({ effect: false, answer: declined })
    await sweep()
    for (let day = 0; day < 5; day += 1) await later({ hours: 25 })
    expect(await receipt(attempt.id)).toMatchObject({ state: 'refused', deed: null, send_no: 6 })
    await later({ hours: 25 })
    expect(await receipt(attempt.id)).toMatchObject({ state: 'refused', send_no: 6 })
  })

  it('given back whole meanwhile: there is nothing left to issue', async () => {
    const { paid, sweep, giveBack, receipt, receipts, script } = shop()
    const { attempt, order } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ effect: false, answer: invalid })
    await sweep()
    await giveBack(order.id, 21_000)
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 0, number: null })
    expect(receipts.deeds).toEqual([])
  })

  it('after an earlier sending in doubt: believed only by looking', async () => {
    const { paid, sweep, later, receipt, script } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ answer: timeout }, { effect: false, answer: declined })
    script.receiptLookup.push({ kind: 'not_found' }, { kind: 'not_found' }, { kind: 'not_found' })
    await sweep()
    for (const seconds of [15, 40, 150]) await later({ seconds })
    expect((await receipt(attempt.id))?.state).toBe('due')
    await sweep()
    expect((await receipt(attempt.id))?.state).toBe('unknown')
    await later({ minutes: 10 })
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 21_000 })
  })

  it('stays in doubt: a person is asked in the end, and the deed keeps its number', async () => {
    const { paid, sweep, later, receipt, script } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ effect: false, answer: timeout })
    await sweep()
    // A provider that is not there uses no look up.
    script.receiptLookup.push({ kind: 'not_asked', reason: 'refused' })
    await later({ seconds: 15 })
    expect(await receipt(attempt.id)).toMatchObject({ state: 'unknown', looks: 0 })
    for (const seconds of LOOK_DELAYS_SECONDS) {
      script.receiptLookup.push({ kind: 'no_answer', reason: 'timeout' })
      await later({ seconds: Math.ceil(seconds * 1.3) + 31 })
    }
    expect(await receipt(attempt.id)).toMatchObject({
      state: 'refused',
      problem_code: 'stays_unknown',
      deed: 'issue',
      deed_no: 1,
    })
  })
})

describe('what is kept', () => {
  it('a payment whose receipt is not over is not forgotten, nor its order; then the number shown goes', async () => {
    const { paid, sweep, receipt, script } = shop()
    const { attempt, order } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ answer: timeout })
    await sweep()
    await sql`delete from testing.purchase where id = ${order.id}`.execute(world.db)
    const [rule] = paymentsRetention({ stillKept: async () => [] })
    if (!rule) throw new Error('no rule')
    const before = world.clock.now().add({ hours: 24 * 400 })
    const due = () => rule.due(world.db, { before, limit: 1_000, after: null, lock: false })
    expect((await due()).ids).not.toContain(attempt.id)
    expect(await unsettledOf(world.db, [order.id])).toEqual([order.id])
    world.clock.advance({ seconds: 15 })
    await sweep()
    expect(await unsettledOf(world.db, [order.id])).toEqual([])
    expect((await due()).ids).toContain(attempt.id)
    await transact(world.db, (tx) => rule.clear(tx, [attempt.id], before))
    expect(await receipt(attempt.id)).toMatchObject({ shown: null, url: null, standing: 21_000 })
  })
})
