import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { subtract, type Won } from '../../../../platform/money.ts'
import type { CallContext, Outcome } from '../../provider.ts'
import type {
  CashReceipts,
  IssueReceipt,
  ProviderReceipt,
  ReceiptLookup,
  ReceiptUse,
} from '../../provider-receipts.ts'
import { jsonObject, ok, said, unknown } from '../answers.ts'
import type { Line } from '../provider-line.ts'
import { cut, Maybe, Numeric, Text, wonFrom } from '../provider-values.ts'
import { readToss } from './answers.ts'
import { BY_ACCOUNT } from './payment.ts'

const ReceiptBody = Type.Object({
  receiptKey: Text,
  orderId: Text,
  issueNumber: Maybe(Type.String()),
  issueStatus: Text,
  transactionType: Text,
  amount: Numeric,
  receiptUrl: Maybe(Type.String()),
  failure: Maybe(Type.Object({ code: Maybe(Type.String()), message: Maybe(Type.String()) })),
})
type ReceiptBody = Static<typeof ReceiptBody>

const ReceiptPage = Type.Object({
  hasNext: Type.Boolean(),
  lastCursor: Maybe(Numeric),
  data: Type.Array(ReceiptBody),
})

const TYPES: Readonly<Record<ReceiptUse, string>> = { deduction: '소득공제', expenditure: '지출증빙' }

/** Rows in one answer; Toss would give 10,000, of which the text is longer than an answer is read. */
const PAGE = 500
/** So many answers make a day; of one that has more nothing is said. */
const MOST_PAGES = 100
const NAME_MAX = 100

/**
 * Cash receipts of Toss Payments: issued by our own order id, taken back by Toss' key, in parts too. They are found
 * again only in the list of the day on which they were asked for.
 */
export function tossCashReceipts(
  line: Line,
  settings: { secretKey: string; checkoutPageUrl: string; now?: () => number },
): CashReceipts {
  const { secretKey, checkoutPageUrl, now = Date.now } = settings
  const ownOrigin = new URL(checkoutPageUrl).origin

  const post = (path: string, json: Readonly<Record<string, unknown>>, call: CallContext) => {
    const headers = { 'idempotency-key': call.idempotencyKey }
    return line.send('receipt', { method: 'POST', path, headers, body: { json } }, call.deadline)
  }

  function receiptOf({ receiptKey: key, issueNumber, receiptUrl }: ReceiptBody): ProviderReceipt {
    return { key, issueNumber: issueNumber ?? '', url: linkTo(receiptUrl, ownOrigin) }
  }

  async function issue(input: IssueReceipt, call: CallContext): Promise<Outcome<ProviderReceipt>> {
    const { merchantRef, amount, use, number } = input
    const json = {
      amount,
      orderId: merchantRef,
      orderName: cut(input.itemName, NAME_MAX),
      customerIdentityNumber: number,
      type: TYPES[use],
      taxFreeAmount: input.taxFree,
    }
    const reply = await post('/v1/cash-receipts', json, call)
    const read = readToss(ReceiptBody, reply, [secretKey, number])
    if (read.kind !== 'ok') return read
    const { value, wire } = read
    if (value.issueStatus !== DONE) return unknown(stillUnderWay(value), wire)
    const agrees =
      value.orderId === merchantRef &&
      value.transactionType === 'CONFIRM' &&
      wonFrom(value.amount) === amount &&
      value.issueNumber
    return agrees ? ok(receiptOf(value), wire) : unknown('mismatch', wire)
  }

  async function cancel(
    { key, amount }: { key: string; amount: Won },
    call: CallContext,
  ): Promise<Outcome<{ cancelled: true }>> {
    const reply = await post(`/v1/cash-receipts/${encodeURIComponent(key)}/cancel`, { amount }, call)
    const read = readToss(ReceiptBody, reply, [secretKey])
    if (read.kind !== 'ok') return read
    const { value, wire } = read
    if (value.issueStatus !== DONE) return unknown(stillUnderWay(value), wire)
    const agrees = value.transactionType === 'CANCEL' && wonFrom(value.amount) === amount
    return agrees ? ok({ cancelled: true }, wire) : unknown('mismatch', wire)
  }

  async function lookup(
    { merchantRef, days }: { merchantRef: string; days: readonly Temporal.PlainDate[] },
    call: CallContext,
  ): Promise<ReceiptLookup> {
    const own: ReceiptBody[] = []
    // As long for each page as for the first: the list of a busy day is long.
    const pageMs = call.deadline - now()
    for (const day of days) {
      const listed = await listOf(day, merchantRef, pageMs)
      if (!Array.isArray(listed)) return listed
      own.push(...listed)
    }
    return standingOf(own, receiptOf)
  }

  /** The rows of one order id, page by page; half a list proves nothing. */
  async function listOf(
    day: Temporal.PlainDate,
    merchantRef: string,
    pageMs: number,
  ): Promise<ReceiptBody[] | Extract<ReceiptLookup, { reason: string }>> {
    const own: ReceiptBody[] = []
    let cursor = ''
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const path = `/v1/cash-receipts?requestDate=${day}&limit=${PAGE}${cursor}`
      const { result } = await line.send('receipt', { method: 'GET', path }, now() + pageMs)
      if (result.kind === 'not_sent') return { kind: 'not_asked', reason: result.reason }
      if (result.kind !== 'answered') return { kind: 'no_answer', reason: result.reason }
      const page = result.status === 200 ? jsonObject(result.bodyText) : undefined
      if (!Value.Check(ReceiptPage, page))
        return { kind: 'no_answer', reason: `an answer ${result.status} that is no list` }
      own.push(...page.data.filter(({ orderId }) => orderId === merchantRef))
      if (!page.hasNext) return own
      const next = `&cursor=${page.lastCursor ?? ''}`
      if (next === cursor || page.lastCursor === undefined || page.lastCursor === null) break
      cursor = next
    }
    return { kind: 'no_answer', reason: 'a list without an end' }
  }

  return {
    means: BY_ACCOUNT,
    issue: (input, call) => line.observed('receipt', () => issue(input, call)),
    cancel: (input, call) => line.observed('receipt', () => cancel(input, call)),
    lookup: (input, call) => line.observed('receipt', () => lookup(input, call)),
  }
}

const DONE = 'COMPLETED'
const FAILED = 'FAILED'

/** A receipt that is still being made is looked up later; of any other word nobody knows what it means. */
function stillUnderWay({ issueStatus }: ReceiptBody): 'in_progress' | 'mismatch' {
  return issueStatus === 'IN_PROGRESS' || issueStatus === FAILED ? 'in_progress' : 'mismatch'
}

/** What the rows of one order id come to. */
function standingOf(
  rows: readonly ReceiptBody[],
  receiptOf: (row: ReceiptBody) => ProviderReceipt,
): ReceiptLookup {
  const failed = rows.filter(({ issueStatus }) => issueStatus === FAILED)
  const known = rows.filter(({ issueStatus }) => issueStatus !== FAILED)
  if (known.some(({ issueStatus }) => issueStatus !== DONE)) return { kind: 'in_progress' }
  const issued = known.find(({ transactionType }) => transactionType === 'CONFIRM')
  const last = failed.at(-1)
  if (issued === undefined) {
    if (last === undefined) return { kind: 'not_found' }
    const { code, message } = last.failure ?? {}
    return { kind: 'failed', code: said(code ?? FAILED, []), message: said(message ?? '', []) }
  }
  const amount = (type: string) =>
    known
      .filter(({ transactionType }) => transactionType === type)
      .reduce((sum, row) => sum + (wonFrom(row.amount) ?? 0), 0)
  const [given, taken] = [wonFrom(amount('CONFIRM')), wonFrom(amount('CANCEL'))]
  if (given === undefined || taken === undefined || taken > given)
    return { kind: 'no_answer', reason: 'sums that do not add up' }
  return {
    kind: 'found',
    standing: subtract(given, taken),
    receipt: receiptOf(issued),
  }
}

/** A link that may be shown: encrypted, or of the simulated bank. */
function linkTo(text: string | null | undefined, ownOrigin: string): string | undefined {
  const url = text ? URL.parse(text) : null
  if (url === null || url.href.length > 500) return undefined
  return url.protocol === 'https:' || url.origin === ownOrigin ? url.href : undefined
}
