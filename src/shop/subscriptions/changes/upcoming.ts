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
import type { OffSalePolicy, SubscriptionDeps } from '../deps.ts'
import { announcementDue, chargeUpcoming, inDoubt, type Notice, tell } from '../rules/announcement.ts'
import { businessDay } from '../rules/period.ts'
import { chargeDay, putOffInForce } from '../rules/subscription.ts'
import { itemsOffSale } from '../store/off-sale.ts'
import { SOURCE, storedEvent } from '../store/publish.ts'
import { storedOf } from '../store/subscription-store.ts'
import type { SubscriptionTable } from '../store/tables.ts'

const CHUNK = 500

/** The hour in Seoul from which the charges of the coming days are announced: not at night. */
export const NOTICE_HOUR = 9
const KEEP_DAYS = 60

type NoticeDeps = Pick<SubscriptionDeps, 'db' | 'clock' | 'settings' | 'log' | 'catalog'>

/**
 * Announces the charges of the coming days once a day, at its hour or as soon after it as a server runs. Days on which
 * none ran are made up for by the next one.
 */
export async function sweepNotices(deps: NoticeDeps): Promise<void> {
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
 * told later than promised is charged later (`tell`). While an item is not sold no charge of it is announced: the
 * customer is told that, and of the charge once it is sold again. Several processes may run it at once. A row that cannot be
 * handled is left to the run, which keeps it for a person to see; the others are told all the same.
 * @returns how many were told
 */
export async function announceCharges(deps: NoticeDeps): Promise<number> {
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
      const chunk = await transact(deps.db, (tx) => announceSome(deps, tx, after, { notice, now, limit }))
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
  deps: NoticeDeps,
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
  const offSale = await itemsOffSale(
    deps,
    tx,
    rows.map((row) => row.item_id),
  )
  const doubted = await tellDoubts(tx, rows, offSale, { notice, now })
  const upcoming = rows.flatMap((row) => {
    if (offSale.has(row.item_id)) return []
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
      doubted_cycle_no = null, doubted_due = null, next_due = told.charge, put_off_cycle_no = told.late_no, put_off_due = told.late_due, put_off_to = told.late_to
    from jsonb_to_recordset(${JSON.stringify(told)}::jsonb)
      as told (id uuid, version int, no int, due date, amount bigint, charge date, late_no int, late_due date, late_to date)
    where s.id = told.id`.execute(tx)
  const end = rows.at(-1)
  return {
    announced: told.length + doubted,
    last: end?.next_due ? { due: end.next_due, id: end.id } : undefined,
  }
}

/**
 * Tells whose item is not sold that nothing is charged while that is so. What was told of the charge before holds no
 * more: it is forgotten, so that the charge is told anew, in time, when the item is sold again.
 * @returns how many were told
 */
async function tellDoubts(
  tx: Tx,
  rows: readonly SubscriptionTable[],
  offSale: ReadonlyMap<string, OffSalePolicy>,
  { notice, now }: { notice: Notice; now: Temporal.Instant },
): Promise<number> {
  const doubts = rows.flatMap((row) => {
    const policy = offSale.get(row.item_id)
    if (policy === undefined) return []
    const stored = storedOf(row)
    const { doubted_cycle_no: no, doubted_due: due } = row
    const event = inDoubt(
      stored.subscription,
      no === null || due === null ? null : { no, due },
      notice,
      policy,
    )
    return event ? [{ stored, event }] : []
  })
  const events = doubts.map(({ stored, event }) =>
    storedEvent(stored, stored, undefined, event, stored.version + 1),
  )
  await appendEvents(tx, SOURCE, now, events)
  const told = doubts.map(({ stored, event: { cycleNo: no, due } }) => ({
    id: stored.subscription.id,
    version: stored.version + 1,
    no,
    due,
    announced: Math.min(stored.announced.no, no - 1),
  }))
  await sql`
    update subscriptions.subscription s
    set version = told.version, doubted_cycle_no = told.no, doubted_due = told.due,
      announced_due = case when told.announced = s.announced_cycle_no then s.announced_due end,
      announced_amount = case when told.announced = s.announced_cycle_no then s.announced_amount end,
      announced_cycle_no = told.announced
    from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as told (id uuid, version int, no int, due date, announced int)
    where s.id = told.id`.execute(tx)
  return told.length
}
