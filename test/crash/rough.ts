import type { Snapshot } from './snapshot.ts'

/** From so many purchases on, chance cannot spare a run a kind of them; fewer prove nothing, one way or the other. */
const ENOUGH = 60

/** What the customers of a run were to do. */
export interface Done {
  purchases: number
  snapshot: Pick<Snapshot, 'attempts' | 'bankReceipts' | 'couponUses' | 'returns'>
}

/** What the run should have tried and did not: the rules about it had nothing to look at. */
export function notTried({ purchases, snapshot }: Done): string[] {
  const paidAt = (name: string) =>
    snapshot.attempts.filter(({ provider, state }) => provider === name && state === 'succeeded')
  const inPart = (name: string) =>
    paidAt(name).some(({ refunded, total }) => refunded > 0 && refunded < total)
  const few: readonly [string, boolean][] = [
    ['return that was refunded', snapshot.returns.some(({ state }) => state === 'refunded')],
    ['coupon that was used', snapshot.couponUses.some(({ returned }) => !returned)],
  ]
  const many: readonly [string, boolean][] = [
    ...['kakaopay', 'toss'].flatMap((name): [string, boolean][] => [
      [`payment by ${name}`, paidAt(name).length > 0],
      [`payment by ${name} of which a part was given back`, inPart(name)],
    ]),
    ['cash receipt', snapshot.bankReceipts.length > 0],
  ]
  return [...few, ...(purchases < ENOUGH ? [] : many)].flatMap(([what, tried]) => (tried ? [] : [what]))
}
