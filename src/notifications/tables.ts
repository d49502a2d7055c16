import type { Generated } from 'kysely'
import type { Db, Tx } from '../platform/database/database.ts'
import type { NoticeKind } from './wording/notice.ts'
import type { Language } from './wording/wording.ts'

export type MessageState = 'queued' | 'sending' | 'sent' | 'dropped'

/**
 * Why a message was never sent: its recipient has withdrawn, it would have come too late to be true, or the mail
 * server of the recipient says for good that there is no such mailbox, or nobody has proved that the address is theirs.
 */
export type DropReason = 'recipient_gone' | 'out_of_date' | 'address_refused' | 'address_unverified'

type MessageTable = {
  id: string
  event_id: string
  kind: NoticeKind
  recipient_id: string
  data: unknown
  state: MessageState
  attempts: Generated<number>
  claimed_until: Temporal.Instant | null
  language: Language | null
  item_name: string | null
  last_error: string | null
  drop_reason: DropReason | null
  created_at: Temporal.Instant
  sent_at: Temporal.Instant | null
  read_at: Temporal.Instant | null
}

type KnownOrderTable = {
  order_id: string
  number: string
  item_id: string
  other_items: number
  placed_at: Temporal.Instant
}

export type NotificationsTables = {
  'notifications.message': MessageTable
  'notifications.known_order': KnownOrderTable
}

/** The database with the tables of notifications. */
export const notifications = (db: Db | Tx) => db.$extendTables<NotificationsTables>()
