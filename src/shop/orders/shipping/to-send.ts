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

/** A line as a place among those that wait: `20261121-7K3QX9.2` is line 2 of that order. */
export const PLACE = '^[0-9]{8}-[0-9A-Z]{6}\\.[1-9][0-9]{0,3}$'

/**
 * What is given out now: what comes after one line, up to another. By lines, not by how many there were before them: what
 * was given out first may have been sent by now, and wait no longer.
 */
export interface PartToSend {
  after?: string | undefined
  until?: string | undefined
}

/** How many lines wait after one, how many tables they fill, and with which line the first of these ends. */
export async function countToSend(
  db: Db,
  { after }: PartToSend = {},
): Promise<{ lines: number; parts: number; until: string | null }> {
  const { rows } = await sql<{ count: number; until: string | null }>`
    with waiting as (
      select o.order_number || '.' || l.line_no as place,
        row_number() over (order by o.paid_at, o.id, l.line_no) as no
      ${WAITING} and ${isAfter(after)})
    select count(*) as count,
      (select place from waiting where no <= ${MOST_ROWS} order by no desc limit 1) as until
    from waiting`.execute(db)
  const lines = Number(rows[0]?.count ?? 0)
  return { lines, parts: Math.max(1, Math.ceil(lines / MOST_ROWS)), until: rows[0]?.until ?? null }
}

/** Lines that wait to be sent, those of the orders that wait longest first: as many as one table brings back. */
export async function linesToSend(db: Db, { after, until }: PartToSend = {}): Promise<LineToSend[]> {
  const { rows } = await sql<ToSendRow>`
    select o.order_number, l.line_no, l.name, ${UNSENT} as quantity, o.receiver_name, o.receiver_phone,
      o.postal_code, o.city, o.address_detail, o.delivery_note
    ${WAITING} and ${isAfter(after)} and (${until ?? null}::text is null or not ${isAfter(until)})
    order by o.paid_at, o.id, l.line_no limit ${MOST_ROWS}`.execute(db)
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

function isAfter(place: string | undefined) {
  const [number = null, lineNo = null] = place?.split('.') ?? []
  return sql`(${number}::text is null or (o.paid_at, o.id, l.line_no) > (
    select given.paid_at, given.id, ${lineNo}::int from orders."order" given where given.order_number = ${number}))`
}

/** With dashes: spreadsheets take plain digits for a number and drop the zero in front. */
function dashed(phone: string): string {
  return phone.replace(/^(02|050\d|0\d\d)(\d{3,4})(\d{4})$/, '$1-$2-$3')
}
