import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, problems, Strict } from '../../../platform/http/app.ts'
import { WORKBOOK, XLSX } from '../../../platform/http/input/table-body.ts'
import { languageOf } from '../../../platform/http/problem.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { writeXlsx } from '../../../platform/tables/write-xlsx.ts'
import { writeCsv } from '../../../platform/text/csv.ts'
import { MOST_ROWS, sheetOf } from '../rules/tracking-sheet.ts'
import { countToSend, linesToSend, PLACE } from '../shipping/to-send.ts'

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['orders: delivery']
const Place = (description: string) =>
  Type.Optional(Type.String({ pattern: PLACE, maxLength: 20, description }))
const after = Place('The last line that was given out before: `until` of the count; left out: from the start')
const PartQuery = Strict({
  after,
  until: Place(`The last line to give out; at most ${MOST_ROWS} are, as many as come back at once`),
})

/** What the sheet of the workbook is called. */
const SHEET = { ko: '보낼 상품', en: 'To send' }

/** What waits to be sent, as tables to fill in. */
export function toSendRoutes(app: App, { db }: { db: Db }): void {
  app.route({
    method: 'GET',
    url: '/api/admin/orders/to-send',
    config,
    schema: {
      operationId: 'countOrdersToSend',
      tags,
      summary: 'How many lines wait to be sent, and how many tables they fill',
      querystring: Strict({ after }),
      response: {
        200: Type.Object({
          lines: Type.Integer({ minimum: 0 }),
          parts: Type.Integer({ minimum: 1, description: 'Tables of `to-send.csv` and `.xlsx`' }),
          until: orNull(Type.String(), 'The line with which the first of them ends; `after` of the next'),
        }),
        ...problems(401, 403),
      },
    },
    handler: (request) => countToSend(db, request.query),
  })

  app.route({
    method: 'GET',
    url: '/api/admin/orders/to-send.csv',
    config: { ...config, personal: true },
    schema: {
      operationId: 'exportOrdersToSend',
      tags,
      summary: 'What is to be sent, as a table with empty cells for carrier and tracking number',
      querystring: PartQuery,
      response: {
        200: {
          description: 'CSV in UTF-8 with a byte order mark, a row for each line, what waits longest first',
          content: { 'text/csv': { schema: Type.String() } },
        },
        ...problems(401, 403),
      },
    },
    handler: async (request, reply) => {
      const lines = await linesToSend(db, request.query)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="orders-to-send.csv"')
        .send(writeCsv(sheetOf(lines, languageOf(request))))
    },
  })

  app.route({
    method: 'GET',
    url: '/api/admin/orders/to-send.xlsx',
    config: { ...config, personal: true },
    schema: {
      operationId: 'exportOrdersToSendAsWorkbook',
      tags,
      summary: 'The same table as a workbook',
      querystring: PartQuery,
      response: { 200: WORKBOOK, ...problems(401, 403) },
    },
    handler: async (request, reply) => {
      const language = languageOf(request)
      const lines = await linesToSend(db, request.query)
      return reply
        .type(XLSX)
        .header('content-disposition', 'attachment; filename="orders-to-send.xlsx"')
        .send(await writeXlsx(sheetOf(lines, language), SHEET[language]))
    },
  })
}
