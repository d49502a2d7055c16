import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { addFault, journal } from '../../../../../simulators/bank/testing.ts'
import { won } from '../../../../platform/money.ts'
import type { Line } from '../provider-line.ts'
import { tossCashReceipts } from './cash-receipts.ts'
import { gained, shop, within } from './toss-testing.ts'

const NUMBER = '01012345678'
const today = () => Temporal.Now.zonedDateTimeISO('Asia/Seoul').toPlainDate()

async function receipts() {
  const here = await shop()
  const { cashReceipts } = here.provider
  if (!cashReceipts) throw new Error('no cash receipts')
  const merchantRef = randomUUID()
  const asked = {
    merchantRef,
    itemName: '오메가3'.repeat(40),
    amount: won(15_000),
    taxFree: won(4_000),
    use: 'deduction' as const,
    number: NUMBER,
  }
  const issue = (call = within()) => cashReceipts.issue(asked, call)
  const lookup = (ref: string = merchantRef, days = [today().subtract({ days: 1 }), today()]) =>
    cashReceipts.lookup({ merchantRef: ref, days }, within())
  const rows = async () => (await journal(here.bank)).filter(({ kind }) => kind === 'cash_receipt')
  return { ...here, cashReceipts, merchantRef, asked, issue, lookup, rows }
}

describe('a cash receipt', () => {
  it('is issued by our reference, taken back in parts, and found for what it still stands for', async () => {
    const { cashReceipts, issue, lookup, merchantRef, bank, seen } = await receipts()
    expect(await lookup()).toEqual({ kind: 'not_found' })
    const receipt = gained(await issue())
    expect(receipt).toEqual({
      key: expect.stringMatching(/^R\d{19}$/),
      issueNumber: '000000001',
      url: `${bank.url}/toss/receipt/${receipt.key}`,
    })
    expect(await lookup()).toEqual({ kind: 'found', standing: 15_000, receipt })
    const cancel = (amount: number) =>
      cashReceipts.cancel({ key: receipt.key, amount: won(amount) }, within())
    expect(await cancel(4_000)).toMatchObject({ kind: 'ok', value: { cancelled: true } })
    expect(await lookup()).toMatchObject({ standing: 11_000 })
    expect(await cancel(11_000)).toMatchObject({ kind: 'ok' })
    expect(await lookup()).toMatchObject({ kind: 'found', standing: 0 })
    expect(await cancel(1)).toMatchObject({ kind: 'invalid', code: 'NOT_CANCELABLE_AMOUNT' })
    expect(await lookup('another-order')).toEqual({ kind: 'not_found' })
    expect(await lookup(merchantRef, [today().subtract({ days: 3 })])).toEqual({ kind: 'not_found' })
    expect(seen.slice(0, 2)).toEqual(['receipt not_found', 'receipt ok'])
  })

  it('is one for one idempotency key, and its number is in no note', async () => {
    const { issue, rows } = await receipts()
    const first = await issue(within(5_000, 'the-first-deed'))
    expect(gained(await issue(within(5_000, 'the-first-deed')))).toEqual(gained(first))
    expect(await rows()).toMatchObject([{ amount: 15_000, taxFree: 4_000 }])
    expect(JSON.stringify(first)).not.toContain(NUMBER)
  })

  it.each([
    ['no answer', { kind: 'timeout_after' }, { kind: 'unknown', reason: 'timeout' }, 1],
    ['cut off before', { kind: 'reset_before' }, { kind: 'unknown', reason: 'reset' }, 0],
    ['500', { kind: 'http_5xx', status: 500 }, { kind: 'unknown', reason: 'http_5xx' }, 0],
    ['HTML', { kind: 'bad_body', form: 'html' }, { kind: 'unknown', reason: 'bad_body' }, 1],
    [
      'still made',
      { kind: 'unknown_status', status: 'IN_PROGRESS' },
      { kind: 'unknown', reason: 'in_progress' },
      1,
    ],
    [
      'a failure',
      { kind: 'unknown_status', status: 'FAILED' },
      { kind: 'unknown', reason: 'in_progress' },
      1,
    ],
    ['a new word', { kind: 'unknown_status', status: 'MAYBE' }, { kind: 'unknown', reason: 'mismatch' }, 1],
    ['a new code', { kind: 'error', code: 'BRAND_NEW' }, { kind: 'unknown', reason: 'unlisted_code' }, 0],
    ['a refusal', { kind: 'decline' }, { kind: 'invalid', code: 'INVALID_REQUEST' }, 0],
  ] as const)('%s: says what is known', async (_, effect, outcome, issued) => {
    const { bank, cashReceipts, asked, rows } = await receipts()
    await addFault(bank, { operation: 'receipt_issue' }, effect)
    expect(await cashReceipts.issue(asked, within(1_500))).toMatchObject(outcome)
    expect(await rows()).toHaveLength(issued)
  })

  it('a list without an answer, or that cannot be read, says nothing', async () => {
    const { bank, issue, lookup } = await receipts()
    await issue()
    await addFault(bank, { operation: 'receipts', nth: 1 }, { kind: 'http_5xx' })
    await addFault(bank, { operation: 'receipts', nth: 2 }, { kind: 'bad_body', form: 'truncated' })
    expect(await lookup()).toMatchObject({ kind: 'no_answer' })
    expect(await lookup()).toMatchObject({ kind: 'no_answer' })
    expect(await lookup()).toMatchObject({ kind: 'found' })
    await bank.close()
    expect(await lookup()).toMatchObject({ kind: 'not_asked' })
  })

  it('its trouble never closes the way for payments', async () => {
    const { bank, cashReceipts, asked, provider } = await receipts()
    await addFault(bank, { operation: 'receipt_issue' }, { kind: 'http_5xx' })
    for (let n = 0; n < 30; n += 1) await cashReceipts.issue(asked, within())
    expect(provider.breakers()).toMatchObject({
      receipt: 'open',
      charge: 'closed',
      refund: 'closed',
      lookup: 'closed',
    })
  })
})

describe('the list of a busy day', () => {
  const PAGE_MS = 10_000
  const row = (orderId: string) => ({
    receiptKey: `R-${orderId}`,
    orderId,
    issueNumber: '000000001',
    issueStatus: 'COMPLETED',
    transactionType: 'CONFIRM',
    amount: 15_000,
  })

  /** Toss, whose answers take nearly as long as one may; `pages` of them make the day. */
  function slowList(pages: number) {
    let time = 1_000_000
    const waits: number[] = []
    const line: Line = {
      send: async (_operation, _request, deadline) => {
        waits.push(deadline - time)
        time += PAGE_MS - 1_000
        const data = [row('of-another'), ...(waits.length === pages ? [row('ours')] : [])]
        const bodyText = JSON.stringify({ hasNext: waits.length < pages, lastCursor: waits.length, data })
        const answer = { status: 200, headers: {}, bodyText, durationMs: 0 }
        return { result: { kind: 'answered', ...answer }, durationMs: 0 }
      },
      observed: (_operation, run) => run(),
      breakers: () => {
        throw new Error('not part of this test')
      },
      stop: async () => {},
    }
    const settings = { secretKey: 'secret', checkoutPageUrl: 'https://bank.test/checkout', now: () => time }
    const receipts = tossCashReceipts(line, settings)
    const input = { merchantRef: 'ours', days: [today()] }
    const find = () => receipts.lookup(input, { deadline: time + PAGE_MS, idempotencyKey: 'look' })
    return { find, waits }
  }

  it('is read to its end, every page in the time of one', async () => {
    const { find, waits } = slowList(7)
    expect(await find()).toMatchObject({ kind: 'found', standing: 15_000, receipt: { key: 'R-ours' } })
    expect(waits).toEqual(Array.from({ length: 7 }, () => PAGE_MS))
  })

  it('that never ends says nothing', async () => {
    const { find, waits } = slowList(Number.POSITIVE_INFINITY)
    expect(await find()).toEqual({ kind: 'no_answer', reason: 'a list without an end' })
    expect(waits).toHaveLength(100)
  })
})

describe('who gives a cash receipt for a payment', () => {
  it.each([
    [{}, 'nobody'],
    [{ method: 'transfer' }, 'us'],
  ] as const)('paid %o: %s', async (form, by) => {
    const { begin, leave, provider } = await shop()
    const begun = await begin()
    const returned = await leave(begun.redirectUrl, 'approve', form)
    if (returned.kind !== 'approved') throw new Error('not approved')
    const completed = gained(
      await provider.completeCheckout({ ...begun, mode: 'pay', proof: returned.proof }, within()),
    )
    expect(completed.payment.cashReceiptBy).toBe(by)
  })
})
