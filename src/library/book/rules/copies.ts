/** How many copies of a title there are, by what became of them. */
export interface CopyCounts {
  readonly available: number
  readonly onLoan: number
  readonly onShelf: number
  readonly damaged: number
  readonly lost: number
}

/** Copies a library counts as its own: those lost or withdrawn are gone. */
export function ownedCopies({ available, onLoan, onShelf, damaged }: CopyCounts): number {
  return available + onLoan + onShelf + damaged
}

/** Copies that cannot be taken away because patrons have them or were promised them. */
export function boundCopies({ onLoan, onShelf }: CopyCounts): number {
  return onLoan + onShelf
}

/**
 * What it takes to own so many copies. Only copies in the house go: those that stand available, then damaged ones.
 * `copies_out`: fewer than patrons have or were promised.
 */
export function toOwn(
  counts: CopyCounts,
  wanted: number,
):
  | { kind: 'add'; copies: number }
  | { kind: 'remove'; available: number; damaged: number }
  | { kind: 'same' }
  | { kind: 'copies_out'; least: number } {
  const difference = wanted - ownedCopies(counts)
  if (difference === 0) return { kind: 'same' }
  if (difference > 0) return { kind: 'add', copies: difference }
  if (wanted < boundCopies(counts)) return { kind: 'copies_out', least: boundCopies(counts) }
  const available = Math.min(-difference, counts.available)
  return { kind: 'remove', available, damaged: -difference - available }
}
