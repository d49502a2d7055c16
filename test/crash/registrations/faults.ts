import { type FaultRule, HOLD_MS, on } from '../faults.ts'

const issue = on('billing_issue', 'toss')
const remove = on('billing_delete', 'toss')
const inactive = on('sid_inactive')
const page = on('page_approve', 'toss')

/**
 * Trouble with tokens, beside what KakaoPay's approvals meet anyhow: they issue its tokens. Answers are slow once the
 * token exists, for somebody to be killed between the issue and the writing of it.
 */
export const REGISTRATION_FAULTS: readonly FaultRule[] = [
  {
    id: 'approve-slow-answer',
    match: { provider: 'kakaopay', operation: 'approve', amount: 0 },
    effect: { kind: 'latency', distribution: 'uniform', minMs: 50, maxMs: 600, at: 'after' },
  },
  {
    id: 'billing_issue-slow-answer',
    match: { provider: 'toss', operation: 'billing_issue' },
    effect: { kind: 'latency', distribution: 'uniform', minMs: 50, maxMs: 600, at: 'after' },
  },
  issue('timeout-before', 0.05, { kind: 'timeout_before', holdMs: HOLD_MS }),
  issue('timeout-after', 0.07, { kind: 'timeout_after', holdMs: HOLD_MS }),
  issue('reset-before', 0.05, { kind: 'reset_before' }),
  issue('reset-after', 0.07, { kind: 'reset_after' }),
  issue('5xx-before', 0.04, { kind: 'http_5xx' }),
  issue('5xx-after', 0.05, { kind: 'http_5xx', sideEffect: true, body: 'provider' }),
  issue('truncated', 0.04, { kind: 'bad_body', form: 'truncated' }),
  remove('reset-before', 0.07, { kind: 'reset_before' }),
  remove('reset-after', 0.07, { kind: 'reset_after' }),
  remove('5xx', 0.07, { kind: 'http_5xx' }),
  inactive('reset-before', 0.07, { kind: 'reset_before' }),
  inactive('reset-after', 0.07, { kind: 'reset_after' }),
  inactive('5xx', 0.07, { kind: 'http_5xx' }),
  { ...page('callbacks', 0.15, { kind: 'duplicate_callback', copies: 2 }), id: 'toss-page-callbacks' },
  { ...page('no-return', 0.03, { kind: 'no_return' }), id: 'toss-page-no-return' },
]
