import { seoulOffset } from '../clock.ts'
import { answerOnly, type Decision } from '../decision.ts'
import { effectOf } from '../faults/plan.ts'
import { matching, oneOf, optional, strictInt, text } from '../fields.ts'
import { refuse } from './errors.ts'
import type { CashReceipt, TossState } from './state.ts'
import { type Body, ORDER_ID, readFields, type TossWorld } from './world.ts'

const ISSUE = {
  amount: strictInt(1),
  orderId: matching(ORDER_ID),
  orderName: text(100),
  customerIdentityNumber: matching(/^\d{10,30}$/),
  type: oneOf(['소득공제', '지출증빙'], 0),
  taxFreeAmount: optional(strictInt()),
}

/** Nothing of the number but its end is written down. */
function masked(number: string): string {
  return `${'*'.repeat(number.length - 4)}${number.slice(-4)}`
}

/** What a cash receipt still stands for. */
function standingOf(state: TossState, receiptKey: string): number {
  return state.receipts
    .filter((one) => one.receiptKey === receiptKey)
    .reduce((sum, { type, amount }) => sum + (type === 'CONFIRM' ? amount : -amount), 0)
}

/**
 * Issues a cash receipt. Nothing but the idempotency key keeps a second one of the same order id from being issued:
 * that is the merchant's to see to.
 */
export function issueCashReceipt(world: TossWorld, body: Body): Decision {
  const read = readFields(world, ISSUE, body)
  if (read.kind === 'refused') return read.decision
  const { amount, orderId, orderName, customerIdentityNumber, type, taxFreeAmount = 0 } = read.value
  if (taxFreeAmount > amount) return refuse(world.language, 'INVALID_REQUEST', 'taxFreeAmount is too large')
  const decline = effectOf(world.plan, 'decline')
  if (decline !== undefined)
    return refuse(world.language, String(decline.code ?? 'INVALID_REQUEST'), decline.message)
  return write(world, {
    receiptKey: world.newId('R'),
    type: 'CONFIRM',
    partnerOrderId: orderId,
    orderName,
    purpose: type,
    amount,
    taxFree: taxFreeAmount,
    shown: masked(customerIdentityNumber),
  })
}

/** Takes a cash receipt back: `amount` of it, or without one all that it stands for. */
export function cancelCashReceipt(world: TossWorld, receiptKey: string, body: Body): Decision {
  const read = readFields(world, { amount: optional(strictInt(1)) }, body)
  if (read.kind === 'refused') return read.decision
  const receipt = world.state.receipts.find((one) => one.receiptKey === receiptKey)
  if (receipt === undefined) return refuse(world.language, 'NOT_FOUND')
  const standing = standingOf(world.state, receiptKey)
  const amount = read.value.amount ?? standing
  if (amount > standing || standing === 0) return refuse(world.language, 'NOT_CANCELABLE_AMOUNT')
  const { partnerOrderId, orderName, purpose, shown } = receipt
  return write(world, {
    receiptKey,
    type: 'CANCEL',
    partnerOrderId,
    orderName,
    purpose,
    amount,
    taxFree: 0,
    shown,
  })
}

function write(world: TossWorld, receipt: Omit<CashReceipt, 'at' | 'issueNumber'>): Decision {
  const issueNumber = String(world.state.receipts.length + 1).padStart(9, '0')
  return {
    rows: [{ provider: 'toss', kind: 'cash_receipt', ...receipt, issueNumber }],
    answer: () => {
      const written = world.state.receipts.at(-1)
      const status = effectOf(world.plan, 'unknown_status')
      return written === undefined
        ? { status: 500, body: {} }
        : { status: 200, body: view(world, written, status && (status.status ?? 'IN_PROGRESS')) }
    },
  }
}

function view(world: TossWorld, receipt: CashReceipt, issueStatus = 'COMPLETED'): Record<string, unknown> {
  return {
    receiptKey: receipt.receiptKey,
    issueNumber: receipt.issueNumber,
    issueStatus,
    amount: receipt.amount,
    taxFreeAmount: receipt.taxFree,
    orderId: receipt.partnerOrderId,
    orderName: receipt.orderName,
    type: receipt.purpose,
    transactionType: receipt.type,
    businessNumber: '1234567891',
    customerIdentityNumber: receipt.shown,
    failure: null,
    requestedAt: seoulOffset(receipt.at),
    receiptUrl: `${world.publicUrl}/toss/receipt/${receipt.receiptKey}`,
  }
}

/** What was issued and taken back on a day in Seoul, oldest first: at most `limit` (100) after place `cursor`. */
export function listCashReceipts(world: TossWorld, query: URLSearchParams): Decision {
  const day = query.get('requestDate') ?? ''
  const limit = Number(query.get('limit') ?? 100)
  const start = Number(query.get('cursor') ?? 0)
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || !Number.isInteger(limit) || limit < 1 || !Number.isInteger(start))
    return refuse(world.language, 'INVALID_REQUEST')
  const lag = effectOf(world.plan, 'lookup_lag')
  const found = lag ? [] : world.state.receipts.filter(({ at }) => seoulOffset(at).startsWith(day))
  const page = found.slice(start, start + limit)
  const lastCursor = start + page.length
  const data = page.map((one) => view(world, one))
  return answerOnly({ status: 200, body: { hasNext: lastCursor < found.length, lastCursor, data } })
}
