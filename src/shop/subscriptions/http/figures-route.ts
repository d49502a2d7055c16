import Type from 'typebox'
import { type App, problems } from '../../../platform/http/app.ts'
import { DailyFigures, DaysQuery, everyDay, lastDays } from '../../../platform/http/figures.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { dailySubscriptions, subscriptionsByState } from '../store/daily-figures.ts'

const Count = Type.Integer({ minimum: 0 })
const NOTHING = { started: 0, ended: 0 }

/** Subscriptions over time: who came, who left, how many there are. */
export function subscriptionFiguresRoute({ db, clock }: Pick<SubscriptionDeps, 'db' | 'clock'>) {
  return (app: App): void => {
    app.route({
      method: 'GET',
      url: '/api/admin/figures/subscriptions',
      config: { audience: ['merchant', 'admin'] },
      schema: {
        operationId: 'getSubscriptionFigures',
        tags: ['operators'],
        summary: 'Subscriptions that began and ended on each day, and how many there are now',
        querystring: DaysQuery,
        response: {
          200: Type.Object({
            data: DailyFigures({ started: Count, ended: Count }),
            now: Type.Object({ active: Count, paused: Count, past_due: Count, cancelled: Count }),
          }),
          ...problems(401, 403),
        },
      },
      handler: async (request) => {
        const days = lastDays(clock, request.query.days)
        const [counted, now] = await Promise.all([
          dailySubscriptions(db, days.from),
          subscriptionsByState(db),
        ])
        return { data: everyDay(days, NOTHING, counted), now }
      },
    })
  }
}
