import {
  subscriptionCancelled,
  subscriptionChanged,
  subscriptionChargeUpcoming,
  subscriptionCycleFailed,
  subscriptionCyclePaid,
  subscriptionCycleSkipped,
  subscriptionDeliveryInDoubt,
  subscriptionPastDue,
  subscriptionPaused,
  subscriptionPriceChangeProposed,
  subscriptionPriceChangeWithdrawn,
  subscriptionRecovered,
  subscriptionResumed,
  subscriptionSkipped,
  subscriptionStarted,
  subscriptionUnskipped,
} from '../../../contracts/subscription-events.ts'
import type { NewEvent } from '../../../platform/events/event.ts'
import type { SubscriptionEvent } from '../rules/events.ts'
import { amountDue } from '../rules/subscription.ts'
import type { CycleRecord } from './cycle-store.ts'
import type { Change, Stored } from './subscription-store.ts'

/** Where these events come from. */
export const SOURCE = 'shop/subscriptions'

/** The events of a change as they go to the outbox, numbered on from the stored version. */
export function storedEvents(from: Stored, change: Change, cycle: CycleRecord | undefined): NewEvent[] {
  return change.events.map((event, i) => storedEvent(from, change, cycle, event, from.version + i + 1))
}

/** One event of a change as it goes to the outbox. */
export function storedEvent(
  { subscription: before, firstOrderId }: Stored,
  { subscription }: Pick<Change, 'subscription'>,
  cycle: CycleRecord | undefined,
  event: SubscriptionEvent,
  version: number,
): NewEvent {
  const { id, customerId, itemId } = subscription
  const about = { subscriptionId: id, customerId, itemId }
  // What a cycle costs is read from the terms before the change: settling it may drop terms that are over.
  const amount = (due: string) => amountDue(before, Temporal.PlainDate.from(due))
  switch (event.type) {
    case 'subscription.started': {
      const { quantity, unitPrice, period, anchor } = event
      const { methodId } = subscription
      const started = { ...about, orderId: firstOrderId, methodId, quantity, unitPrice, period, anchor }
      return subscriptionStarted.of(id, version, started)
    }
    case 'subscription.changed':
      return subscriptionChanged.of(id, version, {
        ...about,
        change: event.change,
        takesEffect: event.takesEffect,
      })
    case 'subscription.price_change_proposed':
      return subscriptionPriceChangeProposed.of(id, version, { ...about, unitPrice: event.unitPrice })
    case 'subscription.price_change_withdrawn':
      return subscriptionPriceChangeWithdrawn.of(id, version, { ...about, unitPrice: event.unitPrice })
    case 'subscription.skipped':
      return subscriptionSkipped.of(id, version, { ...about, ...ofCycle(event) })
    case 'subscription.unskipped':
      return subscriptionUnskipped.of(id, version, { ...about, ...ofCycle(event) })
    case 'subscription.paused':
      return subscriptionPaused.of(id, version, { ...about, from: event.from, until: event.until })
    case 'subscription.resumed':
      return subscriptionResumed.of(id, version, { ...about, next: event.next })
    case 'subscription.cycle_paid': {
      const orderId = cycle && 'orderId' in cycle.cycle ? cycle.cycle.orderId : undefined
      if (!orderId) throw new Error(`subscription ${id}: cycle ${event.cycleNo} was paid without an order`)
      const paid = { ...about, ...ofCycle(event), orderId, amount: amount(event.due) }
      return subscriptionCyclePaid.of(id, version, paid)
    }
    case 'subscription.cycle_skipped':
      return subscriptionCycleSkipped.of(id, version, { ...about, ...ofCycle(event), reason: event.reason })
    case 'subscription.cycle_failed': {
      const failed = { ...about, ...ofCycle(event), amount: amount(event.due), reason: event.reason }
      return subscriptionCycleFailed.of(id, version, failed)
    }
    case 'subscription.past_due': {
      const { waitingFor, until, tokenDead } = event
      const pastDue = {
        ...about,
        ...ofCycle(event),
        amount: amount(event.due),
        waitingFor,
        until,
        tokenDead,
      }
      return subscriptionPastDue.of(id, version, pastDue)
    }
    case 'subscription.charge_upcoming': {
      const { chargeOn, amount: told } = event
      return subscriptionChargeUpcoming.of(id, version, {
        ...about,
        ...ofCycle(event),
        chargeOn,
        amount: told,
      })
    }
    case 'subscription.delivery_in_doubt': {
      const { chargeOn, ifNotSold } = event
      const inDoubt = { ...about, ...ofCycle(event), chargeOn, ifNotSold }
      return subscriptionDeliveryInDoubt.of(id, version, inDoubt)
    }
    case 'subscription.recovered':
      return subscriptionRecovered.of(id, version, { ...about, ...ofCycle(event) })
    case 'subscription.cancelled': {
      const { methodId, reason, by, at } = event
      return subscriptionCancelled.of(id, version, { ...about, methodId, reason, by, at })
    }
  }
}

function ofCycle({ cycleNo, due }: { cycleNo: number; due: string }) {
  return { cycleNo, due }
}
