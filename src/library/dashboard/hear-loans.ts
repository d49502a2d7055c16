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
import { SUBSCRIBER } from './dashboard-view.ts'
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
  // Its line in `dashboard.patron` is what events of several loans have in common.
  const patronOf = ({ data }: Received<{ loan: LoanFact }>) => data.loan.patronId
  return {
    name: SUBSCRIBER,
    together: 20,
    handlers: [
      on(loanBorrowed, hear('borrowed'), patronOf),
      on(loanActivated, hear('activated'), patronOf),
      on(loanCancelling, hear('cancelling'), patronOf),
      on(loanCancelled, hear('cancelled'), patronOf),
      on(loanReturned, hear('returned'), patronOf),
      on(loanRenewed, hear('renewed'), patronOf),
      on(loanExpired, hear('expired'), patronOf),
      on(loanLost, hear('lost'), patronOf),
      on(loanFound, hear('found'), patronOf),
    ],
  }
}
