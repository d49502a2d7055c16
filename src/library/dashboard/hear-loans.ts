import {
  type LoanFact,
  loanActivated,
  loanBorrowed,
  loanCancelled,
  loanCancelling,
  loanExpired,
  loanFound,
  loanLost,
  loanRenewed,
  loanReturned,
} from '../../contracts/library/loan-events.ts'
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import type { Tx } from '../../platform/database/database.ts'
import { on, type Received, type Subscriber } from '../../platform/events/subscriber.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { takeInNews } from './read-model.ts'
import { dashboardChanged } from './watchers.ts'

/** Feeds the read model, and tells open streams of every process after the commit. */
export function dashboardSubscriber(clock: Clock, broadcast: Broadcast): Subscriber {
  const hear =
    (type: string) =>
    async (tx: Tx, event: Received<{ loan: LoanFact }>): Promise<void> => {
      const { loan, ...detail } = event.data
      const news = { type, version: event.subjectVersion, time: event.time, loan, detail }
      await takeInNews(tx, news, clock.now())
      broadcast.publishAfterCommit(tx, dashboardChanged, { patronId: loan.patronId })
    }
  return {
    name: 'dashboard.loans',
    handlers: [
      on(loanBorrowed, hear('borrowed')),
      on(loanActivated, hear('activated')),
      on(loanCancelling, hear('cancelling')),
      on(loanCancelled, hear('cancelled')),
      on(loanReturned, hear('returned')),
      on(loanRenewed, hear('renewed')),
      on(loanExpired, hear('expired')),
      on(loanLost, hear('lost')),
      on(loanFound, hear('found')),
    ],
  }
}
