import { isTimeout, transact } from '../../../platform/database/database.ts'
import { inSpan } from '../../../platform/telemetry/in-span.ts'
import type { Gate } from './gate.ts'
import type { BillingDeps, ChargeResult } from './ports.ts'
import { prepareSubscription } from './prepare-subscription.ts'
import type { Prepared, Turn } from './prepared.ts'

/** What one subscription came to: the answer of the bank, or what was decided without asking it. */
export type Worked =
  | { kind: 'charged'; result: Exclude<ChargeResult, 'stale'>; provider: string }
  /** Another worker sent it; its answer counts there. */
  | { kind: 'stale' }
  | Exclude<Prepared, { kind: 'send' }>

export interface Workplace {
  /** Holds charges of one provider back to the pace it bears. */
  gate(provider: string): Gate
  /** Runs preparing transactions, only some at once. */
  preparing: <T>(work: () => Promise<T>) => Promise<T>
}

/** Refusals in a row that are repeated at once; more than any policy allows, so that it only ever stops a bug. */
const MOST_ROUNDS = 8
const MOST_TRIES = 5

/**
 * Does everything that is to be done for one claimed subscription now: prepare (one transaction), send (no
 * transaction; the settlement is the payments'), and again when the policy says "again at once". One trace.
 */
export function workOnSubscription(
  deps: BillingDeps,
  place: Workplace,
  subscriptionId: string,
  turn: Omit<Turn, 'now'>,
): Promise<Worked> {
  return inSpan('charge subscription', { root: true }, async (span) => {
    const worked = await work(deps, place, subscriptionId, turn)
    span?.set({ outcome: worked.kind === 'charged' ? worked.result : worked.kind })
    return worked
  })
}

async function work(
  deps: BillingDeps,
  place: Workplace,
  subscriptionId: string,
  turn: Omit<Turn, 'now'>,
): Promise<Worked> {
  let charged: Worked | undefined
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    // Forced is the first try only; what follows keeps to its time.
    const prepared = await prepareOne(deps, place, subscriptionId, {
      ...turn,
      forced: turn.forced && round === 0,
    })
    if (prepared.kind !== 'send') return charged ?? prepared
    await deps.at('prepared', subscriptionId)
    const gate = place.gate(prepared.provider)
    const result = await gate.run(() => deps.payments.sendTokenCharge(prepared.attemptId), judge)
    await deps.at('sent', subscriptionId)
    if (result === 'stale') return charged ?? { kind: 'stale' }
    charged = { kind: 'charged', result, provider: prepared.provider }
    if (result !== 'declined') return charged
  }
  return charged ?? { kind: 'nothing' }
}

function prepareOne(
  deps: BillingDeps,
  place: Workplace,
  subscriptionId: string,
  turn: Omit<Turn, 'now'>,
): Promise<Prepared> {
  return place.preparing(async () => {
    for (let tries = 1; ; tries += 1) {
      const result = await transact<Prepared | 'moved'>(deps.db, async (tx, rollback) => {
        const prepared = await prepareSubscription(deps, tx, subscriptionId, {
          ...turn,
          now: deps.clock.now(),
        })
        await deps.at('preparing', subscriptionId)
        return prepared === 'moved' ? rollback(prepared) : prepared
      }).catch((error: unknown) => {
        // Nothing of it happened; what stood in the way has gone by then.
        if (tries < MOST_TRIES && isLockTrouble(error)) return 'moved' as const
        throw error
      })
      if (result !== 'moved') return result
      if (tries >= MOST_TRIES) throw new Error(`subscription ${subscriptionId} was never at rest`)
    }
  })
}

function isLockTrouble(error: unknown): boolean {
  return isTimeout(error) || (error instanceof Error && 'code' in error && error.code === '40P01')
}

/** A refusal is an answer; no connection, no answer in time or nonsense is trouble of the provider. */
function judge(result: ChargeResult): 'fine' | 'trouble' {
  return result === 'unknown' || result === 'not_sent' ? 'trouble' : 'fine'
}
