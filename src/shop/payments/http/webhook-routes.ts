import Type from 'typebox'
import { type App, problems } from '../../../platform/http/app.ts'
import type { PaymentsDeps } from '../deps.ts'
import { hearHint } from '../recovery/hints.ts'

/** A payment of Toss is about 3 KB. */
const MOST_BYTES = 32 * 1024

/**
 * What Toss tells of payments. It signs none of it (only events of paying out, ADR 30), so anybody may have written it: what it names is looked up, and
 * only the answer counts. Whatever is of no use gets the same 200, for anything else would be sent again for days, and
 * would tell a stranger which payments there are. A shop without Toss answers alike. KakaoPay tells nothing.
 */
export function webhookRoutes(deps: PaymentsDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'POST',
      url: '/api/payments/webhooks/toss',
      config: { audience: 'anyone' },
      bodyLimit: MOST_BYTES,
      schema: {
        operationId: 'tossWebhook',
        tags: ['payments'],
        summary: 'Hear from Toss Payments that something happened to a payment',
        description:
          'Unsigned, so it is a hint: the payment it names is looked up at Toss, at most once in five seconds. Register this address for `PAYMENT_STATUS_CHANGED` and `CANCEL_STATUS_CHANGED`.',
        // Toss may add fields, but they are few, and have names.
        body: Type.Object(
          {},
          {
            additionalProperties: true,
            maxProperties: 50,
            propertyNames: Type.String({ maxLength: 100 }),
            description: 'An event of Toss Payments',
          },
        ),
        response: { 200: Type.Object({}, { description: 'Heard' }), ...problems(413, 429) },
      },
      handler: async (request) => {
        const hint = deps.providers.get('toss')?.readHint(request.body)
        if (hint) await hearHint(deps, 'toss', hint)
        return {}
      },
    })
  }
}
