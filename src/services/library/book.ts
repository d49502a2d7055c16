import { type Books, bookSchema, createBooks } from '../../library/book/index.ts'
import { halfABucket, PICTURE_SETTINGS, pictureFiles } from '../../platform/pictures/picture-settings.ts'
import { setting, whole } from '../../platform/settings.ts'
import type { OpeningCalendar } from '../../platform/time/opening-calendar.ts'
import { stockModule } from '../between/internal.ts'
import { booksFace } from '../between/library-faces.ts'
import { copiesModule } from '../between/self-check.ts'
import { defineService } from '../service.ts'

export type BookFace = Books

/** When the library is open, until lending has told it: by the defaults of its settings. */
const BEFORE_HEARD: OpeningCalendar = {
  closedWeekdays: [1],
  closedOnHolidays: true,
  closedDates: new Set(),
}

/** The catalogue of the library: titles, copies, the queue. */
export const bookService = defineService({
  name: 'book',
  about: 'the library’s titles, copies with live stock, and the queue for them',
  schemas: [bookSchema],
  tells: ['library.book.', 'library.hold.', 'library.stock.'],
  hears: ['identity', 'borrow'],
  commands: [],
  settings: {
    ...PICTURE_SETTINGS,
    shelfDays: setting(
      'LIBRARY_SHELF_DAYS',
      '3',
      'Open days a copy waits on the hold shelf for its patron',
      whole(1, 60),
    ),
  },
  contradictions: (values) => halfABucket(values),
  create: async ({ database, browsing, clock, log, process }, settings) => {
    const shelfTime = { calendar: BEFORE_HEARD, openDays: settings.shelfDays }
    const books = createBooks({
      db: database.db,
      browsing: browsing.db,
      clock,
      log,
      shelfTime,
      files: pictureFiles(settings, process.dataDir),
    })
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
