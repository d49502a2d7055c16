import type { PurchaseTokens } from '../registrations/purchase-tokens.ts'
import { evidenceOf, type Violation } from './violation.ts'

type TokenRule = (situation: PurchaseTokens) => Violation[]

/** A payment that was to leave a method behind left one at most, with the token the bank issued for it. */
const onePerPayment: TokenRule = ({ attempts, methods, tokens }) => {
  const rowOf = new Map(attempts.map((row) => [row.id, row]))
  const issued = new Map(tokens.map((token) => [token.token, token]))
  const methodsOf = Map.groupBy(methods, ({ attemptId }) => attemptId)
  const uses = Map.groupBy(methods, ({ token }) => token)
  return methods.flatMap((method): Violation[] => {
    const row = rowOf.get(method.attemptId)
    const token = issued.get(method.token)
    const isRight =
      row !== undefined &&
      token?.buyerRef === row.buyerRef &&
      token.provider === row.provider &&
      isKeptRightly(method, row) &&
      token.active === (method.state === 'active') &&
      methodsOf.get(method.attemptId)?.length === 1 &&
      uses.get(method.token)?.length === 1
    const evidence = evidenceOf(method, row, token)
    return isRight
      ? []
      : [{ rule: 'a method is not what a payment left behind', about: `method ${method.id}`, evidence }]
  })
}

/** What came too late is given up; so may be what no subscription needs any more, when its purchase was given back. */
function isKeptRightly(
  { state, uses }: PurchaseTokens['methods'][number],
  attempt: PurchaseTokens['attempts'][number],
): boolean {
  return state === 'active' ? attempt.state === 'succeeded' : state === 'revoked' && uses === 0
}

/**
 * A token that can be charged and that nobody keeps is one of a payment that was in doubt, or that the bank was asked for
 * and that came to nothing: KakaoPay tells its token once, and Toss issues one before it charges, which is known to nobody
 * when the charge is refused or never reaches it. A payment the bank was never asked to complete has lost none.
 */
const lostOnesAreExplained: TokenRule = ({ attempts, methods, tokens }) => {
  const kept = new Set(methods.map(({ token }) => token))
  const keptOf = new Set(methods.map(({ attemptId }) => attemptId))
  const whose = ({ buyerRef, provider }: { buyerRef: string; provider: string }) =>
    `${buyerRef} at ${provider}`
  const losing = Map.groupBy(
    attempts.filter((attempt) => !keptOf.has(attempt.id) && mayHaveLostOne(attempt)),
    whose,
  )
  const loose = Map.groupBy(
    tokens.filter(({ active, token }) => active && !kept.has(token)),
    whose,
  )
  return [...loose].flatMap(([about, lost]): Violation[] => {
    const own = losing.get(about) ?? []
    return lost.length <= own.length
      ? []
      : [{ rule: 'a token can be charged that nobody keeps', about, evidence: evidenceOf(...lost, ...own) }]
  })
}

function mayHaveLostOne({ state, doubts, wasSent }: PurchaseTokens['attempts'][number]): boolean {
  return doubts > 0 || (wasSent && state !== 'succeeded' && state !== 'succeeded_late')
}

/** A payment whose outcome nobody ever doubted left its method behind. */
const calmPaymentsLeaveOne: TokenRule = ({ attempts, methods }) => {
  const keptOf = new Set(methods.map(({ attemptId }) => attemptId))
  return attempts
    .filter(({ id, state, doubts }) => state === 'succeeded' && doubts === 0 && !keptOf.has(id))
    .map((row) => ({
      rule: 'a payment without any doubt left no method',
      about: `payment ${row.id}`,
      evidence: evidenceOf(row),
    }))
}

/** Everything that must hold of methods that purchases left behind, by the name shown to people. */
export const PURCHASE_TOKEN_RULES: Readonly<Record<string, TokenRule>> = {
  'methods of purchases = tokens': onePerPayment,
  'lost tokens of purchases explained': lostOnesAreExplained,
  'payments without doubt left methods': calmPaymentsLeaveOne,
}

/** Applies every rule. @returns the violations of each, by the rule's name; all lists empty when all is well */
export function verifyPurchaseTokens(situation: PurchaseTokens): ReadonlyMap<string, Violation[]> {
  return new Map(Object.entries(PURCHASE_TOKEN_RULES).map(([name, rule]) => [name, rule(situation)]))
}
