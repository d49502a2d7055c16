import Type from 'typebox'
import { type App, problems } from '../../../platform/http/app.ts'
import { PeriodSchema } from '../../../platform/http/schemas.ts'
import type { SubscriptionSettings } from '../deps.ts'
import { periodRanges } from '../rules/offer.ts'
import { quantityRange } from '../rules/subscription.ts'
import { tags } from './routes.ts'

const Range = { least: Type.Integer({ minimum: 1 }), most: Type.Integer({ minimum: 1 }) }

/** As long as a server may be asked before a restart with other settings is seen by everybody. */
const CACHE = 'public, max-age=60'

/** What can be chosen when subscribing, and how it goes on; for pages that offer it. */
export function offerRoute({
  calendar,
  retry,
  announceDaysBefore,
}: SubscriptionSettings): (app: App) => void {
  const { immediateRetries, laterRetries, hoursBetween, newMethodWithinHours } = retry
  const terms = {
    periods: periodRanges(calendar),
    quantity: quantityRange,
    cutOff: {
      daysBefore: calendar.cutOff.daysBefore,
      time: calendar.cutOff.time.toString({ smallestUnit: 'minute' }),
      timeZone: calendar.timeZone,
    },
    noticeDays: announceDaysBefore,
    retry: { immediateRetries, laterRetries, hoursBetween, newMethodWithinHours },
  }
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/subscription-terms',
      config: { audience: 'anyone' },
      schema: {
        operationId: 'getSubscriptionTerms',
        tags,
        summary:
          'Which periods and quantities are on offer, until when a charge can be changed, and what follows a refusal',
        response: {
          200: Type.Object({
            periods: Type.Array(
              Type.Object({
                unit: PeriodSchema.properties.unit,
                ...Range,
              }),
              { description: 'Every whole number from least to most; days before months, shortest first' },
            ),
            quantity: Type.Object(Range, { description: 'Pieces of one delivery' }),
            cutOff: Type.Object(
              {
                daysBefore: Type.Integer({ minimum: 1 }),
                time: Type.String({ description: 'HH:MM' }),
                timeZone: Type.String(),
              },
              {
                description: 'Changes made before this time, so many days before a charge, still hold for it',
              },
            ),
            noticeDays: Type.Integer({
              description: 'How many days before a charge the customer is told of it',
            }),
            retry: Type.Object(
              {
                immediateRetries: Type.Integer(),
                laterRetries: Type.Integer(),
                hoursBetween: Type.Integer(),
                newMethodWithinHours: Type.Integer({
                  description: 'How long we wait for a new method when one cannot be charged any more',
                }),
              },
              { description: 'What follows when the bank refuses a charge; then the subscription ends' },
            ),
          }),
          ...problems(),
        },
      },
      handler: async (_request, reply) => {
        reply.header('cache-control', CACHE)
        return terms
      },
    })
  }
}
