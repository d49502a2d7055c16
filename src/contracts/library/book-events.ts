import Type from 'typebox'
import { defineEvent } from '../../platform/events/event.ts'
import { Id, orNull } from '../values.ts'

/** What the catalogue of books tells of its titles. Subject = book id, subject version = the title row's `version`. */

const BookFact = Type.Object({
  bookId: Id,
  title: Type.String(),
  author: Type.String(),
  publisher: Type.String(),
  year: orNull(Type.Integer()),
  isbn: orNull(Type.String({ description: '13 digits' })),
  kdc: Type.String({ description: 'Class of the Korean Decimal Classification, e.g. 813.7' }),
})

export const bookRegistered = defineEvent(
  'library.book.registered',
  1,
  Type.Object({ book: BookFact }, { description: 'A title is new in the catalogue.' }),
)

export const bookChanged = defineEvent(
  'library.book.changed',
  1,
  Type.Object({ book: BookFact }, { description: 'Its description was changed.' }),
)

export const bookWithdrawn = defineEvent(
  'library.book.withdrawn',
  1,
  Type.Object({ book: BookFact }, { description: 'It is lent no more.' }),
)
