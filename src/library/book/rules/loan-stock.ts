/**
 * What a loan does to the stock of its title. For each loan the catalogue remembers its answer; whatever is repeated,
 * late or in another order, copies are taken once and come back once, and never when none were taken.
 *
 *   (nothing) ─ borrowed ─▶ taken ─ cancelled ─▶ released
 *        │         └──────▶ refused
 *        └─ cancelled ────▶ released (nothing was taken, and nothing will be)
 */

export type LoanStockState = 'taken' | 'refused' | 'released'

/** The answer to a loan. Of `taken` copies `back` have come back and `lost` are given up. */
export interface LoanStock {
  readonly state: LoanStockState
  readonly taken: number
  readonly back: number
  readonly lost: number
}

/** What a title can give now. */
export interface Shelf {
  readonly lendable: boolean
  /** Copies nobody has and nobody waits for. */
  readonly available: number
  /** Copies on the hold shelf for this patron, and for others. */
  readonly ownShelf: number
  readonly othersShelf: number
}

export type NoStockReason = 'not_enough' | 'held_for_others' | 'book_unknown' | 'book_withdrawn'

/** Copies a patron could take now, the own ones on the hold shelf included. */
export function lendableTo(shelf: Shelf): number {
  return shelf.lendable ? shelf.available + shelf.ownShelf : 0
}

/** Why a title cannot give so many copies; undefined when it can. */
export function noStockFor(shelf: Shelf | undefined, copies: number): NoStockReason | undefined {
  if (!shelf) return 'book_unknown'
  if (!shelf.lendable) return 'book_withdrawn'
  if (lendableTo(shelf) >= copies) return undefined
  return lendableTo(shelf) + shelf.othersShelf >= copies ? 'held_for_others' : 'not_enough'
}

/** Answered before: what was done stays done, what was said stays said. */
type Known = { kind: 'known' }
const KNOWN: Known = { kind: 'known' }

/** A loan was accepted. Copies on the own hold shelf are taken first. */
export function onBorrowed(
  known: LoanStock | undefined,
  shelf: Shelf | undefined,
  copies: number,
):
  | { kind: 'take'; fromOwnShelf: number; fromAvailable: number }
  | { kind: 'refuse'; reason: NoStockReason }
  | Known {
  if (known) return KNOWN
  const reason = noStockFor(shelf, copies)
  if (!shelf || reason !== undefined) return { kind: 'refuse', reason: reason ?? 'book_unknown' }
  const fromOwnShelf = Math.min(shelf.ownShelf, copies)
  return { kind: 'take', fromOwnShelf, fromAvailable: copies - fromOwnShelf }
}

/** A loan is being cancelled. What was refused has been told and needs no second answer. */
export function onCancelling(
  known: LoanStock | undefined,
): { kind: 'release'; copies: number } | { kind: 'never_take' } | Known {
  if (!known) return { kind: 'never_take' }
  return known.state === 'taken' ? { kind: 'release', copies: known.taken - known.back - known.lost } : KNOWN
}

export type Movement = 'return' | 'lost' | 'found'

/**
 * Copies of a loan come back, are given up, or are found again. `contradiction`: this cannot be true of a loan as it is
 * known here (perhaps an earlier event is still to come); stock stays as it is.
 * @param done this very movement was applied before
 */
export function onMovement(
  known: LoanStock | undefined,
  movement: Movement,
  copies: number,
  done: boolean,
): { kind: 'move'; stock: LoanStock } | Known | { kind: 'contradiction' } {
  if (done) return KNOWN
  if (known?.state !== 'taken') return { kind: 'contradiction' }
  const out = known.taken - known.back - known.lost
  switch (movement) {
    case 'return':
      return copies > out ? CONTRADICTION : { kind: 'move', stock: { ...known, back: known.back + copies } }
    case 'lost':
      return copies > out ? CONTRADICTION : { kind: 'move', stock: { ...known, lost: known.lost + copies } }
    case 'found':
      return copies > known.lost
        ? CONTRADICTION
        : { kind: 'move', stock: { ...known, lost: known.lost - copies, back: known.back + copies } }
  }
}

const CONTRADICTION = { kind: 'contradiction' } as const
