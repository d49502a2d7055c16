import Type from 'typebox'
import { defineEvent } from '../../platform/events/event.ts'
import { Id, orNull } from '../values.ts'

/**
 * What the catalogue of books answers to loans. Subject = loan id; the subject version counts the answers about one
 * loan, apart from the loan's own versions (another source).
 */

export const stockDecreased = defineEvent(
  'library.stock.decreased',
  1,
  Type.Object(
    {
      loanId: Id,
      bookId: Id,
      title: Type.String(),
      barcodes: Type.Array(Type.String(), { minItems: 1, description: 'The copies to hand over' }),
    },
    { description: 'Copies were taken for the loan.' },
  ),
)

/** Why no copy was taken. `held_for_others`: there are copies, but they wait on the hold shelf. */
export const NO_STOCK_REASONS = ['not_enough', 'held_for_others', 'book_unknown', 'book_withdrawn'] as const

export const outOfStock = defineEvent(
  'library.stock.out',
  1,
  Type.Object(
    {
      loanId: Id,
      bookId: Id,
      title: orNull(Type.String()),
      reason: Type.Enum(NO_STOCK_REASONS),
    },
    { description: 'OutOfStock: no copy was taken for the loan, and none will be.' },
  ),
)

export const stockReleased = defineEvent(
  'library.stock.released',
  1,
  Type.Object(
    { loanId: Id, bookId: Id, copies: Type.Integer({ minimum: 0 }) },
    { description: 'The loan was cancelled, and no copy is taken for it (any more).' },
  ),
)
