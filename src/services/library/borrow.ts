import { borrowSchema, createLending, guardedStock, type Lending } from '../../library/borrow/index.ts'
import { setting, whole } from '../../platform/settings.ts'
import { fillDemoLibrary } from '../demo/library.ts'
import { defineService } from '../service.ts'
import { OPENING_SETTINGS, openingCalendar } from './settings.ts'

export type BorrowFace = Lending

const BREAKER_VALUE = { closed: 0, half_open: 1, open: 2 } as const
const BREAKER_LABELS = { provider: 'book', operation: 'stock' }

/** Loans, returns, renewals, fees. */
export const borrowService = defineService({
  name: 'borrow',
  about: 'loans, returns, renewals, overdue copies and fees of the library',
  schemas: [borrowSchema],
  hears: ['identity', 'book'],
  commands: [],
  settings: {
    ...OPENING_SETTINGS,
    stockTimeoutMs: setting(
      'LIBRARY_STOCK_TIMEOUT_MS',
      '300',
      'How long a borrower waits for the catalogue; without an answer the loan is pending',
      whole(10, 10_000),
    ),
    stockQuestions: setting(
      'LIBRARY_STOCK_QUESTIONS',
      '50',
      'Questions about stock on their way at once',
      whole(1, 1_000),
    ),
  },
  create: async ({ database, clock, log, metrics }, settings, { identity, book }) => {
    metrics.breakerState.set(BREAKER_LABELS, BREAKER_VALUE.closed)
    const stock = guardedStock({
      ask: async (question) => (book ? book.askStock(question) : { kind: 'no_answer' }),
      deadlineMs: settings.stockTimeoutMs,
      limit: settings.stockQuestions,
      onStateChange: (state) => {
        metrics.breakerState.set(BREAKER_LABELS, BREAKER_VALUE[state])
        log.warn({ breaker: 'book.stock', state }, 'circuit breaker changed')
      },
    })
    const calendar = openingCalendar(settings)
    const lending = createLending({ db: database.db, clock, log, calendar, stock })
    return {
      modules: [lending.module],
      face: lending,
      fillDemo: async (say) => {
        if (identity && book) await fillDemoLibrary({ identity, book, borrow: lending }, say)
      },
    }
  },
})
