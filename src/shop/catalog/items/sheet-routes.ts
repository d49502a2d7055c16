import Type, { type Static } from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, actorOf, problems, refusalsOf, Strict, Uuid, Words } from '../../../platform/http/app.ts'
import { readTables, tableBody, tableIn, WORKBOOK, XLSX } from '../../../platform/http/input/table-body.ts'
import { languageOf } from '../../../platform/http/problem.ts'
import type { Text } from '../../../platform/refusal.ts'
import { writeXlsx } from '../../../platform/tables/write-xlsx.ts'
import { writeCsv } from '../../../platform/text/csv.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { readNotices } from '../browse/notice-store.ts'
import { sheetProblems } from '../problems.ts'
import { NO_NOTICE } from '../rules/item-notice.ts'
import { itemSheet, MOST_ITEM_ROWS, SHEETS, type SheetKind } from '../rules/item-sheet.ts'
import { NoticeState } from './admin-routes.ts'
import { importSheet } from './import-sheet.ts'
import { listItemsForMerchant } from './list-items.ts'

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['admin: items']
const { item_rows_wrong, item_table_differs } = sheetProblems

const Facts = Type.Object({
  status: Type.Enum(['on_sale', 'sold_out', 'hidden']),
  originPrice: Type.Integer({ description: 'Won' }),
  discountPercent: Type.Number(),
  realPrice: Type.Integer({ description: 'Won' }),
  taxFree: Type.Boolean({ description: 'No VAT is in its price (면세)' }),
  onHand: Type.Integer({ description: 'Pieces' }),
})
const NoticePart = Type.Union([Type.String(), Type.Boolean(), Type.Null()])
/** What the sheet of the workbook is called. */
const SHEET: Text = { ko: '상품표', en: 'Items' }
/** Files of {@link MOST_ITEM_ROWS} rows with notices as long as they are on a package. */
const MOST_BYTES = 4 * 1024 * MOST_ITEM_ROWS

const ExportQuery = Strict({
  status: Type.Optional(Type.Enum(['on_sale', 'sold_out', 'hidden'])),
  keyword: Type.Optional(Type.String({ maxLength: 100 })),
  notice: NoticeState,
  columns: Type.Enum(Object.keys(SHEETS) as SheetKind[], {
    default: 'offer',
    description: 'What is offered, or what has to be said of it (상품정보제공고시)',
  }),
  page: Type.Integer({ minimum: 1, maximum: 1_000, default: 1 }),
})

/** Many items in one table. */
export function sheetRoutes(app: App, deps: { db: Db; clock: Clock; committed(): Promise<void> }): void {
  const table = async ({ query }: { query: Static<typeof ExportQuery> }, language: keyof Text) => {
    const { data } = await listItemsForMerchant(deps.db, { ...query, size: MOST_ITEM_ROWS })
    const notices = await readNotices(
      deps.db,
      data.map(({ id }) => id),
    )
    const rows = data.map(({ id: itemId, stock, ...item }) => {
      const notice = notices.get(itemId) ?? NO_NOTICE
      return { ...item, itemId, onHand: stock.onHand, notice }
    })
    return itemSheet(rows, language, query.columns)
  }
  app.route({
    method: 'GET',
    url: '/api/admin/items/table.csv',
    config,
    schema: {
      operationId: 'exportItems',
      tags,
      summary: 'Items as a table to change and bring back, the latest first',
      querystring: ExportQuery,
      response: {
        200: {
          description: `CSV in UTF-8 with a byte order mark, ${MOST_ITEM_ROWS} items a page`,
          content: { 'text/csv': { schema: Type.String() } },
        },
        ...problems(401, 403),
      },
    },
    handler: async (request, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('content-disposition', 'attachment; filename="items.csv"')
        .send(writeCsv(await table(request, languageOf(request)))),
  })

  app.route({
    method: 'GET',
    url: '/api/admin/items/table.xlsx',
    config,
    schema: {
      operationId: 'exportItemsAsWorkbook',
      tags,
      summary: 'The same table as a workbook',
      querystring: ExportQuery,
      response: { 200: WORKBOOK, ...problems(401, 403) },
    },
    handler: async (request, reply) => {
      const language = languageOf(request)
      const bytes = await writeXlsx(await table(request, language), SHEET[language])
      return reply
        .type(XLSX)
        .header('cache-control', 'no-store')
        .header('content-disposition', 'attachment; filename="items.xlsx"')
        .send(bytes)
    },
  })

  // A room of its own: only here a body may be a table.
  app.register(async (scope: App) => {
    readTables(scope)
    importRoute(scope, deps)
  })
}

function importRoute(scope: App, deps: { db: Db; clock: Clock; committed(): Promise<void> }): void {
  scope.route({
    method: 'POST',
    url: '/api/admin/items/table',
    bodyLimit: MOST_BYTES,
    config,
    schema: {
      operationId: 'importItems',
      tags,
      summary: 'Change items by a table: first only told, then done by the token of what was told',
      description:
        'The table of `/api/admin/items/table.csv` or `.xlsx` with other cells in status, price, discount, tax and stock change, or in those of the notice. Empty cells change nothing. All of it or nothing: wrong rows are told in `errors` by their line in the file. The same table again is refused, as its versions are of the past.',
      querystring: Strict({
        token: Type.Optional(
          Type.String({ maxLength: 60, description: 'From the preview; without it nothing is changed' }),
        ),
        reason: Words(200, 'For the history of stock'),
      }),
      body: tableBody(MOST_BYTES),
      response: {
        200: Type.Object({
          applied: Type.Boolean({ description: 'Whether it was done, or only would be' }),
          rows: Type.Integer(),
          changes: Type.Array(
            Type.Object({
              row: Type.Integer({ description: 'Its line in the file' }),
              itemId: Uuid,
              name: Type.String(),
              before: Facts,
              after: Facts,
              notice: Type.Array(
                Type.Object({ part: Type.String(), before: NoticePart, after: NoticePart }),
                { description: 'What becomes another text of its notice' },
              ),
            }),
          ),
          token: Type.String({ description: 'Stands for these rows at these versions and the reason' }),
        }),
        ...refusalsOf<typeof importSheet>({ item_rows_wrong, item_table_differs }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const { token, reason } = request.query
      const table = await tableIn(request.body, MOST_ITEM_ROWS + 1)
      const result = await importSheet(deps, { table, reason, token, actorId: actorOf(request).userId })
      if (result.kind === 'refused') return reply.refuse(result)
      const { kind: _, ...told } = result
      return told
    },
  })
}
