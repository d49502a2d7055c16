import { holdExpired, holdRequeued, holdShelved } from '../contracts/library/hold-events.ts'
import { loanCancelled, loanDueSoon, loanExpired, loanReturned } from '../contracts/library/loan-events.ts'
import { on, type Subscriber } from '../platform/events/subscriber.ts'
import { type QueueDeps, queueMessage } from './queue-message.ts'

/** What patrons of the library are told. A subscriber of its own, so that a library that lags holds no letter of the shop up. */
export function librarySubscriber(deps: QueueDeps): Subscriber {
  return {
    name: 'notifications.library',
    from: 'now',
    handlers: [
      on(holdShelved, (tx, { id, data: { hold, until } }) => {
        const { holdId, bookId, title, patronId } = hold
        const notice = { kind: 'hold_ready' as const, data: { holdId, bookId, title, until } }
        return queueMessage(deps, tx, { eventId: id, recipientId: patronId, notice })
      }),
      on(holdExpired, (tx, { id, data: { hold } }) => {
        const { holdId, bookId, title, patronId } = hold
        const notice = { kind: 'hold_expired' as const, data: { holdId, bookId, title } }
        return queueMessage(deps, tx, { eventId: id, recipientId: patronId, notice })
      }),
      on(holdRequeued, (tx, { id, data: { hold } }) => {
        const { holdId, bookId, title, patronId } = hold
        const notice = { kind: 'hold_requeued' as const, data: { holdId, bookId, title } }
        return queueMessage(deps, tx, { eventId: id, recipientId: patronId, notice })
      }),
      on(loanDueSoon, (tx, { id, data: { loan, copies } }) => {
        const { loanId, bookId, title, dueOn, patronId } = loan
        const notice = { kind: 'loan_due_soon' as const, data: { loanId, bookId, title, copies, dueOn } }
        return queueMessage(deps, tx, { eventId: id, recipientId: patronId, notice })
      }),
      on(loanExpired, (tx, { id, data: { loan, copies } }) => {
        const { loanId, bookId, title, dueOn, patronId } = loan
        const notice = { kind: 'loan_overdue' as const, data: { loanId, bookId, title, copies, dueOn } }
        return queueMessage(deps, tx, { eventId: id, recipientId: patronId, notice })
      }),
      on(loanReturned, (tx, { id, data: { loan, returned, lateDays, fee, effectiveAt: returnedAt } }) => {
        const { loanId, bookId, title, out, patronId } = loan
        const data = { loanId, bookId, title, returned, out, lateDays, fee, returnedAt }
        return queueMessage(deps, tx, {
          eventId: id,
          recipientId: patronId,
          notice: { kind: 'loan_returned', data },
        })
      }),
      on(loanCancelled, async (tx, { id, data: { loan, reason } }) => {
        // Whoever cancelled knows.
        if (reason === 'patron') return
        const { loanId, bookId, title, patronId } = loan
        const notice = { kind: 'loan_cancelled' as const, data: { loanId, bookId, title, reason } }
        await queueMessage(deps, tx, { eventId: id, recipientId: patronId, notice })
      }),
    ],
  }
}
