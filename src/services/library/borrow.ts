import {
  borrowSchema,
  createLending,
  guardedStock,
  type Lending,
  type StockKnown,
  type StockQuestion,
} from '../../library/borrow/index.ts'
import { requireFreePort } from '../../platform/process/port.ts'
import { optional, setting, whole } from '../../platform/settings.ts'
import { UserError } from '../../platform/user-error.ts'
import { StockView } from '../between/internal.ts'
import { lendingFace } from '../between/library-faces.ts'
import { createPeer, type Peer } from '../between/peer.ts'
import { selfCheckPort } from '../between/self-check.ts'
import { fillDemoLibrary } from '../demo/library.ts'
import { host } from '../process-settings.ts'
import { defineService, type World } from '../service.ts'
import { OPENING_SETTINGS, openingCalendar } from './settings.ts'

export type BorrowFace = Lending

const BREAKER_VALUE = { closed: 0, half_open: 1, open: 2 } as const
const BREAKER_LABELS = { provider: 'book', operation: 'stock' }

/** Loans, returns, renewals, fees. */
export const borrowService = defineService({
  name: 'borrow',
  about: 'loans, returns, renewals, overdue copies and fees of the library',
  schemas: [borrowSchema],
  tells: ['library.loan.', 'library.opening.'],
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
    sipPort: optional(
      'SIP_PORT',
      'Port for self-check machines, which speak SIP2; without it none is opened. Nothing is encrypted there: beyond a network of their own machines come through stunnel or a TLS proxy',
      whole(1, 65_535),
    ),
    sipHost: setting('SIP_HOST', '127.0.0.1', 'Address on which self-check machines are listened to', host),
    sipConnections: setting(
      'SIP_CONNECTIONS',
      '200',
      'Self-check machines connected to one process at a time',
      whole(1, 10_000),
    ),
  },
  beforeStart: async ({ sipPort, sipHost }, { role }) => {
    if (sipPort !== undefined && role !== 'worker') await requireFreePort(sipHost, sipPort, 'SIP_PORT')
  },
  create: async (world, settings, { identity, book }) => {
    const { database, clock, log, metrics } = world
    const elsewhere = book ? undefined : catalogueElsewhere(world, settings.stockQuestions)
    const { sipPort, sipHost, sipConnections } = settings
    const isDoorOpen = sipPort !== undefined && world.roles.api
    const people = isDoorOpen && !identity ? identityElsewhere(world) : undefined
    metrics.breakerState.set(BREAKER_LABELS, BREAKER_VALUE.closed)
    const stock = guardedStock({
      ask: async (question, signal) =>
        book ? book.askStock(question) : askElsewhere(elsewhere, question, signal),
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
      modules: [
        lending.module,
        lendingFace(lending),
        ...(isDoorOpen
          ? [
              lending.selfCheck(
                selfCheckPort({ book: book ?? elsewhere, identity: identity ?? people, log }),
                { host: sipHost, port: sipPort, connections: sipConnections },
              ),
            ]
          : []),
        {
          name: 'borrow.peers',
          stop: async () => {
            await Promise.all([elsewhere?.stop(), people?.stop()])
          },
        },
      ],
      face: lending,
      welcome: isDoorOpen ? [`self-check       ${sipHost}:${sipPort} (SIP2)`] : [],
      fillDemo: async (say) => {
        if (identity && book) await fillDemoLibrary({ identity, book, borrow: lending }, say)
      },
    }
  },
})

/**
 * The catalogue in another process.
 * @throws UserError when it is not said where it is, or with what to come
 */
function catalogueElsewhere({ process, roles }: World, connections: number): Peer | undefined {
  // Loans are accepted by who answers requests; nobody else asks.
  if (!roles.api) return undefined
  const { bookUrl, serviceTokens } = process
  const token = serviceTokens?.[0]
  if (bookUrl === undefined || token === undefined)
    throw new UserError(
      'BOOK_URL and SERVICE_TOKEN are required: loans ask the catalogue of books, and this process does not host it.',
    )
  return createPeer({ name: 'book', url: bookUrl, token, connections })
}

/** Accounts in another process: their names and passwords. @throws UserError as for the catalogue */
function identityElsewhere({ process }: World): Peer {
  const { identityUrl, serviceTokens } = process
  const token = serviceTokens?.[0]
  if (identityUrl === undefined || token === undefined)
    throw new UserError(
      'IDENTITY_URL and SERVICE_TOKEN are required with SIP_PORT: self-check machines ask who patrons are, and this process does not host identity.',
    )
  return createPeer({ name: 'identity', url: identityUrl, token })
}

/** @throws when the catalogue cannot be asked: for the borrower that is no answer, and the loan is pending */
async function askElsewhere(
  peer: Peer | undefined,
  { bookId, patronId, copies }: StockQuestion,
  signal: AbortSignal,
): Promise<StockKnown> {
  const query = new URLSearchParams({ patron: patronId, copies: String(copies) })
  const answer = await peer?.ask(`/internal/books/${bookId}/stock?${query}`, StockView, { signal })
  return answer ?? { kind: 'no_answer' }
}
