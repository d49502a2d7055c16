import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { SettledMovement } from '../../provider.ts'
import { instantFrom, Maybe, Numeric, Text, wonFrom } from '../provider-values.ts'

const Transaction = Type.Object({
  transactionKey: Text,
  paymentKey: Text,
  orderId: Maybe(Text),
  status: Text,
  transactionAt: Text,
  amount: Numeric,
})
const Transactions = Type.Array(Transaction)

/** What tells a charge from a refund; all other states move no money. */
const MOVEMENT: Readonly<Record<string, SettledMovement['movement']>> = {
  DONE: 'charge',
  CANCELED: 'refund',
  PARTIAL_CANCELED: 'refund',
}

/**
 * Reads a page of Toss' list of transactions; refunds carry their own positive amount.
 * Undefined when it cannot be read as a whole: half a list proves nothing.
 */
export function readTransactions(
  text: string,
): { movements: SettledMovement[]; last: string | undefined; count: number } | undefined {
  const rows = parsed(text)
  if (!Value.Check(Transactions, rows)) return undefined
  const movements = rows.filter(({ status }) => status in MOVEMENT).map(movementOf)
  return movements.every((one) => one !== undefined)
    ? { movements, last: rows.at(-1)?.transactionKey, count: rows.length }
    : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function movementOf(row: Static<typeof Transaction>): SettledMovement | undefined {
  const movement = MOVEMENT[row.status]
  const amount = wonFrom(row.amount)
  const at = instantFrom(row.transactionAt)
  if (movement === undefined || amount === undefined || at === undefined) return undefined
  const { paymentKey: ref, transactionKey: id, orderId } = row
  return { movement, ref, id, merchantRef: orderId ?? null, amount, at }
}
