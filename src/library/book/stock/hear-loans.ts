import { sql } from 'kysely'
import {
  loanBorrowed,
  loanCancelling,
  loanFound,
  loanLost,
  loanReturned,
} from '../../../contracts/library/loan-events.ts'
import { outOfStock, stockDecreased, stockReleased } from '../../../contracts/library/stock-events.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { on, type Received, type Subscriber } from '../../../platform/events/subscriber.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { lendAvailable, lendShelved, moveOfLoan, shelveScanned, swapShelved } from '../copy-store.ts'
import { saveHold, shelvedFor } from '../holds/hold-store.ts'
import { restoreHold } from '../holds/restore-hold.ts'
import { type ShelfTime, serveHolds } from '../holds/serve-holds.ts'
import { publishBookEvent, publishHold } from '../publish.ts'
import { type Movement, onBorrowed, onCancelling, onMovement } from '../rules/loan-stock.ts'
import { lockTitle, shelfFor, type TitleRow } from '../title-store.ts'
import { findLoanStock, insertLoanStock, insertMove, insertTaken, saveLoanStock } from './loan-stock-store.ts'

interface Deps {
  clock: Clock
  shelfTime: ShelfTime
}

interface Loan {
  loanId: string
  bookId: string
  patronId: string
}

interface Moved {
  movement: Movement
  /** Number of the return; 1 for what can happen only once. */
  no: number
  copies: number
  /** Which copies, where they were scanned. */
  barcodes?: readonly string[] | undefined
  /** Whether a librarian has them in hand. */
  scanned?: boolean | undefined
  /** Whether the loan was a slip of the hand. */
  undone?: boolean | undefined
}

const RETURN = { movement: 'return' } as const

/** What every step of a loan locks first, and all others who change copies or holds. */
const titleOf = ({ data }: Received<{ loan: Loan }>) => data.loan.bookId

/** Does to the stock what loans ask for, and answers them. */
export function stockSubscriber(deps: Deps): Subscriber {
  return {
    name: 'book.stock',
    together: 20,
    handlers: [
      on(loanBorrowed, (tx, { data: { loan, barcode } }) => take(deps, tx, loan, barcode), titleOf),
      on(loanCancelling, (tx, { data: { loan, ...how } }) => release(deps, tx, loan, how), titleOf),
      on(
        loanReturned,
        (tx, { data }) =>
          move(deps, tx, data.loan, {
            ...RETURN,
            no: data.returnNo,
            copies: data.returned,
            barcodes: data.barcodes,
            scanned: data.scanned,
            undone: data.undone,
          }),
        titleOf,
      ),
      on(
        loanLost,
        (tx, { data }) => move(deps, tx, data.loan, { movement: 'lost', no: 1, copies: data.copies }),
        titleOf,
      ),
      on(
        loanFound,
        (tx, { data }) => move(deps, tx, data.loan, { movement: 'found', no: 1, copies: data.copies }),
        titleOf,
      ),
    ],
  }
}

/** @param barcode the copy that lies on the desk: that one, or none */
async function take(
  { clock }: Deps,
  tx: Tx,
  loan: Loan & { quantity: number },
  barcode: string | undefined,
): Promise<void> {
  const { loanId, bookId, patronId, quantity: copies } = loan
  const title = await lockTitle(tx, bookId)
  if (title && barcode !== undefined) {
    // Whoever has a copy waiting and brings another one to the desk collects the hold with it.
    const hold = await shelvedFor(tx, bookId, patronId)
    if (hold) await swapShelved(tx, hold.id, barcode)
  }
  const shelf = title && (await shelfFor(tx, bookId, patronId, barcode))
  const decision = onBorrowed(await findLoanStock(tx, loanId), shelf, copies)
  const now = clock.now()
  switch (decision.kind) {
    case 'known':
      return
    case 'refuse': {
      await insertLoanStock(tx, { loanId, bookId, patronId, state: 'refused', taken: 0 })
      const answer = { loanId, bookId, title: title?.title ?? null, reason: decision.reason }
      return publishBookEvent(tx, now, outOfStock.of(loanId, 1, answer))
    }
    case 'take': {
      if (!title) throw new Error(`copies of a title that is not there: ${bookId}`)
      await insertTaken(tx, { loanId, bookId, patronId, copies, at: now })
      const collected = decision.fromOwnShelf > 0 ? [await collect(tx, title, loan, now)] : []
      const others = await lendAvailable(tx, {
        bookId,
        loanId,
        copies: copies - collected.length,
        barcode,
      })
      const barcodes = [...collected, ...others]
      return publishBookEvent(
        tx,
        now,
        stockDecreased.of(loanId, 1, { loanId, bookId, title: title.title, barcodes }),
      )
    }
  }
}

/** The patron takes what stood on the shelf for them. There is one hold for a patron and title, so one copy. */
async function collect(tx: Tx, title: TitleRow, loan: Loan, now: Temporal.Instant): Promise<string> {
  const hold = await shelvedFor(tx, title.id, loan.patronId)
  if (!hold) throw new Error(`no hold of ${loan.patronId} has a copy of ${title.id} on the shelf`)
  const barcode = await lendShelved(tx, hold.id, loan.loanId)
  await publishHold(
    tx,
    now,
    await saveHold(tx, hold, { state: 'collected', at: now, loanId: loan.loanId }),
    title.title,
  )
  return barcode
}

async function release(
  { clock, shelfTime }: Deps,
  tx: Tx,
  loan: Loan,
  { scanned, undone }: Pick<Moved, 'scanned' | 'undone'>,
): Promise<void> {
  const { loanId, bookId } = loan
  const title = await lockTitle(tx, bookId)
  const known = await findLoanStock(tx, loanId)
  const decision = onCancelling(known)
  const now = clock.now()
  switch (decision.kind) {
    case 'known':
      return
    case 'never_take':
      await insertLoanStock(tx, { ...loan, state: 'released', taken: 0 })
      return publishBookEvent(tx, now, stockReleased.of(loanId, 1, { loanId, bookId, copies: 0 }))
    case 'release': {
      const { copies } = decision
      if (!title || !known) throw new Error(`loan ${loanId} took copies of a title that is not there`)
      await insertMove(tx, loanId, 'release', 1, copies, now)
      await saveLoanStock(tx, known, { ...known, state: 'released', back: known.taken })
      const barcodes = await moveOfLoan(tx, { loanId, copies, from: 'on_loan', to: 'available' })
      if (undone === true) await restoreHold(tx, title, { loanId, barcodes }, now)
      await serveHolds(tx, title, now, shelfTime)
      if (scanned === true) await shelveScanned(tx, barcodes)
      return publishBookEvent(
        tx,
        now,
        stockReleased.of(loanId, known.version + 1, { loanId, bookId, copies }),
      )
    }
  }
}

const FROM_TO = {
  return: ['on_loan', 'available'],
  lost: ['on_loan', 'lost'],
  found: ['lost', 'available'],
} as const

/**
 * Copies come back, are given up or found. What contradicts what is known raises no stock: it throws, so the event is
 * tried again later (an earlier one may be on its way) and shown to operators in the end.
 */
async function move(
  { clock, shelfTime }: Deps,
  tx: Tx,
  { loanId, bookId }: Loan,
  { movement, no, copies, barcodes, scanned, undone }: Moved,
): Promise<void> {
  const title = await lockTitle(tx, bookId)
  const known = await findLoanStock(tx, loanId)
  const done = known !== undefined && (await wasMoved(tx, loanId, movement, no))
  const decision = onMovement(known, movement, copies, done)
  if (decision.kind === 'known') return
  if (decision.kind === 'contradiction' || !known || !title) {
    throw new Error(
      `loan ${loanId}: ${copies} copies (${movement}) do not agree with ${JSON.stringify(known)}`,
    )
  }
  const now = clock.now()
  await insertMove(tx, loanId, movement, no, copies, now)
  await saveLoanStock(tx, known, decision.stock)
  const [from, to] = FROM_TO[movement]
  const back = await moveOfLoan(tx, { loanId, copies, from, to, barcodes })
  if (undone === true) await restoreHold(tx, title, { loanId, barcodes: back }, now)
  await serveHolds(tx, title, now, shelfTime)
  if (scanned === true) await shelveScanned(tx, back)
}

async function wasMoved(tx: Tx, loanId: string, kind: string, no: number): Promise<boolean> {
  const { rows } = await sql`
    select 1 from book.stock_move where loan_id = ${loanId} and kind = ${kind} and no = ${no}`.execute(tx)
  return rows.length > 0
}
