import { describe, expect, it } from 'vitest'
import type { PurchaseTokens } from '../registrations/purchase-tokens.ts'
import { PURCHASE_TOKEN_RULES, verifyPurchaseTokens } from './purchase-tokens.ts'

const attempt = (id: string, provider: string, state: string, doubts = 0, wasSent = true) => ({
  id,
  provider,
  state,
  buyerRef: 'b1',
  doubts,
  wasSent,
})
const method = (id: string, attemptId: string, state = 'active') => ({
  id,
  attemptId,
  state,
  token: `t-${attemptId}`,
  uses: state === 'active' ? 1 : 0,
})
const token = (of: string, provider: 'kakaopay' | 'toss', active = true) => ({
  provider,
  token: `t-${of}`,
  buyerRef: 'b1',
  active,
})

/** Two payments that left a method, one whose token was lost, two refused or given up after their token, one that came too
 * late, and those that lost none: the bank was never asked to complete them. */
const soundSituation = (): PurchaseTokens => ({
  attempts: [
    attempt('kakao', 'kakaopay', 'succeeded'),
    attempt('toss', 'toss', 'succeeded', 2),
    attempt('lost', 'kakaopay', 'succeeded', 1),
    attempt('refused', 'toss', 'declined'),
    attempt('given up', 'toss', 'expired'),
    attempt('late', 'toss', 'succeeded_late', 1),
    attempt('left', 'kakaopay', 'expired', 0, false),
    attempt('pressed fail', 'toss', 'declined', 0, false),
    attempt('no page', 'toss', 'failed', 0, false),
  ],
  methods: [method('m1', 'kakao'), method('m2', 'toss'), method('m3', 'late', 'revoked')],
  tokens: [
    token('kakao', 'kakaopay'),
    token('toss', 'toss'),
    token('lost', 'kakaopay'),
    token('refused', 'toss'),
    token('late', 'toss', false),
    token('given up', 'toss'),
  ],
})

const ONE = 'methods of purchases = tokens'
const LOST = 'lost tokens of purchases explained'
const LEFT = 'payments without doubt left methods'

/** What could go wrong, and the rules that must see it. */
const HARMS: readonly [string, readonly string[], (situation: PurchaseTokens) => unknown][] = [
  ['a payment leaves two methods', [ONE], ({ methods }) => methods.push(method('m9', 'kakao'))],
  ['a method has no payment', [ONE], ({ methods }) => change(methods, 0, { attemptId: 'p9' })],
  ['a method has a token of nobody', [ONE], ({ methods }) => change(methods, 1, { token: 't9' })],
  ['a method has a token of somebody else', [ONE], ({ tokens }) => change(tokens, 0, { buyerRef: 'b9' })],
  [
    'a method has a token of the other provider',
    [ONE],
    ({ tokens }) => change(tokens, 0, { provider: 'toss' }),
  ],
  ['a method cannot be charged', [ONE], ({ tokens }) => change(tokens, 1, { active: false })],
  ['what was given up can still be charged', [ONE], ({ tokens }) => change(tokens, 4, { active: true })],
  [
    'a subscription is charged with what was given up',
    [ONE],
    ({ methods }) => change(methods, 2, { uses: 1 }),
  ],
  ['what came too late is kept', [ONE], ({ methods }) => change(methods, 2, { state: 'active', uses: 1 })],
  ['a payment that was refused left a method', [ONE], ({ methods }) => methods.push(method('m9', 'refused'))],
  [
    'more tokens are loose than payments can have lost',
    [LOST],
    ({ tokens }) => tokens.push({ ...token('lost', 'kakaopay'), token: 't9' }),
  ],
  [
    'a token is loose of a payment that was never sent',
    [LOST],
    ({ tokens }) => tokens.push({ ...token('pressed fail', 'toss') }),
  ],
  [
    'a token is loose of a payment that expired',
    [LOST],
    ({ tokens }) => tokens.push({ ...token('left', 'kakaopay') }),
  ],
  [
    'a token is loose of a payment nobody doubted',
    [LOST, LEFT],
    ({ attempts }) => change(attempts, 2, { doubts: 0 }),
  ],
]

function change<T extends object>(rows: T[], at: number, changed: Partial<T>): void {
  const row = rows[at]
  if (row === undefined) throw new Error(`there is no row ${at}`)
  rows[at] = { ...row, ...changed }
}

const brokenRules = (situation: PurchaseTokens) =>
  [...verifyPurchaseTokens(situation)].flatMap(([name, broken]) => (broken.length > 0 ? [name] : []))

describe('verifyPurchaseTokens', () => {
  it('finds nothing when everything fits together', () => {
    expect(brokenRules(soundSituation())).toEqual([])
  })

  it.each(HARMS)('sees that %s', (_what, rules, harm) => {
    const situation = soundSituation()
    harm(situation)
    expect(brokenRules(situation)).toEqual(expect.arrayContaining([...rules]))
  })

  it('has a harm for every rule', () => {
    const tested = new Set(HARMS.flatMap(([, rules]) => rules))
    expect(Object.keys(PURCHASE_TOKEN_RULES).filter((rule) => !tested.has(rule))).toEqual([])
  })
})
