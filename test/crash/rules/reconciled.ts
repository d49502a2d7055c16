import type { Finding, Reconciled, ReconcilingSituation } from '../reconciling/reconcile.ts'
import { evidenceOf, type Violation } from './violation.ts'

type ReconcilingRule = (situation: ReconcilingSituation) => Violation[]

const ofDay = ({ movements }: ReconcilingSituation, { provider, day }: Reconciled) =>
  movements.filter((movement) => movement.provider === provider && movement.day === day)

const violation = (rule: string, { provider, day, lie, ...found }: Reconciled): Violation => ({
  rule,
  about: `${provider}, ${day}, the bank’s list ${lie}`,
  evidence: evidenceOf(found),
})

/** Every day on which money moved agrees with the provider's list of it, and each line of the list was held against our books. */
const daysAgree: ReconcilingRule = (situation) => {
  const { movements, reconciled } = situation
  const honest = reconciled.filter(({ lie }) => lie === 'none' || lie === 'none again')
  const done = new Set(honest.map(({ provider, day }) => `${provider}, ${day}`))
  const days = new Set(movements.map(({ provider, day }) => `${provider}, ${day}`))
  const differing = honest.flatMap((one): Violation[] => {
    if (one.differences > 0 || one.findings.length > 0)
      return [violation('our books and the list of the day differ', one)]
    // Late is also what our books have of the day and the list of another one tells.
    return one.matched + one.late >= ofDay(situation, one).length
      ? []
      : [violation('lines of the list were not looked at', one)]
  })
  const missed = [...days].filter((day) => !done.has(day))
  return [
    ...differing,
    ...missed.map((about) => ({ rule: 'a day was not reconciled', about, evidence: evidenceOf(...done) })),
  ]
}

/** Where the bank loses a line of its list or makes one up, exactly that one is found. */
const liesAreFound: ReconcilingRule = (situation) => {
  const providers = [...new Set(situation.movements.map(({ provider }) => provider))]
  return providers.flatMap((provider) =>
    (['loses one', 'adds one'] as const).flatMap((wanted): Violation[] => {
      const one = situation.reconciled.find((day) => day.provider === provider && day.lie === wanted)
      if (one === undefined)
        return [{ rule: 'the bank did not lie', about: `${provider} ${wanted}`, evidence: '' }]
      const [finding, ...others] = one.findings
      const isFound = wanted === 'loses one' ? isLost(situation, one, finding) : isAdded(finding)
      return isFound && others.length === 0 && one.differences === 1
        ? []
        : [violation('not exactly the false line was found', one)]
    }),
  )
}

/** The list goes by time, so the first one of the day is lost; more than one may be of the same moment. */
function isLost(situation: ReconcilingSituation, day: Reconciled, finding: Finding | undefined): boolean {
  const own = ofDay(situation, day)
  const earliest = own.map(({ at }) => at).toSorted()[0]
  return own.some(
    ({ at, kind, ref, partnerOrderId, amount }) =>
      at === earliest &&
      kind === finding?.movement &&
      ref === finding.providerRef &&
      partnerOrderId === finding.paymentId &&
      amount === finding.here &&
      finding.kind === 'missing_there' &&
      finding.there === null,
  )
}

/** What the bank makes up is always the same. */
function isAdded(finding: Finding | undefined): boolean {
  return (
    finding?.kind === 'missing_here' &&
    finding.merchantRef === 'never-charged' &&
    finding.paymentId === null &&
    finding.here === null &&
    finding.there === 12_345
  )
}

/** Everything that must hold of the days held against the providers' lists, by the name shown to people. */
export const RECONCILING_RULES: Readonly<Record<string, ReconcilingRule>> = {
  'books = lists of the providers': daysAgree,
  'a lost or added line is found': liesAreFound,
}

/** Applies every rule. @returns the violations of each, by the rule's name; all lists empty when all is well */
export function verifyReconciled(situation: ReconcilingSituation): ReadonlyMap<string, Violation[]> {
  return new Map(Object.entries(RECONCILING_RULES).map(([name, rule]) => [name, rule(situation)]))
}
