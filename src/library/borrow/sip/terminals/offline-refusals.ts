import { sql } from 'kysely'
import { writeAudit } from '../../../../platform/audit/audit.ts'
import { type Db, transact } from '../../../../platform/database/database.ts'
import { newId } from '../../../../platform/ids.ts'
import { type Refused, refused } from '../../../../platform/refusal.ts'
import type { Clock } from '../../../../platform/time/clock.ts'

/** What machines may have done while they could not ask. */
export type OfflineWork = 'checkout' | 'checkin' | 'renew'

/** What has happened already when we are told: whatever was done offline, and a payment, whose money is in the machine. */
export type DoneWork = OfflineWork | 'payment'

/** Something a machine had done before we were asked, and which is refused. */
export interface OfflineRefusal {
  id: string
  terminal: string
  what: DoneWork
  card: string
  barcode: string
  /** Won that are in the machine; null when nothing was paid, or nobody can read how much. */
  amount: number | null
  /** What the machine calls the payment; empty where it has no name. */
  paymentRef: string
  /** By the clock of the machine. */
  doneAt: Temporal.Instant
  /** The refusal. */
  code: string
  toldAt: Temporal.Instant
}

const LONGEST = 64

/** Keeps it for a librarian. A machine that tells of it again is not heard twice. */
export async function keepOfflineRefusal(
  db: Db,
  {
    terminalId,
    what,
    card,
    barcode,
    amount,
    paymentRef,
    doneAt,
    code,
    toldAt,
  }: Omit<OfflineRefusal, 'id' | 'terminal'> & { terminalId: string },
): Promise<void> {
  await sql`
    insert into borrow.offline_refusal (id, terminal_id, what, card, barcode, amount, payment_ref, done_at, code, told_at)
    values (${newId()}, ${terminalId}, ${what}, ${card.slice(0, LONGEST)}, ${barcode.slice(0, LONGEST)}, ${amount},
            ${paymentRef.slice(0, LONGEST)}, ${doneAt}, ${code}, ${toldAt})
    on conflict do nothing`.execute(db)
}

/** Those nobody has looked after, the latest first. */
export async function listOfflineRefusals(db: Db, limit: number): Promise<OfflineRefusal[]> {
  const { rows } = await sql<OfflineRefusal>`
    select r.id, t.place as terminal, r.what, r.card, r.barcode, r.amount,
           r.payment_ref as "paymentRef", r.done_at as "doneAt", r.code, r.told_at as "toldAt"
    from borrow.offline_refusal r join borrow.terminal t on t.id = r.terminal_id
    where r.settled_at is null order by r.told_at desc, r.id desc limit ${limit}`.execute(db)
  return rows
}

/** A librarian has looked after one. Refusals: not_found, also when somebody has already. */
export async function settleOfflineRefusal(
  { db, clock }: { db: Db; clock: Clock },
  { librarianId, id }: { librarianId: string; id: string },
): Promise<{ kind: 'settled' } | Refused<'not_found'>> {
  return transact<{ kind: 'settled' } | Refused<'not_found'>>(db, async (tx) => {
    const at = clock.now()
    const { rows } = await sql<{ what: string; card: string; barcode: string; amount: number | null }>`
      update borrow.offline_refusal set settled_by = ${librarianId}, settled_at = ${at}
      where id = ${id} and settled_at is null returning what, card, barcode, amount`.execute(tx)
    const [settled] = rows
    if (!settled) return refused('not_found')
    const subject = { type: 'offline_refusal', id } as const
    await writeAudit(tx, at, {
      actorId: librarianId,
      action: 'offline_refusal.settled',
      subject,
      before: settled,
    })
    return { kind: 'settled' }
  })
}

/** For so long it can be seen what somebody has looked after. */
export const KEPT_DAYS = 90

/** Forgets what was looked after long ago: it names cards. @returns how many */
export async function forgetSettledRefusals({ db, clock }: { db: Db; clock: Clock }): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from borrow.offline_refusal
    where settled_at < ${clock.now().subtract({ hours: 24 * KEPT_DAYS })}`.execute(db)
  return Number(numAffectedRows ?? 0n)
}
