import type { Tx } from '../../../platform/database/database.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { announcementDue, chargeUpcoming, isOwnDoing, takenBack, tell } from '../rules/announcement.ts'
import type { CycleState } from '../rules/cycle.ts'
import { businessDay } from '../rules/period.ts'
import { lockMethods, releaseIfUnused } from './method-use.ts'
import { itemsOffSale } from './off-sale.ts'
import { type Change, type Locked, saveChange } from './subscription-store.ts'

/**
 * Writes a change (see `saveChange`), tells the customer when a charge that is near will be another one because of it,
 * and gives back a payment method that nothing needs any more. Every change of a stored subscription goes through here.
 */
export async function keepChange(
  deps: Pick<SubscriptionDeps, 'payments' | 'settings' | 'catalog'>,
  tx: Tx,
  from: Locked,
  change: Change,
  now: Temporal.Instant,
): Promise<Locked> {
  const { calendar } = deps.settings
  const told = await announced(deps, tx, from, change, now)
  const provider = await providerFor(deps, tx, from, change)
  const saved = await saveChange(tx, from, told, { now, timeZone: calendar.timeZone, provider })
  const free = perhapsFree(from, saved)
  await lockMethods(tx, free)
  for (const methodId of free) await releaseIfUnused(deps, tx, methodId)
  return saved
}

/** Whose method the subscription has after the change; '' for none. Asked only when that is not known already. */
async function providerFor(
  { payments }: Pick<SubscriptionDeps, 'payments'>,
  tx: Tx,
  from: Locked,
  { subscription: { methodId } }: Change,
): Promise<string> {
  if (methodId === null) return ''
  if (methodId === from.subscription.methodId && from.provider !== '') return from.provider
  return (await payments.providerOfMethod(tx, methodId)) ?? ''
}

/** The change with the announcement it makes necessary. */
async function announced(
  deps: Pick<SubscriptionDeps, 'settings' | 'catalog'>,
  tx: Tx,
  from: Locked,
  change: Change,
  now: Temporal.Instant,
): Promise<Change> {
  const { settings } = deps
  const { subscription, events } = change
  // What is not worth an event changes no charge either.
  if (events.length === 0 || change.announced) return change
  const notice = { today: businessDay(now, settings.calendar), daysBefore: settings.announceDaysBefore }
  const due = announcementDue(subscription, from.announced, notice, from.subscription)
  if (!due) return change
  // Of what is not sold no charge is announced: `announceCharges` says so, and tells of it when it is sold again.
  if ((await itemsOffSale(deps, tx, [subscription.itemId])).size > 0)
    return { ...change, announced: takenBack(from.announced, due) }
  // What the customers themselves bring near is charged on the day they were shown.
  const told = isOwnDoing(events)
    ? subscription
    : tell(subscription, due, from.announced, notice).subscription
  return {
    ...change,
    subscription: told,
    announced: due,
    events: [...events, chargeUpcoming(told, due)],
  }
}

/** Methods that this change took from the subscription, or from a charge that was under way. */
function perhapsFree(from: Locked, saved: Locked): string[] {
  const named = (one: Locked) => (one.subscription.state === 'cancelled' ? null : one.subscription.methodId)
  const charged = ({ open }: Locked) => (open && inUse.has(open.cycle.state) ? open.methodId : null)
  const kept = [named(saved), charged(saved)]
  const before = new Set([named(from), charged(from)])
  return [...before].filter((id) => id !== null).filter((id) => !kept.includes(id))
}

/** A charge in one of these states may still be sent, or has been and is not answered. */
const inUse: ReadonlySet<CycleState> = new Set(['ordering', 'charging', 'frozen'])
