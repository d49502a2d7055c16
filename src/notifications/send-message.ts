import { sql } from 'kysely'
import type { Db } from '../platform/database/database.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Clock } from '../platform/time/clock.ts'
import { AddressRefused, type Channel } from './channels/channel.ts'
import { type DropReason, type NotificationsTables, notifications } from './tables.ts'
import { letterOf } from './wording/letter.ts'
import {
  isForAddress,
  isOutOfDate,
  type Notice,
  type NoticeKind,
  nameIn,
  readNotice,
} from './wording/notice.ts'
import { type Language, oneLine } from './wording/wording.ts'

export interface Recipient {
  email: string
  name: string
  language: Language
  /** Whether it is known that they read the mail of the address; else only what proves it goes there. */
  emailVerified: boolean
}

export interface SendDeps {
  db: Db
  clock: Clock
  log: Logger
  channel: Channel
  /** Undefined when the account has been withdrawn. */
  recipientOf(userId: string): Promise<Recipient | undefined>
  itemNameOf(itemId: string): Promise<string | undefined>
  /** Where a link in a letter leads; undefined when it is of no use any more. */
  linkAddress(linkId: string): Promise<string | undefined>
}

/** How long a message belongs to one sender; longer than a channel's deadline and the look-ups before it. */
export const LEASE = { seconds: 120 } as const

/** A claimed message. `attempt` is this sender's proof that it still owns it. */
interface Claim {
  id: string
  attempt: number
  recipientId: string
  notice: Notice
  createdAt: Temporal.Instant
}

/**
 * Sends one message: claim it (compare-and-set), hand it to the channel outside any transaction, mark it sent. Of
 * several servers one holds the claim. A sender that dies between hand-over and mark leaves the message to another
 * after {@link LEASE}, and that one sends it a second time: once more is better than never, and the same Message-ID
 * or Idempotency-Key lets the receiver drop it.
 * @throws when it should be tried again: the channel failed, or another sender has the message
 */
export async function sendMessage(deps: SendDeps, messageId: string): Promise<'done' | DropReason> {
  const claim = await claimMessage(deps, messageId)
  if (claim === 'done') return 'done'
  try {
    return await sendClaimed(deps, claim)
  } catch (error) {
    if (error instanceof AddressRefused) return await drop(deps, claim, 'address_refused', error.message)
    await giveBack(deps, claim, error)
    throw error
  }
}

async function sendClaimed(deps: SendDeps, claim: Claim): Promise<'done' | DropReason> {
  const { notice } = claim
  const recipient = await deps.recipientOf(claim.recipientId)
  if (recipient === undefined) return drop(deps, claim, 'recipient_gone')
  if (!recipient.emailVerified && !isForAddress(notice)) return drop(deps, claim, 'address_unverified')
  if (isOutOfDate(notice, deps.clock.today())) return drop(deps, claim, 'out_of_date')
  const link = 'linkId' in notice.data ? await deps.linkAddress(notice.data.linkId) : undefined
  if ('linkId' in notice.data && link === undefined) return drop(deps, claim, 'out_of_date')
  const itemName = await nameIn(notice, deps.itemNameOf)
  const { email, language } = recipient
  const name = isForAddress(notice) ? '' : oneLine(recipient.name)
  await deps.channel({
    ...letterOf(notice, { name, language, itemName, link }),
    id: claim.id,
    kind: notice.kind,
    to: { name, email },
    language,
    createdAt: claim.createdAt,
  })
  await settle(deps, claim, {
    state: 'sent',
    sent_at: deps.clock.now(),
    language,
    item_name: itemName ?? null,
    last_error: null,
  })
  return 'done'
}

async function claimMessage({ db, clock }: SendDeps, messageId: string): Promise<Claim | 'done'> {
  const now = clock.now()
  const { rows } = await sql<{
    id: string
    attempts: number
    kind: NoticeKind
    recipient_id: string
    data: unknown
    created_at: Temporal.Instant
  }>`
    update notifications.message
    set state = 'sending', attempts = attempts + 1, claimed_until = ${now.add(LEASE)}::timestamptz
    where id = ${messageId} and (state = 'queued' or (state = 'sending' and claimed_until <= ${now}::timestamptz))
    returning id, attempts, kind, recipient_id, data, created_at`.execute(db)
  const row = rows[0]
  if (row === undefined) return requireSettled(db, messageId)
  return {
    id: row.id,
    attempt: row.attempts,
    recipientId: row.recipient_id,
    notice: readNotice(row.kind, row.data),
    createdAt: row.created_at,
  }
}

/** Nothing to claim: settled or forgotten is fine, but the sender who has it may yet die. */
async function requireSettled(db: Db, messageId: string): Promise<'done'> {
  const row = await notifications(db)
    .selectFrom('notifications.message')
    .select('state')
    .where('id', '=', messageId)
    .executeTakeFirst()
  if (row?.state === 'sending') throw new Error('another sender has this message; looking again later')
  return 'done'
}

async function drop(deps: SendDeps, claim: Claim, reason: DropReason, detail?: string) {
  await settle(deps, claim, { state: 'dropped', drop_reason: reason, last_error: detail ?? null })
  deps.log.info({ messageId: claim.id, kind: claim.notice.kind, reason }, 'notification dropped')
  return reason
}

async function giveBack(deps: SendDeps, claim: Claim, error: unknown): Promise<void> {
  const reason = (error instanceof Error ? error.message : String(error)).slice(0, 500)
  try {
    await settle(deps, claim, { state: 'queued', last_error: reason })
  } catch (second) {
    // The first error is the one to tell; the message is free again when its lease ends.
    deps.log.warn({ err: second, messageId: claim.id }, 'notification not given back')
  }
}

type Change = Partial<
  Pick<
    NotificationsTables['notifications.message'],
    'state' | 'sent_at' | 'language' | 'item_name' | 'last_error' | 'drop_reason'
  >
>

/** Ends the claim, unless somebody else has taken the message over. */
async function settle({ db, log }: SendDeps, claim: Claim, change: Change): Promise<void> {
  const { numUpdatedRows } = await notifications(db)
    .updateTable('notifications.message')
    .set({ ...change, claimed_until: null })
    .where('id', '=', claim.id)
    .where('state', '=', 'sending')
    .where('attempts', '=', claim.attempt)
    .executeTakeFirst()
  if (numUpdatedRows === 0n)
    log.warn({ messageId: claim.id }, 'notification was taken over by another sender')
}
