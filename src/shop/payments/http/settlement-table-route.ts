import Type from 'typebox'
import { type App, actorOf, refusalsOf, Strict } from '../../../platform/http/app.ts'
import { readTables, tableBody, tableIn } from '../../../platform/http/input/table-body.ts'
import type { PaymentsDeps } from '../deps.ts'
import { paymentProblems } from '../problems.ts'
import { MOST_SETTLED_ROWS, reconcileTable } from '../reconciling/reconcile-table.ts'
import { CountSchema, DaySchema, DifferenceSchema, ProviderSchema } from './reconciliation-json.ts'

const {
  reconciliation_too_early,
  settlement_rows_wrong,
  settlement_table_differs,
  settlement_table_unknown,
} = paymentProblems

const MOST_BYTES = 4 * 1024 * 1024
/** Differences that are told; all of them are kept, and listed by `/api/admin/reconciliation-findings`. */
const MOST_TOLD = 500

/** A provider's list that people download, brought as a table. */
export function settlementTableRoute(deps: PaymentsDeps): (app: App) => void {
  return (app) => {
    // A room of its own: only here a body may be a table.
    app.register(async (scope: App) => {
      readTables(scope)
      scope.route({
        method: 'POST',
        url: '/api/admin/reconciliations/table',
        bodyLimit: MOST_BYTES,
        config: { audience: ['merchant', 'admin'] },
        schema: {
          operationId: 'reconcileTable',
          tags: ['operators'],
          summary:
            'Hold our books of a day against a table of the provider: first told, then kept by its token',
          description:
            'The table of KakaoPay’s partner centre as CSV (UTF-8 or CP949) or workbook; columns are known by their headings. Wrong rows are told in `errors` by their line in the file, and nothing is kept. Rows of other days tell what is late. The same table again finds the same.',
          querystring: Strict({
            provider: ProviderSchema,
            day: DaySchema,
            token: Type.Optional(
              Type.String({ maxLength: 60, description: 'From the preview; without it nothing is kept' }),
            ),
          }),
          body: tableBody(MOST_BYTES),
          response: {
            200: Type.Object({
              applied: Type.Boolean({ description: 'Whether it was kept, or is only told' }),
              rows: Type.Integer({ description: 'Movements in the table, those of other days among them' }),
              matched: CountSchema,
              late: CountSchema,
              listedTotal: Type.Integer({ description: 'Charges less refunds of the day, in won' }),
              differenceCount: CountSchema,
              differences: Type.Array(DifferenceSchema, { description: `The first ${MOST_TOLD}` }),
              token: Type.String({ description: 'Stands for this table, its day and what was found' }),
            }),
            ...refusalsOf<typeof reconcileTable>(
              {
                reconciliation_too_early,
                settlement_rows_wrong,
                settlement_table_differs,
                settlement_table_unknown,
              },
              401,
              403,
            ),
          },
        },
        handler: async (request, reply) => {
          const { provider, day, token } = request.query
          const table = await tableIn(request.body, MOST_SETTLED_ROWS)
          const actorId = actorOf(request).userId
          const keep = token === undefined ? 'not_yet' : { token }
          const wish = { provider, day: Temporal.PlainDate.from(day), table, actorId, keep } as const
          const result = await reconcileTable(deps, wish)
          if (result.kind === 'refused') return reply.refuse(result)
          const { applied, rows, matched, late, listedTotal, differences } = result
          return {
            applied,
            rows,
            matched,
            late,
            listedTotal,
            differenceCount: differences.length,
            differences: differences.slice(0, MOST_TOLD).map(({ attemptId: paymentId, ...one }) => ({
              ...one,
              paymentId,
            })),
            token: result.token,
          }
        },
      })
    })
  }
}
