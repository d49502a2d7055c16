import type { LoanFact } from '../../contracts/library/loan-events.ts'
import type { Broadcast } from '../../platform/broadcast/broadcast.ts'
import type { Tx } from '../../platform/database/database.ts'
import { on, type Received, type Subscriber } from '../../platform/events/subscriber.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { SUBSCRIBER } from './dashboard-view.ts'
import { LOAN_NEWS } from './loan-news.ts'
import { takeInNews } from './read-model.ts'
import { dashboardChanged } from './watchers.ts'

/** Feeds the read model, and tells open streams of every process after the commit. */
export function dashboardSubscriber(clock: Clock, broadcast: Broadcast): Subscriber {
  const hear =
    (type: keyof typeof LOAN_NEWS) =>
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
      on(LOAN_NEWS.borrowed, hear('borrowed'), patronOf),
      on(LOAN_NEWS.activated, hear('activated'), patronOf),
      on(LOAN_NEWS.cancelling, hear('cancelling'), patronOf),
      on(LOAN_NEWS.cancelled, hear('cancelled'), patronOf),
      on(LOAN_NEWS.returned, hear('returned'), patronOf),
      on(LOAN_NEWS.renewed, hear('renewed'), patronOf),
      on(LOAN_NEWS.expired, hear('expired'), patronOf),
      on(LOAN_NEWS.lost, hear('lost'), patronOf),
      on(LOAN_NEWS.found, hear('found'), patronOf),
    ],
  }
}
