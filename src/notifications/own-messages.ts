import type { Db } from '../platform/database/database.ts'
import { type Refused, refused } from '../platform/refusal.ts'
import { notifications } from './tables.ts'
import { type Notice, noticeIn } from './wording/notice.ts'

/** A message as its recipient sees it, whether or not it also went out as a mail. */
export interface OwnMessage {
  id: string
  recipientId: string
  notice: Notice
  itemName: string | null
  createdAt: Temporal.Instant
  readAt: Temporal.Instant | null
}

const columns = ['id', 'recipient_id', 'kind', 'data', 'item_name', 'created_at', 'read_at'] as const

export interface MessageReading {
  db: Db
  /** Is told the kind of a message that this version cannot read. */
  unreadable(kind: string): void
}

/**
 * One's own messages, newest first. One that a newer version has written, while both run during an update, is left
 * out: the others are still told.
 * @param after id of the last message already seen; the list goes on behind it
 */
export async function ownMessages(
  { db, unreadable }: MessageReading,
  recipientId: string,
  { size, after, unreadOnly }: { size: number; after?: string | undefined; unreadOnly: boolean },
): Promise<{ messages: OwnMessage[]; next: string | null; unread: number }> {
  const [rows, count] = await Promise.all([
    notifications(db)
      .selectFrom('notifications.message')
      .select(columns)
      .where('recipient_id', '=', recipientId)
      .$if(after !== undefined, (query) => query.where('id', '<', after ?? ''))
      .$if(unreadOnly, (query) => query.where('read_at', 'is', null))
      .orderBy('id', 'desc')
      .limit(size + 1)
      .execute(),
    notifications(db)
      .selectFrom('notifications.message')
      .select((eb) => eb.fn.countAll<number>().as('unread'))
      .where('recipient_id', '=', recipientId)
      .where('read_at', 'is', null)
      .executeTakeFirstOrThrow(),
  ])
  const listed = rows.slice(0, size)
  return {
    messages: listed.flatMap((row) => messageOf(row, unreadable) ?? []),
    next: rows.length > size ? (listed.at(-1)?.id ?? null) : null,
    unread: count.unread,
  }
}

/**
 * Marks one's own message as read; the first time counts. Refusal: not_found (also for somebody else's, and for one
 * that only a newer version can show, which is marked).
 */
export async function markRead(
  { db, unreadable }: MessageReading,
  { messageId, recipientId, now }: { messageId: string; recipientId: string; now: Temporal.Instant },
): Promise<{ kind: 'read'; message: OwnMessage } | Refused<'not_found'>> {
  const row = await notifications(db)
    .updateTable('notifications.message')
    .set((eb) => ({ read_at: eb.fn.coalesce('read_at', eb.val(now)) }))
    .where('id', '=', messageId)
    .where('recipient_id', '=', recipientId)
    .returning(columns)
    .executeTakeFirst()
  const message = row && messageOf(row, unreadable)
  return message === undefined ? refused('not_found') : { kind: 'read', message }
}

interface MessageRow {
  id: string
  recipient_id: string
  kind: string
  data: unknown
  item_name: string | null
  created_at: Temporal.Instant
  read_at: Temporal.Instant | null
}

function messageOf(row: MessageRow, unreadable: (kind: string) => void): OwnMessage | undefined {
  const notice = noticeIn(row.kind, row.data)
  if (notice === undefined) {
    unreadable(row.kind)
    return undefined
  }
  return {
    id: row.id,
    recipientId: row.recipient_id,
    notice,
    itemName: row.item_name,
    createdAt: row.created_at,
    readAt: row.read_at,
  }
}

/** Marks all of one's messages as read; those read before keep their time. */
export async function markAllRead(db: Db, recipientId: string, now: Temporal.Instant): Promise<void> {
  await notifications(db)
    .updateTable('notifications.message')
    .set({ read_at: now })
    .where('recipient_id', '=', recipientId)
    .where('read_at', 'is', null)
    .execute()
}
