import { sql } from 'kysely'
import { subscriptionChargeUpcoming } from '../../../contracts/subscription-events.ts'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { appendEvents } from '../../../platform/events/outbox.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { announcementDue, type Notice } from '../rules/announcement.ts'
import { businessDay } from '../rules/period.ts'
import { SOURCE } from '../store/publish.ts'
import { storedOf } from '../store/subscription-store.ts'
import type { SubscriptionTable } from '../store/tables.ts'

const CHUNK = 500

/**
 * Tells customers of the charges of the next days, each once: what was announced is remembered with the subscription,
 * in the transaction of its event. A change that makes a charge another one tells it at once (`keepChange`). Days on
 * which this did not run are caught up as long as the charge is still ahead. Several processes may run it at once.
 * @returns how many were told
 */
export async function announceCharges(
  deps: Pick<SubscriptionDeps, 'db' | 'clock' | 'settings'>,
): Promise<number> {
  const now = deps.clock.now()
  const today = businessDay(now, deps.settings.calendar)
  const notice = { today, daysBefore: deps.settings.announceDaysBefore }
  let announced = 0
  let place: Place | undefined = { due: today, id: FIRST_ID }
  while (place) {
    const after: Place = place
    const chunk = await transact(deps.db, (tx) => announceSome(tx, after, notice, now))
    announced += chunk.announced
    place = chunk.last
  }
  return announced
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
  notice: Notice,
  now: Temporal.Instant,
): Promise<{ announced: number; last: Place | undefined }> {
  const until = notice.today.add({ days: notice.daysBefore })
  const { rows } = await sql<SubscriptionTable>`
    select * from subscriptions.subscription
    where next_due is not null and not latest_cycle_open
      and next_due <= ${until} and (next_due, id) > (${after.due}, ${after.id}::uuid)
    order by next_due, id
    limit ${CHUNK}
    for update skip locked`.execute(tx)
  const upcoming = rows.flatMap((row) => {
    const { subscription, announced, version } = storedOf(row)
    const next = announcementDue(subscription, announced, notice)
    return next ? [{ subscription, next, version: version + 1 }] : []
  })
  const events = upcoming.map(({ subscription, next, version }) => {
    const { id, customerId, itemId } = subscription
    const cycle = { cycleNo: next.no, due: next.due.toString(), amount: next.amount }
    return subscriptionChargeUpcoming.of(id, version, { subscriptionId: id, customerId, itemId, ...cycle })
  })
  await appendEvents(tx, SOURCE, now, events)
  const told = upcoming.map(({ subscription, next, version }) => ({
    id: subscription.id,
    no: next.no,
    due: next.due.toString(),
    amount: next.amount,
    version,
  }))
  await sql`
    update subscriptions.subscription s
    set version = told.version, announced_cycle_no = told.no, announced_due = told.due, announced_amount = told.amount
    from jsonb_to_recordset(${JSON.stringify(told)}::jsonb)
      as told (id uuid, no int, due date, amount bigint, version int)
    where s.id = told.id`.execute(tx)
  const end = rows.at(-1)
  return {
    announced: told.length,
    last: end?.next_due ? { due: end.next_due, id: end.id } : undefined,
  }
}
