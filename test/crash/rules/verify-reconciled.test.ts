import { describe, expect, it } from 'vitest'
import type { Finding, Lie, Movement, Reconciled, ReconcilingSituation } from '../reconciling/reconcile.ts'
import { RECONCILING_RULES, verifyReconciled } from './reconciled.ts'

const PROVIDERS = ['kakaopay', 'toss'] as const
type Provider = (typeof PROVIDERS)[number]

const movement = (provider: Provider, n: number, kind: Movement['kind'] = 'charge'): Movement => ({
  kind,
  provider,
  day: '2026-01-02',
  at: `2026-01-01T16:00:0${n}.000Z`,
  ref: `${provider}-${n}`,
  partnerOrderId: `p-${provider}-${n}`,
  amount: 10_000 + n,
})

const lost = (provider: Provider): Finding => ({
  provider,
  kind: 'missing_there',
  movement: 'charge',
  providerRef: `${provider}-1`,
  merchantRef: `p-${provider}-1`,
  paymentId: `p-${provider}-1`,
  here: 10_001,
  there: null,
})
const added = (provider: Provider): Finding => ({
  provider,
  kind: 'missing_here',
  movement: 'charge',
  providerRef: 'never',
  merchantRef: 'never-charged',
  paymentId: null,
  here: null,
  there: 12_345,
})

/** A day with two charges and a refund at each provider, and four lists of it. */
function soundSituation(): ReconcilingSituation {
  const day = (provider: Provider, lie: Lie, matched: number, findings: Finding[]): Reconciled => ({
    provider,
    day: '2026-01-02',
    lie,
    matched,
    late: 0,
    differences: findings.length,
    findings,
  })
  return {
    movements: PROVIDERS.flatMap((name) => [
      movement(name, 2),
      movement(name, 1),
      movement(name, 3, 'refund'),
    ]),
    reconciled: PROVIDERS.flatMap((name) => [
      day(name, 'none', 3, []),
      day(name, 'loses one', 2, [lost(name)]),
      day(name, 'adds one', 3, [added(name)]),
      day(name, 'none again', 3, []),
    ]),
  }
}

const AGREE = 'books = lists of the providers'
const FOUND = 'a lost or added line is found'

/** What could go wrong, and the rules that must see it. */
const HARMS: readonly [string, readonly string[], (situation: ReconcilingSituation) => unknown][] = [
  ['an honest list differs', [AGREE], ({ reconciled }) => change(reconciled, 0, { differences: 1 })],
  [
    'a difference stays that is there no more',
    [AGREE],
    ({ reconciled }) => change(reconciled, 3, { findings: [added('kakaopay')] }),
  ],
  ['lines are skipped', [AGREE], ({ reconciled }) => change(reconciled, 4, { matched: 2 })],
  [
    'a day is forgotten',
    [AGREE],
    ({ movements }) => movements.push({ ...movement('toss', 4), day: '2026-01-03' }),
  ],
  ['the lost line is not found', [FOUND], ({ reconciled }) => change(reconciled, 1, { findings: [] })],
  [
    'another line than the lost one is found',
    [FOUND],
    ({ reconciled }) =>
      change(reconciled, 1, { findings: [{ ...lost('kakaopay'), providerRef: 'kakaopay-2' }] }),
  ],
  [
    'the lost line is found with another amount',
    [FOUND],
    ({ reconciled }) => change(reconciled, 5, { findings: [{ ...lost('toss'), here: 10_002 }] }),
  ],
  [
    'more than the lost line is found',
    [FOUND],
    ({ reconciled }) => change(reconciled, 5, { findings: [lost('toss'), added('toss')], differences: 2 }),
  ],
  [
    'the added line is taken for one of ours',
    [FOUND],
    ({ reconciled }) =>
      change(reconciled, 2, { findings: [{ ...added('kakaopay'), paymentId: 'p-kakaopay-1' }] }),
  ],
  ['the added line is not told', [FOUND], ({ reconciled }) => change(reconciled, 6, { differences: 0 })],
  ['one of the banks never lied', [FOUND], ({ reconciled }) => reconciled.splice(5, 2)],
]

function change(rows: Reconciled[], at: number, changed: Partial<Reconciled>): void {
  const row = rows[at]
  if (row === undefined) throw new Error(`there is no row ${at}`)
  rows[at] = { ...row, ...changed }
}

const brokenRules = (situation: ReconcilingSituation) =>
  [...verifyReconciled(situation)].flatMap(([name, broken]) => (broken.length > 0 ? [name] : []))

describe('verifyReconciled', () => {
  it('finds nothing when everything fits together', () => {
    expect(brokenRules(soundSituation())).toEqual([])
  })

  it('takes what fell on another day for no difference', () => {
    const situation = soundSituation()
    change(situation.reconciled, 0, { matched: 2, late: 2 })
    expect(brokenRules(situation)).toEqual([])
  })

  it.each(HARMS)('sees that %s', (_what, rules, harm) => {
    const situation = soundSituation()
    harm(situation)
    expect(brokenRules(situation)).toEqual(rules)
  })

  it('has a harm for every rule', () => {
    const tested = new Set(HARMS.flatMap(([, rules]) => rules))
    expect(Object.keys(RECONCILING_RULES).filter((rule) => !tested.has(rule))).toEqual([])
  })
})
