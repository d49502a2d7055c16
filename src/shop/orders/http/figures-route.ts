import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, problems } from '../../../platform/http/app.ts'
import { DailyFigures, DaysQuery, everyDay, lastDays } from '../../../platform/http/figures.ts'
import { WonAmount } from '../../../platform/http/schemas.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { dailyOrders } from '../store/daily-figures.ts'

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
        summary: 'Orders of each day: placed, paid, and what was paid for them',
        querystring: DaysQuery,
        response: {
          200: Type.Object({
            data: DailyFigures({ placed: Count, paid: Count, revenue: WonAmount('Paid that day') }),
          }),
          ...problems(401, 403),
        },
      },
      handler: async (request) => {
        const days = lastDays(clock, request.query.days)
        return { data: everyDay(days, NOTHING, await dailyOrders(db, days.from)) }
      },
    })
  }
}
