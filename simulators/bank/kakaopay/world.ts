import type { Decision } from '../decision.ts'
import type { Plan } from '../faults/plan.ts'
import type { KakaoState } from './state.ts'

/** What a KakaoPay call may know of the world while it is decided. */
export interface KakaoWorld {
  state: KakaoState
  /** The bank's clock, milliseconds. */
  now: number
  /** A fresh id of 20 characters beginning with the letter. */
  newId: (letter: string) => string
  /** Address of the customer's page for a transaction. */
  pageUrl: (tid: string) => string
  plan: Plan
  /** How often this payment has been looked up since its last change, this time included. */
  countLookup: (key: string, lastChange: number) => number
}

export type Body = Readonly<Record<string, unknown>>
export type Decide = (world: KakaoWorld, body: Body) => Decision

/** A payment must be approved within 15 minutes of ready; afterwards approve answers -723. */
export const READY_VALID_MS = 15 * 60 * 1000
