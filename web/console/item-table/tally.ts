interface Facts {
  readonly status: string
  readonly realPrice: number
  readonly onHand: number
}

/** What a table of changes comes to, before it is done. */
export interface Tally {
  /** Items whose price becomes another. */
  readonly prices: number
  /** Items that customers see no more. */
  readonly hidden: number
  /** Pieces. */
  readonly added: number
  readonly taken: number
  /** Items of whose notice something becomes another text. */
  readonly notices: number
}

/** Sums up what changes. */
export function tallyOf(
  changes: readonly { readonly before: Facts; readonly after: Facts; readonly notice: readonly unknown[] }[],
): Tally {
  const tally = { prices: 0, hidden: 0, added: 0, taken: 0, notices: 0 }
  for (const { before, after, notice } of changes) {
    if (notice.length > 0) tally.notices += 1
    if (before.realPrice !== after.realPrice) tally.prices += 1
    if (before.status !== 'hidden' && after.status === 'hidden') tally.hidden += 1
    tally.added += Math.max(0, after.onHand - before.onHand)
    tally.taken += Math.max(0, before.onHand - after.onHand)
  }
  return tally
}
