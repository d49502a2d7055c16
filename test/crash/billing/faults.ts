import type { FaultRule } from '../faults.ts'

/** How long the shop waits for a charge in this test, in milliseconds. */
export const CHARGE_TIMEOUT_MS = 1_500
const HOLD_MS = 2 * CHARGE_TIMEOUT_MS

const charge = (id: string, probability: number, effect: FaultRule['effect']): FaultRule => ({
  id: `subscription-${id}`,
  match: { provider: 'kakaopay', operation: 'subscription', probability },
  effect,
})

/** Trouble with charges by token: with and without the charge, and refusals. */
export const BILLING_FAULTS: readonly FaultRule[] = [
  {
    id: 'latency',
    match: { provider: 'kakaopay' },
    effect: { kind: 'latency', distribution: 'lognormal', medianMs: 60, sigma: 0.8, maxMs: 1_000 },
  },
  charge('timeout-after', 0.02, { kind: 'timeout_after', holdMs: HOLD_MS }),
  charge('timeout-before', 0.02, { kind: 'timeout_before', holdMs: HOLD_MS }),
  charge('reset-after', 0.01, { kind: 'reset_after' }),
  charge('decline', 0.05, { kind: 'decline', code: -782, extras: { method_result_code: 'LACK_BALANCE' } }),
  {
    id: 'look-5xx',
    match: { provider: 'kakaopay', operation: 'sid_status', probability: 0.05 },
    effect: { kind: 'http_5xx' },
  },
]
