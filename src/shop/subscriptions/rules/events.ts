/**
 * What subscriptions announce. Plain data, ready for JSON: dates as YYYY-MM-DD, instants as RFC 3339. No names,
 * addresses or tokens: whoever needs them asks for them.
 */
import type { Period } from '../../../platform/time/period.ts'
import type { FailReason, SkipReason } from './cycle.ts'

type About = { readonly subscriptionId: string }
/** The cycle an event is about; `due` is its due date. */
type OfCycle = About & { readonly cycleNo: number; readonly due: string }
/** The first charge a change applies to; null while none is ahead. */
export type TakesEffect = { readonly cycleNo: number; readonly due: string } | null

export type SubscriptionChange =
  | { readonly what: 'quantity'; readonly quantity: number }
  | { readonly what: 'period'; readonly period: Period }
  | { readonly what: 'receiver' }
  | { readonly what: 'payment_method'; readonly methodId: string; readonly previousMethodId: string | null }
  | { readonly what: 'price'; readonly unitPrice: number; readonly previousUnitPrice: number }

export type SubscriptionEvent =
  | (About & {
      readonly type: 'subscription.started'
      readonly customerId: string
      readonly itemId: string
      readonly quantity: number
      readonly unitPrice: number
      readonly period: Period
      readonly anchor: string
    })
  | (About & {
      readonly type: 'subscription.changed'
      readonly change: SubscriptionChange
      readonly takesEffect: TakesEffect
    })
  | (About & { readonly type: 'subscription.price_change_proposed'; readonly unitPrice: number })
  | (About & { readonly type: 'subscription.price_change_withdrawn'; readonly unitPrice: number })
  | (OfCycle & { readonly type: 'subscription.skipped' })
  | (OfCycle & { readonly type: 'subscription.unskipped' })
  | (About & { readonly type: 'subscription.paused'; readonly from: string; readonly until: string | null })
  | (About & { readonly type: 'subscription.resumed'; readonly next: TakesEffect })
  | (OfCycle & { readonly type: 'subscription.cycle_paid' })
  | (OfCycle & { readonly type: 'subscription.cycle_skipped'; readonly reason: SkipReason })
  | (OfCycle & { readonly type: 'subscription.cycle_failed'; readonly reason: FailReason })
  | (OfCycle & {
      readonly type: 'subscription.past_due'
      readonly waitingFor: 'retry' | 'new_method'
      /** When it is tried again, or until when a new method is awaited. */
      readonly until: string
      /** The payment token is no longer accepted and must not be used again. */
      readonly tokenDead: boolean
    })
  | (OfCycle & { readonly type: 'subscription.recovered' })
  | (OfCycle & {
      readonly type: 'subscription.charge_upcoming'
      /** The day it is charged: later than `due` when it is told late. */
      readonly chargeOn: string
      readonly amount: number
    })
  | (OfCycle & {
      readonly type: 'subscription.delivery_in_doubt'
      /** The day it would be charged: later than `due` when the charge was put off. */
      readonly chargeOn: string
      /** What becomes of it when its item is still not sold on the day. */
      readonly ifNotSold: 'wait' | 'end'
    })
  | (About & {
      readonly type: 'subscription.cancelled'
      readonly customerId: string
      readonly methodId: string | null
      readonly reason: string
      readonly by: 'customer' | 'merchant' | 'system'
      readonly at: string
    })
