import { sql } from 'kysely'
import type { Db } from '../../../platform/database/database.ts'
import { type LineToSend, MOST_ROWS } from '../rules/tracking-sheet.ts'

interface ToSendRow {
  order_number: string
  line_no: number
  name: string
  quantity: number
  receiver_name: string
  receiver_phone: string
  postal_code: string
  city: string
  address_detail: string
  delivery_note: string | null
}

/** What a line still has in the house, as `unsentPieces` counts it. */
const UNSENT = sql`l.quantity - l.cancelled - l.sent`
const WAITING = sql`
  from orders."order" o join orders.order_line l on l.order_id = o.id
  where o.pieces_to_send > 0 and ${UNSENT} > 0`

/** How many lines wait to be sent, and into how many tables they are divided. */
export async function countToSend(db: Db): Promise<{ lines: number; parts: number }> {
  const { rows } = await sql<{ count: number }>`select count(*) as count ${WAITING}`.execute(db)
  const lines = Number(rows[0]?.count ?? 0)
  return { lines, parts: Math.max(1, Math.ceil(lines / MOST_ROWS)) }
}

/**
 * Lines that wait to be sent, those of the orders that wait longest first: as many as one table brings back.
 * @param part from 1
 */
export async function linesToSend(db: Db, part: number): Promise<LineToSend[]> {
  const { rows } = await sql<ToSendRow>`
    select o.order_number, l.line_no, l.name, ${UNSENT} as quantity, o.receiver_name, o.receiver_phone,
      o.postal_code, o.city, o.address_detail, o.delivery_note
    ${WAITING}
    order by o.paid_at, o.id, l.line_no limit ${MOST_ROWS} offset ${(part - 1) * MOST_ROWS}`.execute(db)
  return rows.map((row) => ({
    orderNumber: row.order_number,
    lineNo: row.line_no,
    itemName: row.name,
    quantity: row.quantity,
    receiver: row.receiver_name,
    phone: dashed(row.receiver_phone),
    postalCode: row.postal_code,
    address: `${row.city} ${row.address_detail}`,
    note: row.delivery_note ?? '',
  }))
}

/** With dashes: spreadsheets take plain digits for a number and drop the zero in front. */
function dashed(phone: string): string {
  return phone.replace(/^(02|050\d|0\d\d)(\d{3,4})(\d{4})$/, '$1-$2-$3')
}
