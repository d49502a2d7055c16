import type { Acknowledged } from './acknowledged.ts'
import type { Snapshot } from './snapshot.ts'

/** From so many purchases on, chance cannot spare a run a kind of them; fewer prove nothing, one way or the other. */
const ENOUGH = 60

/** What the customers of a run were to do. */
export interface Done {
  purchases: number
  snapshot: Pick<Snapshot, 'attempts' | 'bankReceipts' | 'couponUses' | 'returns' | 'subscriptions'>
  cartOrders: Acknowledged['cartOrders']
}

/** What the run should have tried and did not: the rules about it had nothing to look at. */
export function notTried({ purchases, snapshot, cartOrders }: Done): string[] {
  const paidAt = (name: string) =>
    snapshot.attempts.filter(({ provider, state }) => provider === name && state === 'succeeded')
  const inPart = (name: string) =>
    paidAt(name).some(({ refunded, total }) => refunded > 0 && refunded < total)
  const paid = new Set(['kakaopay', 'toss'].flatMap((name) => paidAt(name).map(({ orderId }) => orderId)))
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
    ['subscription', snapshot.subscriptions.length > 0],
    ['cart of several lines', [...cartOrders].some(([id, lines]) => paid.has(id) && lines.length > 1)],
    ['cart that was left unpaid', [...cartOrders.keys()].some((id) => !paid.has(id))],
  ]
  return [...few, ...(purchases < ENOUGH ? [] : many)].flatMap(([what, tried]) => (tried ? [] : [what]))
}
