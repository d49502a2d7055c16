import { isWon } from '../../../../platform/money.ts'
import { readCsv } from '../../../../platform/text/csv.ts'
import type { SettledMovement } from '../../provider.ts'
import { instantFrom } from '../provider-values.ts'

const COLUMNS = ['type', 'tid', 'aid', 'partner_order_id', 'amount', 'approved_at'] as const

/**
 * Reads the table that merchants download from KakaoPay's partner centre: charges (PAYMENT) and refunds (CANCEL, with a
 * negative amount). Undefined when it is no such table, or one of its rows cannot be read: half a list proves nothing.
 */
export function readSettlement(csv: string): SettledMovement[] | undefined {
  const [head, ...rows] = readCsv(csv)
  if (!head) return undefined
  const places = COLUMNS.map((column) => head.cells.indexOf(column))
  if (places.includes(-1)) return undefined
  const movements = rows.map(({ cells }) => movementOf(places.map((place) => cells[place] ?? '')))
  return movements.every((one) => one !== undefined) ? movements : undefined
}

function movementOf([type, tid, aid, merchantRef, amount, at]: readonly string[]):
  | SettledMovement
  | undefined {
  const signed = Number(amount)
  const won = type === 'CANCEL' ? -signed : signed
  const instant = instantFrom(at)
  if ((type !== 'PAYMENT' && type !== 'CANCEL') || !tid || !aid || !isWon(won) || !instant) return undefined
  const movement = type === 'PAYMENT' ? 'charge' : 'refund'
  return { movement, ref: tid, id: aid, merchantRef: merchantRef || null, amount: won, at: instant }
}
