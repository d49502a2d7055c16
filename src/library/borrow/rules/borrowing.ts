import type { LendingPolicy, PatronCategory } from './policy.ts'

/** A patron as the lending desk knows them. */
export interface Patron {
  readonly id: string
  readonly category: PatronCategory
  readonly state: 'active' | 'inactive'
  readonly blockedReason: string | null
}

/** What the catalogue said when asked; `no_answer`: it did not, and the loan is settled by its later answer. */
export type StockKnown =
  | { readonly kind: 'no_answer' }
  | { readonly kind: 'book_unknown' }
  | {
      readonly kind: 'enough' | 'not_enough' | 'held_for_others' | 'book_withdrawn'
      readonly title: string
      /** Copies the patron could have now. */
      readonly lendable: number
    }

/** Everything that can stand against a loan. */
export type Objection =
  | 'patron_unknown'
  | 'patron_inactive'
  | 'patron_blocked'
  | 'over_limit'
  | 'book_unknown'
  | 'book_withdrawn'
  | 'not_enough_stock'
  | 'held_for_others'
  | 'copy_out'

export interface WantedLoan {
  readonly patron: Patron | undefined
  /** Copies the patron has now, those of pending loans included. */
  readonly copiesOut: number
  readonly copies: number
  readonly stock: StockKnown
  /** The copy that lies on the desk is out by a loan: it has to come back first. */
  readonly isCopyOut: boolean
  readonly policy: LendingPolicy
  /** A librarian takes the responsibility for a blocked patron or one over the limit. Stock cannot be overridden. */
  readonly override: boolean
}

/** All that stands against a loan; none: it may be. */
export function objectionsTo(wanted: WantedLoan): Objection[] {
  const againstCopy = wanted.isCopyOut ? (['copy_out'] as const) : []
  return [...againstPatron(wanted), ...againstBook(wanted.stock), ...againstCopy]
}

function againstPatron({ patron, copiesOut, copies, policy, override }: WantedLoan): Objection[] {
  if (!patron) return ['patron_unknown']
  const over = copiesOut + copies > policy.copiesPerPatron[patron.category]
  return [
    ...(patron.state === 'inactive' ? (['patron_inactive'] as const) : []),
    ...(patron.blockedReason !== null && !override ? (['patron_blocked'] as const) : []),
    ...(over && !override ? (['over_limit'] as const) : []),
  ]
}

/** What the catalogue says against a loan. */
export function againstBook(stock: StockKnown): Objection[] {
  switch (stock.kind) {
    case 'no_answer':
    case 'enough':
      return []
    case 'not_enough':
      return ['not_enough_stock']
    default:
      return [stock.kind]
  }
}
