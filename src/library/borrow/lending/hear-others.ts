import {
  holdCancelled,
  holdCollected,
  holdExpired,
  holdPlaced,
  holdRequeued,
  holdRestored,
  holdShelved,
} from '../../../contracts/library/hold-events.ts'
import { outOfStock, stockDecreased, stockReleased } from '../../../contracts/library/stock-events.ts'
import type { Tx } from '../../../platform/database/database.ts'
import { on, type Subscriber } from '../../../platform/events/subscriber.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { publishSettled } from '../publish.ts'
import { onStockReply, type StockReply } from '../rules/loan.ts'
import { insertLoanCopies } from '../store/copy-store.ts'
import { keepHold } from '../store/hold-store.ts'
import { lockLoan, saveLoan } from '../store/loan-store.ts'

/** Settles pending loans by the catalogue's answers, and remembers who waits for what. */
export function lendingSubscriber({ clock }: { clock: Clock }): Subscriber {
  const settle = (tx: Tx, loanId: string, reply: StockReply) => settleLoan(tx, loanId, reply, clock.now())
  return {
    name: 'borrow.lending',
    // Each locks the loan or the hold it is about, and no patron.
    together: 20,
    handlers: [
      on(stockDecreased, async (tx, { data: { loanId, title, barcodes } }) => {
        await settle(tx, loanId, { kind: 'decreased', title })
        await insertLoanCopies(tx, loanId, barcodes)
      }),
      on(outOfStock, (tx, { data: { loanId, reason, title } }) =>
        settle(tx, loanId, { kind: 'out', reason, title }),
      ),
      on(stockReleased, (tx, { data: { loanId } }) => settle(tx, loanId, { kind: 'released' })),
      ...[holdPlaced, holdRequeued].map((contract) =>
        on(contract, (tx, { data, subjectVersion }) => keepHold(tx, data.hold, subjectVersion, true)),
      ),
      ...[holdShelved, holdRestored, holdCollected, holdExpired, holdCancelled].map((contract) =>
        on(contract, (tx, { data, subjectVersion }) => keepHold(tx, data.hold, subjectVersion, false)),
      ),
    ],
  }
}

async function settleLoan(tx: Tx, loanId: string, reply: StockReply, now: Temporal.Instant): Promise<void> {
  const lent = await lockLoan(tx, loanId)
  if (!lent) throw new Error(`an answer about a loan that is not there: ${loanId}`)
  const decision = onStockReply(lent.loan, reply, now)
  if (decision.kind === 'ignored') return
  await saveLoan(tx, lent.loan, decision.loan)
  await publishSettled(tx, decision.loan, now)
}
