import { setTimeout as pause } from 'node:timers/promises'
import type { Effect, Match } from '../../simulators/bank/faults/rule.ts'
import { ask } from './people/insist.ts'
import { between, type Random } from './plan.ts'

export interface FaultRule {
  id: string
  match: Match
  effect: Effect
}

/** Longer than the shop waits for an approval here, so the shop gives up first. */
export const HOLD_MS = 4_000

/** Rules about one operation of a provider, by a short name. */
export const on =
  (operation: string, provider: 'kakaopay' | 'toss' = 'kakaopay') =>
  (id: string, probability: number, effect: Effect): FaultRule => ({
    id: `${operation}-${id}`,
    match: { provider, operation, probability },
    effect,
  })
const ready = on('ready')
const approve = on('approve')
const cancel = on('cancel')
const order = on('order')
const page = on('page_approve')

/** Trouble of every kind the bank can make: before and after the effect, with and without an answer. */
export const FAULTS: readonly FaultRule[] = [
  {
    id: 'latency',
    match: { provider: 'kakaopay' },
    effect: { kind: 'latency', distribution: 'lognormal', medianMs: 30, sigma: 0.9, maxMs: 1_500 },
  },
  ready('reset-before', 0.02, { kind: 'reset_before' }),
  ready('reset-after', 0.02, { kind: 'reset_after' }),
  ready('5xx', 0.02, { kind: 'http_5xx' }),
  ready('bad-body', 0.02, { kind: 'bad_body', form: 'html' }),
  approve('timeout-before', 0.04, { kind: 'timeout_before', holdMs: HOLD_MS }),
  approve('timeout-after', 0.05, { kind: 'timeout_after', holdMs: HOLD_MS }),
  approve('reset-before', 0.03, { kind: 'reset_before' }),
  approve('reset-after', 0.04, { kind: 'reset_after' }),
  approve('5xx-before', 0.03, { kind: 'http_5xx' }),
  approve('5xx-after', 0.04, { kind: 'http_5xx', sideEffect: true, body: 'provider' }),
  approve('truncated', 0.02, { kind: 'bad_body', form: 'truncated' }),
  approve('half-closed', 0.02, { kind: 'bad_body', form: 'half_closed' }),
  approve('empty', 0.02, { kind: 'bad_body', form: 'empty' }),
  approve('amount', 0.02, { kind: 'amount_mismatch' }),
  approve('status', 0.01, { kind: 'unknown_status' }),
  approve('decline', 0.05, { kind: 'decline' }),
  cancel('timeout-before', 0.02, { kind: 'timeout_before', holdMs: HOLD_MS }),
  cancel('timeout-after', 0.05, { kind: 'timeout_after', holdMs: HOLD_MS }),
  cancel('reset-before', 0.03, { kind: 'reset_before' }),
  cancel('reset-after', 0.06, { kind: 'reset_after' }),
  cancel('5xx-before', 0.03, { kind: 'http_5xx' }),
  cancel('5xx-after', 0.05, { kind: 'http_5xx', sideEffect: true }),
  cancel('html', 0.04, { kind: 'bad_body', form: 'html' }),
  order('reset', 0.05, { kind: 'reset_before' }),
  order('5xx', 0.05, { kind: 'http_5xx' }),
  order('stale', 0.1, { kind: 'lookup_lag', answer: 'stale' }),
  order('not-found', 0.1, { kind: 'lookup_lag', answer: 'not_found' }),
  page('callbacks', 0.15, { kind: 'duplicate_callback', copies: 2 }),
  page('no-return', 0.03, { kind: 'no_return' }),
]

const tossed = (operation: string) => {
  const make = on(operation, 'toss')
  return (id: string, probability: number, effect: Effect): FaultRule => {
    const rule = make(id, probability, effect)
    return { ...rule, id: `toss-${rule.id}` }
  }
}
const confirm = tossed('confirm')
const tossCancel = tossed('cancel')
const receiptIssue = tossed('receipt_issue')
const receiptCancel = tossed('receipt_cancel')

/** The same at Toss, whose page needs no call before it, and trouble with cash receipts. */
export const TOSS_FAULTS: readonly FaultRule[] = [
  confirm('latency', 1, {
    kind: 'latency',
    distribution: 'lognormal',
    medianMs: 60,
    sigma: 0.9,
    maxMs: 1_500,
  }),
  confirm('timeout-before', 0.04, { kind: 'timeout_before', holdMs: HOLD_MS }),
  confirm('timeout-after', 0.06, { kind: 'timeout_after', holdMs: HOLD_MS }),
  confirm('reset-before', 0.04, { kind: 'reset_before' }),
  confirm('reset-after', 0.05, { kind: 'reset_after' }),
  confirm('5xx-before', 0.03, { kind: 'http_5xx' }),
  confirm('5xx-after', 0.05, { kind: 'http_5xx', sideEffect: true, body: 'provider' }),
  confirm('truncated', 0.03, { kind: 'bad_body', form: 'truncated' }),
  confirm('amount', 0.02, { kind: 'amount_mismatch' }),
  confirm('status', 0.01, { kind: 'unknown_status' }),
  confirm('decline', 0.05, { kind: 'decline' }),
  tossCancel('timeout-after', 0.06, { kind: 'timeout_after', holdMs: HOLD_MS }),
  tossCancel('reset-before', 0.04, { kind: 'reset_before' }),
  tossCancel('reset-after', 0.08, { kind: 'reset_after' }),
  tossCancel('5xx-after', 0.06, { kind: 'http_5xx', sideEffect: true }),
  tossCancel('html', 0.04, { kind: 'bad_body', form: 'html' }),
  ...['payment', 'order']
    .map(tossed)
    .flatMap((look) => [
      look('reset', 0.05, { kind: 'reset_before' }),
      look('5xx', 0.05, { kind: 'http_5xx' }),
      look('stale', 0.1, { kind: 'lookup_lag', answer: 'stale' }),
      look('not-found', 0.1, { kind: 'lookup_lag', answer: 'not_found' }),
    ]),
  ...[receiptIssue, receiptCancel].flatMap((deed) => [
    deed('timeout-after', 0.08, { kind: 'timeout_after', holdMs: HOLD_MS }),
    deed('reset-before', 0.06, { kind: 'reset_before' }),
    deed('reset-after', 0.1, { kind: 'reset_after' }),
    deed('5xx-after', 0.08, { kind: 'http_5xx', sideEffect: true }),
  ]),
  tossed('receipts')('5xx', 0.1, { kind: 'http_5xx' }),
]

export interface Faults {
  /** Makes the bank calm again and answers how often each rule struck. */
  calm(): Promise<ReadonlyMap<string, number>>
}

/**
 * Puts the rules in place until calmed.
 * @param random also cuts the bank's line now and then, at times drawn from it
 */
export async function startFaults(
  bankUrl: string,
  rules: readonly FaultRule[],
  random: Random | undefined,
): Promise<Faults> {
  const control = async (method: 'GET' | 'POST', path: string, json?: unknown) => {
    const answer = await ask({
      method,
      url: `${bankUrl}${path}`,
      ...(json === undefined ? {} : { json }),
    })
    if (answer.status !== 200) throw new Error(`bank: ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  await control('POST', '/faults', { rules, replace: true })

  const stopped = new AbortController()
  let cuts = 0
  const cutNowAndThen = async () => {
    while (random !== undefined && !stopped.signal.aborted) {
      await pause(between(random, 6_000, 14_000), undefined, { signal: stopped.signal }).catch(
        () => undefined,
      )
      if (stopped.signal.aborted) return
      await control('POST', '/faults/offline', { ms: between(random, 200, 1_000) })
      cuts++
    }
  }
  const cutting = cutNowAndThen()

  return {
    calm: async () => {
      stopped.abort()
      await cutting
      const struck = firedOf(await control('GET', '/faults'))
      await control('POST', '/faults/online')
      const cleared = await fetch(`${bankUrl}/faults`, { method: 'DELETE' })
      await cleared.body?.cancel()
      return new Map(random === undefined ? struck : [...struck, ['line cut', cuts]])
    },
  }
}

function firedOf(view: unknown): [string, number][] {
  const rules = typeof view === 'object' && view !== null && 'rules' in view ? view.rules : []
  if (!Array.isArray(rules)) return []
  return rules.map(({ id, fired }) => [String(id), Number(fired)])
}
