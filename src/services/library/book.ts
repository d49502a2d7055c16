import { type Books, bookSchema, createBooks } from '../../library/book/index.ts'
import { setting, whole } from '../../platform/settings.ts'
import { stockModule } from '../between/internal.ts'
import { booksFace } from '../between/library-faces.ts'
import { copiesModule } from '../between/self-check.ts'
import { defineService } from '../service.ts'
import { OPENING_SETTINGS, openingCalendar } from './settings.ts'

export type BookFace = Books

/** The catalogue of the library: titles, copies, the queue. */
export const bookService = defineService({
  name: 'book',
  about: 'the library’s titles, copies with live stock, and the queue for them',
  schemas: [bookSchema],
  tells: ['library.book.', 'library.hold.', 'library.stock.'],
  hears: ['identity', 'borrow'],
  commands: [],
  settings: {
    ...OPENING_SETTINGS,
    shelfDays: setting(
      'LIBRARY_SHELF_DAYS',
      '3',
      'Open days a copy waits on the hold shelf for its patron',
      whole(1, 60),
    ),
  },
  create: async ({ database, browsing, clock, log }, settings) => {
    const calendar = openingCalendar(settings)
    const shelfTime = { calendar, openDays: settings.shelfDays }
    const books = createBooks({ db: database.db, browsing: browsing.db, clock, log, shelfTime })
    return {
      modules: [books.module, stockModule(books.askStock), copiesModule(books), booksFace(books)],
      face: books,
      fillDemo: async (say) => {
        if (!(await books.isEmpty())) return
        say('Preparing demo books')
        await books.seedDemo()
      },
    }
  },
})
