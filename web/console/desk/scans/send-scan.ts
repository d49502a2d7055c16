import { ApiProblem, call } from '../../api/call.ts'
import type { Outcome, Scan, Sent } from './queue.ts'

/** Who does not answer by then is taken for gone; the same key asks again. */
const PATIENCE_MS = 15_000

const AWAY: Sent = { kind: 'later', why: 'unreachable' }

/** Sends a scan. Whatever is no answer to it (no network, a server that is busy or broken) leaves it for later. */
export async function sendScan(scan: Scan): Promise<Sent> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Sent>((done) => {
    timer = setTimeout(() => done(AWAY), PATIENCE_MS)
  })
  const answer = tell(scan).catch((error: unknown) => refusalOf(error) ?? AWAY)
  const sent = await Promise.race([answer, late])
  clearTimeout(timer)
  return sent
}

/** The catalogue has not settled the loan yet: what is asked of it now is asked again. */
const UNSETTLED = 'loan_pending'

/** The refusal of the server; undefined for what it has not decided. */
export function refusalOf(error: unknown): Extract<Sent, { kind: 'refused' }> | undefined {
  if (!(error instanceof ApiProblem)) return undefined
  const { status, code, message, fields } = error
  if (status >= 500 || status === 429 || code === 'request_in_progress') return undefined
  const named = fields.map((field) => ({ code: field.code ?? '', message: field.message }))
  return { kind: 'refused', refusal: { code, message, fields: named } }
}

async function tell(scan: Scan): Promise<Sent> {
  const { wish, key } = scan
  const first = await attempt(scan, {})
  if (first.kind !== 'refused') return first
  const { code } = first.refusal
  if (code !== 'copy_unknown' && code !== 'copy_not_on_loan') return first
  // The loans do not know this copy; the catalogue may.
  const copy = await call('GET /api/books/copies/:barcode', { params: { barcode: wish.barcode } }).catch(
    (error: unknown) => refusalOf(error) ?? ({ kind: 'later', why: 'catalogue' } as const),
  )
  if ('kind' in copy) return copy.kind === 'refused' || wish.kind === 'loan' ? orFirst(copy, first) : first
  if (wish.kind === 'return' && copy.loanId === null) return first
  return attempt({ wish, key }, { bookId: copy.book.id, loanId: copy.loanId ?? undefined })
}

/** That the catalogue does not know it either says less than what was said first. */
const orFirst = (copy: Sent, first: Sent) => (copy.kind === 'refused' ? first : copy)

async function attempt(
  { wish, key }: Pick<Scan, 'wish' | 'key'>,
  known: { bookId?: string | undefined; loanId?: string | undefined },
): Promise<Sent> {
  try {
    if (wish.kind === 'loan') {
      const { card, barcode, override } = wish
      const loan = await call('POST /api/loans/desk', {
        key,
        body: {
          card,
          barcode,
          ...(known.bookId === undefined ? {} : { bookId: known.bookId }),
          ...(override === undefined ? {} : { override: { reason: override } }),
        },
      })
      return done({ loan, returnNo: null, lateDays: 0, fee: 0, balance: null, awaited: false })
    }
    const { barcode, effectiveAt, scannedAt } = wish
    const { loanId } = known
    const back = await call('POST /api/loans/desk/returns', {
      key,
      body: {
        barcode,
        ...(loanId === undefined ? {} : { loanId }),
        ...(effectiveAt === undefined ? {} : { effectiveAt }),
        ...(scannedAt === undefined ? {} : { scannedAt }),
      },
    })
    return done(back)
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === undefined) throw error
    return refusal.refusal.code === UNSETTLED ? { kind: 'later', why: 'catalogue' } : refusal
  }
}

interface Answered extends Pick<Outcome, 'returnNo' | 'lateDays' | 'fee' | 'balance' | 'awaited'> {
  readonly loan: {
    readonly id: string
    readonly patronId: string
    readonly book: { readonly title: string | null }
    readonly dueOn: string
    readonly state: string
  }
}

function done({ loan, returnNo, lateDays, fee, balance, awaited }: Answered): Sent {
  const { id: loanId, patronId, book, dueOn, state: loanState } = loan
  const outcome = { loanId, patronId, title: book.title, dueOn, loanState }
  return { kind: 'done', outcome: { ...outcome, returnNo, lateDays, fee, balance, awaited } }
}
