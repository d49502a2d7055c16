import { type RawBuilder, sql } from 'kysely'
import {
  type Db,
  isDatabaseUnavailable,
  isDeadlock,
  isTimeout,
  type Tx,
  transact,
} from '../../../platform/database/database.ts'
import { appendEvents } from '../../../platform/events/outbox.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { announcementDue, chargeUpcoming, type Notice, tell } from '../rules/announcement.ts'
import { businessDay } from '../rules/period.ts'
import { chargeDay, putOffInForce } from '../rules/subscription.ts'
import { SOURCE, storedEvent } from '../store/publish.ts'
import { storedOf } from '../store/subscription-store.ts'
import type { SubscriptionTable } from '../store/tables.ts'

const CHUNK = 500

/** The hour in Seoul from which the charges of the coming days are announced: not at night. */
export const NOTICE_HOUR = 9
const KEEP_DAYS = 60

/**
 * Announces the charges of the coming days once a day, at its hour or as soon after it as a server runs. Days on which
 * none ran are made up for by the next one.
 */
export async function sweepNotices(
  deps: Pick<SubscriptionDeps, 'db' | 'clock' | 'settings' | 'log'>,
): Promise<void> {
  const now = deps.clock.now()
  const today = businessDay(now, deps.settings.calendar)
  if (now.toZonedDateTimeISO(deps.settings.calendar.timeZone).hour < NOTICE_HOUR) return
  const done = await sql`select from subscriptions.notice_day where day = ${today}`.execute(deps.db)
  if (done.rows.length > 0) return
  // Again until nothing is left: what another process had locked may have been rolled back with it.
  let announced = 0
  for (let told = -1; told !== 0; announced += told) told = await announceCharges(deps)
  await sql`
    insert into subscriptions.notice_day (day, finished_at) values (${today}, ${now})
    on conflict (day) do nothing`.execute(deps.db)
  await sql`delete from subscriptions.notice_day where day < ${today.subtract({ days: KEEP_DAYS })}`.execute(
    deps.db,
  )
  deps.log.info({ announced }, 'charges of the next days announced')
}

/**
 * Tells customers of the charges of the next days, each once: what was announced is remembered with the subscription,
 * in the transaction of its event. A change that makes a charge another one tells it at once (`keepChange`). What is
 * told later than promised is charged later (`tell`). Several processes may run it at once. A row that cannot be
 * handled is left to the run, which keeps it for a person to see; the others are told all the same.
 * @returns how many were told
 */
export async function announceCharges(
  deps: Pick<SubscriptionDeps, 'db' | 'clock' | 'settings' | 'log'>,
): Promise<number> {
  const now = deps.clock.now()
  const today = businessDay(now, deps.settings.calendar)
  const notice = { today, daysBefore: deps.settings.announceDaysBefore }
  let announced = 0
  let oneByOne = 0
  let place: Place | undefined = { due: today, id: FIRST_ID }
  while (place) {
    const after: Place = place
    const limit = oneByOne > 0 ? 1 : CHUNK
    try {
      const chunk = await transact(deps.db, (tx) => announceSome(tx, after, { notice, now, limit }))
      announced += chunk.announced
      place = chunk.last
      oneByOne = Math.max(0, oneByOne - 1)
    } catch (error) {
      if (isDatabaseUnavailable(error) || isDeadlock(error) || isTimeout(error)) throw error
      if (limit > 1) {
        // One of them stood in the way of all: found by taking them one after another.
        oneByOne = CHUNK
        continue
      }
      place = await placeBehind(deps.db, after, notice)
      oneByOne -= 1
      deps.log.error({ err: error, subscriptionId: place?.id }, 'a charge could not be announced')
    }
  }
  return announced
}

/** The next row in order, whether or not it can be handled. */
async function placeBehind(db: Db, after: Place, notice: Notice): Promise<Place | undefined> {
  const { rows } = await sql<{ next_due: Temporal.PlainDate; id: string }>`
    select next_due, id from subscriptions.subscription where ${isAhead(after, notice)}
    order by next_due, id limit 1`.execute(db)
  const [row] = rows
  return row && { due: row.next_due, id: row.id }
}

function isAhead(after: Place, { today, daysBefore }: Notice): RawBuilder<unknown> {
  return sql`next_due is not null and not latest_cycle_open
      and next_due <= ${today.add({ days: daysBefore })} and (next_due, id) > (${after.due}, ${after.id}::uuid)`
}

/** Where it is: it goes forward only, so what another process has locked is left to that one. */
interface Place {
  due: Temporal.PlainDate
  id: string
}
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

async function announceSome(
  tx: Tx,
  after: Place,
  { notice, now, limit }: { notice: Notice; now: Temporal.Instant; limit: number },
): Promise<{ announced: number; last: Place | undefined }> {
  const { rows } = await sql<SubscriptionTable>`
    select * from subscriptions.subscription
    where ${isAhead(after, notice)}
    order by next_due, id
    limit ${limit}
    for update skip locked`.execute(tx)
  const upcoming = rows.flatMap((row) => {
    const stored = storedOf(row)
    const next = announcementDue(stored.subscription, stored.announced, notice)
    return next ? [{ stored, ...tell(stored.subscription, next, stored.announced, notice) }] : []
  })
  const events = upcoming.map(({ stored, subscription, announcement }) =>
    storedEvent(
      stored,
      { subscription },
      undefined,
      chargeUpcoming(subscription, announcement),
      stored.version + 1,
    ),
  )
  await appendEvents(tx, SOURCE, now, events)
  const told = upcoming.map(({ stored, subscription, announcement: { no, due, amount } }) => {
    const late = putOffInForce(subscription)
    return {
      id: subscription.id,
      version: stored.version + 1,
      no,
      due: due.toString(),
      amount,
      charge: chargeDay(subscription, { no, due }).toString(),
      late_no: late?.no ?? null,
      late_due: late?.due.toString() ?? null,
      late_to: late?.to.toString() ?? null,
    }
  })
  await sql`
    update subscriptions.subscription s
    set version = told.version, announced_cycle_no = told.no, announced_due = told.due, announced_amount = told.amount,
      next_due = told.charge, put_off_cycle_no = told.late_no, put_off_due = told.late_due, put_off_to = told.late_to
    from jsonb_to_recordset(${JSON.stringify(told)}::jsonb)
      as told (id uuid, version int, no int, due date, amount bigint, charge date, late_no int, late_due date, late_to date)
    where s.id = told.id`.execute(tx)
  const end = rows.at(-1)
  return {
    announced: told.length,
    last: end?.next_due ? { due: end.next_due, id: end.id } : undefined,
  }
}
