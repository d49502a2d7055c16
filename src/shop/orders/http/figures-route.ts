import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, problems } from '../../../platform/http/app.ts'
import { DailyFigures, DaysQuery, everyDay, lastDays } from '../../../platform/http/figures.ts'
import { WonAmount } from '../../../platform/http/schemas.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { countWaiting, dailyOrders } from '../store/daily-figures.ts'

const Count = Type.Integer({ minimum: 0 })
const NOTHING = { placed: 0, paid: 0, revenue: 0 }

/** Orders over time, for the merchant's first look of the day. */
export function orderFiguresRoute({ db, clock }: { db: Db; clock: Clock }): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/figures/orders',
      config: { audience: ['merchant', 'admin'] },
      schema: {
        operationId: 'getOrderFigures',
        tags: ['operators'],
        summary:
          'Orders of each day: placed, paid, and what was paid for them; and how many wait to be sent, or returns for a decision',
        querystring: DaysQuery,
        response: {
          200: Type.Object({
            data: DailyFigures({ placed: Count, paid: Count, revenue: WonAmount('Paid that day') }),
            now: Type.Object({ toSend: Count, returns: Count }),
          }),
          ...problems(401, 403),
        },
      },
      handler: async (request) => {
        const days = lastDays(clock, request.query.days)
        const [found, now] = [await dailyOrders(db, days.from), await countWaiting(db)]
        return { data: everyDay(days, NOTHING, found), now }
      },
    })
  }
}
