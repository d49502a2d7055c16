import Type from 'typebox'
import { type App, problems } from '../../../platform/http/app.ts'
import { DailyFigures, DaysQuery, everyDay, lastDays } from '../../../platform/http/figures.ts'
import { WonAmount } from '../../../platform/http/schemas.ts'
import type { PaymentsDeps } from '../deps.ts'
import { listsNotHad, missingTables } from '../reconciling/missing-tables.ts'
import { refundsInReview, unknownState } from '../recovery/look-up.ts'
import { dailyPayments } from '../store/daily-figures.ts'
import { countHandedBack } from '../store/deed-store.ts'
import { countOpenProposals } from '../store/proposal-store.ts'
import { receiptsInReview } from '../store/receipt-store.ts'
import { countOpenFindings } from '../store/reconciliation-store.ts'

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['operators']
const Count = Type.Integer({ minimum: 0 })
const NOTHING = { succeeded: 0, declined: 0, unknown: 0, dropped: 0, refunded: 0 }

/** Payments over time, and how the providers are reached at the moment. */
export function paymentFiguresRoutes(deps: PaymentsDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/figures/payments',
      config,
      schema: {
        operationId: 'getPaymentFigures',
        tags,
        summary: 'Payments of each day by what they have come to, and what was given back',
        querystring: DaysQuery,
        response: {
          200: Type.Object({
            data: DailyFigures({
              succeeded: Count,
              declined: Count,
              unknown: Count,
              dropped: Type.Integer({ minimum: 0, description: 'Cancelled, expired, or failed' }),
              refunded: WonAmount('Given back that day'),
            }),
            now: Type.Object({
              unknown: Type.Integer({ minimum: 0, description: 'Payments whose outcome is unknown' }),
              review: Type.Integer({ minimum: 0, description: 'Among them, those only a person can settle' }),
              refundsInReview: Count,
              receiptsInReview: Type.Integer({
                minimum: 0,
                description: 'Cash receipts only a person can settle',
              }),
              proposals: Type.Integer({ minimum: 0, description: 'They wait for a second person' }),
              handedBack: Type.Integer({
                minimum: 0,
                description: 'Confirmed, but not carried out, and not proposed anew',
              }),
              findings: Type.Integer({ minimum: 0, description: 'Differences nobody has decided' }),
              missingTables: Type.Integer({
                minimum: 0,
                description: 'Days whose table of the provider nobody has brought in time',
              }),
              listsNotHad: Type.Integer({
                minimum: 0,
                description: 'Days whose list of the provider was not to be had in time',
              }),
            }),
          }),
          ...problems(401, 403),
        },
      },
      handler: async (request) => {
        const days = lastDays(deps.clock, request.query.days)
        const counted = await dailyPayments(deps.db, days.from)
        return { data: everyDay(days, NOTHING, counted), now: await waitingNow(deps) }
      },
    })

    app.route({
      method: 'GET',
      url: '/api/admin/providers',
      config,
      schema: {
        operationId: 'listProviders',
        tags,
        summary: 'The payment providers, and their circuit breakers in the process that answers',
        response: {
          200: Type.Object({
            data: Type.Array(
              Type.Object({
                name: Type.String(),
                breakers: Type.Array(
                  Type.Object({
                    operation: Type.String(),
                    state: Type.Enum(['closed', 'open', 'half_open']),
                  }),
                ),
              }),
            ),
          }),
          ...problems(401, 403),
        },
      },
      handler: async () => ({
        data: [...deps.providers.values()].map((provider) => ({
          name: provider.name,
          breakers: Object.entries(provider.breakers()).map(([operation, state]) => ({ operation, state })),
        })),
      }),
    })
  }
}

/** What waits for a person. */
async function waitingNow(deps: PaymentsDeps) {
  const [{ count: unknown, review }, inReview, receipts, proposals, returned, findings, missing, notHad] =
    await Promise.all([
      unknownState(deps),
      refundsInReview(deps),
      receiptsInReview(deps.db),
      countOpenProposals(deps.db, deps.clock.now()),
      countHandedBack(deps.db, deps.clock.now()),
      countOpenFindings(deps.db),
      missingTables(deps),
      listsNotHad(deps),
    ])
  return {
    unknown,
    review,
    refundsInReview: inReview,
    receiptsInReview: receipts,
    proposals,
    handedBack: returned,
    findings,
    missingTables: missing.length,
    listsNotHad: notHad.length,
  }
}
