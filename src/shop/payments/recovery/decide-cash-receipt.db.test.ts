import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../../platform/audit/audit.ts'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { won } from '../../../platform/money.ts'
import { refundOrder } from '../flows/refund-order.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import type { LookupResult } from '../provider.ts'
import { unsettledOf } from '../retention.ts'
import { LOOK_DELAYS_SECONDS } from '../rules/look.ts'
import { receiptsInReview } from '../store/receipt-store.ts'
import { declined, scriptedProvider, timeout } from '../testing-provider.ts'
import { giveUpReceipt, sendReceiptAgain } from './decide-cash-receipt.ts'
import { decideUnknown } from './decide-unknown.ts'
import { sweepCashReceipts } from './sweep-cash-receipts.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 30 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const PERSONAL = { use: 'deduction', number: '010-1234-5678' } as const
const REFUSED = { ...declined, retry: 'final' } as const
const operatorId = newId()

function shop() {
  const played = scriptedProvider('toss')
  played.receipts.by = 'us'
  const here = shopOf(world, world.depsWith(played.provider))
  const sweep = () => sweepCashReceipts(here.deps)
  const decision = (paymentId: string) => ({ paymentId, reason: '고객이 번호를 고쳐 주었음', operatorId })
  const later = (seconds: number) => {
    world.clock.advance({ seconds })
    return sweep()
  }
  const giveBack = async (orderId: string, amount: number) => {
    const part = { amount: won(amount), taxFree: won(0) }
    const refund = { orderId, part, reason: '부분 환불', requestedBy: 'system' }
    const asked = await transact(world.db, (tx) => refundOrder(here.deps, tx, refund))
    if (asked.kind === 'refused') throw new Error(asked.code)
    await here.work()
  }
  const again = (id: string, cashReceipt?: { use: 'deduction' | 'expenditure'; number: string }) =>
    sendReceiptAgain(here.deps, { ...decision(id), cashReceipt })
  const giveUp = (id: string) => giveUpReceipt(here.deps, decision(id))
  const receipt = async (id: string) => (await here.read(id)).receipt
  const refusedOne = async () => {
    const bought = await here.paid(21_000, { receipt: PERSONAL })
    played.script.receipt.push({ effect: false, answer: REFUSED })
    await sweep()
    expect((await receipt(bought.attempt.id))?.state).toBe('refused')
    return bought
  }
  return { ...played, ...here, sweep, later, giveBack, again, giveUp, receipt, refusedOne }
}

describe('sent again', () => {
  it('to a corrected number: issued once, written down without the number', async () => {
    const { refusedOne, again, sweep, receipt, receipts } = shop()
    const { attempt } = await refusedOne()
    expect(await again(attempt.id, { use: 'expenditure', number: '123-45-67890' })).toMatchObject({
      code: 'invalid_request',
    })
    const wish = { use: 'expenditure', number: '123-45-67891' } as const
    expect(await again(attempt.id, wish)).toMatchObject({ state: 'due', shown: '123-**-*7891' })
    await sweep()
    await sweep()
    expect(receipts.deeds).toMatchObject([{ kind: 'issue', amount: 21_000, number: '1234567891' }])
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', deed_no: 2, problem_code: null })
    const [entry] = await readAudit(world.db, { subjectId: attempt.id, limit: 1 })
    expect(entry).toMatchObject({
      actor_id: operatorId,
      action: 'cash_receipt.sent_again',
      before: { use: 'deduction', number: '010-****-5678', problem: '-780:LACK_BALANCE' },
      after: { state: 'due', use: 'expenditure', number: '123-**-*7891' },
    })
    expect(JSON.stringify(entry)).not.toContain('1234567891')
  })

  it('by ten people at once, while another gives it up: one of them decides', async () => {
    const { refusedOne, again, giveUp, sweep, receipt, receipts } = shop()
    const { attempt } = await refusedOne()
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => again(attempt.id)),
      giveUp(attempt.id),
    ])
    expect(answers.filter((answer) => !('code' in answer))).toHaveLength(1)
    expect(
      answers.filter((answer) => 'code' in answer && answer.code === 'cash_receipt_not_refused'),
    ).toHaveLength(10)
    expect(await readAudit(world.db, { subjectId: attempt.id, limit: 20 })).toHaveLength(1)
    await sweep()
    expect(receipts.deeds).toHaveLength((await receipt(attempt.id))?.state === 'settled' ? 1 : 0)
  })

  it('what may have been done is looked up first and keeps its number', async () => {
    const { paid, again, sweep, later, receipt, receipts, script } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    // It was issued, and nobody ever learnt of it.
    script.receipt.push({ answer: timeout })
    await sweep()
    for (const seconds of LOOK_DELAYS_SECONDS) {
      script.receiptLookup.push({ kind: 'no_answer', reason: 'timeout' })
      await later(Math.ceil(seconds * 1.3) + 31)
    }
    expect(await receipt(attempt.id)).toMatchObject({ state: 'refused', problem_code: 'stays_unknown' })
    expect(await again(attempt.id, PERSONAL)).toMatchObject({ code: 'cash_receipt_number_fixed' })
    expect(await again(attempt.id)).toMatchObject({ state: 'unknown' })
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 21_000, deed_no: 1 })
    expect(receipts.deeds).toHaveLength(1)
  })

  it('one that stands for another amount is never issued a second time', async () => {
    const { paid, again, sweep, later, receipt, receipts, script } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    script.receipt.push({ answer: timeout })
    const other = {
      kind: 'found',
      standing: won(20_000),
      receipt: { key: 'R', issueNumber: '1', url: undefined },
    } as const
    script.receiptLookup.push(other, other)
    await sweep()
    await later(15)
    expect(await receipt(attempt.id)).toMatchObject({ state: 'refused', problem_code: 'unexpected_amount' })
    await again(attempt.id)
    await sweep()
    expect((await receipt(attempt.id))?.state).toBe('refused')
    // Somebody has put it right in the provider's console.
    await again(attempt.id)
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 21_000 })
    expect(receipts.deeds).toHaveLength(1)
  })

  it('what does not wait for a person is left alone', async () => {
    const { paid, again, giveUp, sweep, receipts } = shop()
    const { attempt } = await paid(21_000, { receipt: PERSONAL })
    const none = await paid(21_000)
    await sweep()
    for (const { id } of [attempt, none.attempt]) {
      expect(await again(id)).toMatchObject({ code: 'cash_receipt_not_refused' })
      expect(await giveUp(id)).toMatchObject({ code: 'cash_receipt_not_refused' })
    }
    expect(await again(newId())).toMatchObject({ code: 'not_found' })
    expect(receipts.deeds).toHaveLength(1)
  })
})

describe('given up', () => {
  it('ends the alarm, forgets the number, and is final', async () => {
    const { refusedOne, again, giveUp, giveBack, sweep, receipt, receipts } = shop()
    const { attempt, order } = await refusedOne()
    const before = await receiptsInReview(world.db)
    expect(await giveUp(attempt.id)).toMatchObject({ state: 'given_up', number: null })
    expect(await receiptsInReview(world.db)).toBe(before - 1)
    expect(await unsettledOf(world.db, [order.id])).toEqual([])
    expect(await again(attempt.id)).toMatchObject({ code: 'cash_receipt_not_refused' })
    await giveBack(order.id, 1_000)
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'given_up', target: 20_000 })
    expect(receipts.deeds).toEqual([])
    const [entry] = await readAudit(world.db, { subjectId: attempt.id, limit: 1 })
    expect(entry).toMatchObject({ action: 'cash_receipt.given_up', reason: '고객이 번호를 고쳐 주었음' })
  })

  it('although it stands: money that goes back brings it before a person again', async () => {
    const { paid, again, giveUp, giveBack, sweep, receipt, script } = shop()
    const { attempt, order } = await paid(21_000, { receipt: PERSONAL })
    await sweep()
    script.receiptCancel.push({ effect: false, answer: REFUSED })
    await giveBack(order.id, 1_000)
    await sweep()
    await giveUp(attempt.id)
    await giveBack(order.id, 2_000)
    expect(await receipt(attempt.id)).toMatchObject({ state: 'refused', target: 18_000, standing: 21_000 })
    await again(attempt.id)
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: 18_000 })
  })
})

describe('a payment that a person settles as charged', () => {
  async function decided(found: LookupResult | undefined, by: 'us' | 'nobody') {
    const here = shop()
    here.receipts.by = by
    here.script.complete.push({ answer: timeout })
    const attempt = await here.begun(await here.place(), PERSONAL)
    await here.back(attempt)
    if (found) here.script.lookup.push(found)
    const decision = {
      attemptId: attempt.id,
      outcome: 'charged',
      evidence: '콘솔에서 확인',
      operatorId,
    } as const
    expect(await decideUnknown(here.deps, decision)).toMatchObject({ state: 'succeeded' })
    await here.sweep()
    return { ...here, attempt, is: await here.receipt(attempt.id) }
  }

  it('gets its receipt like any other, when the provider says how it was paid', async () => {
    const account = await decided(undefined, 'us')
    expect(account.is).toMatchObject({ state: 'settled' })
    expect(account.receipts.deeds).toHaveLength(1)
    expect((await decided(undefined, 'nobody')).is).toMatchObject({ state: 'not_due', number: null })
  })

  it('waits for a person when it says nothing, who then sends it', async () => {
    const { is, attempt, again, sweep, receipt, receipts } = await decided(
      { kind: 'error', reason: 'http_5xx' },
      'us',
    )
    expect(is).toMatchObject({ state: 'refused', problem_code: 'means_unknown', deed: null })
    expect(receipts.deeds).toEqual([])
    await again(attempt.id)
    await sweep()
    expect(await receipt(attempt.id)).toMatchObject({ state: 'settled', standing: is?.target })
    expect(receipts.deeds).toHaveLength(1)
  })
})
