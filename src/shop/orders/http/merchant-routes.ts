import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import {
  type App,
  actorOf,
  PageSchema,
  pageOf,
  pagingTo,
  problems,
  refusalsOf,
  Strict,
} from '../../../platform/http/app.ts'
import { readTables, tableBody, tableIn } from '../../../platform/http/input/table-body.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { OrderSchema, OrderStateSchema, orderView } from '../order-view.ts'
import { orderProblems } from '../problems.ts'
import { MOST_ROWS } from '../rules/tracking-sheet.ts'
import { importTracking } from '../shipping/import-tracking.ts'
import { listForMerchant } from '../shipping/merchant-list.ts'
import { toSendRoutes } from './to-send-routes.ts'

const { tracking_rows_wrong } = orderProblems

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['orders: delivery']
const Day = Type.String({ format: 'date', pattern: '^20', description: 'Day of placing in Seoul, included' })
const Text = (description: string, most = 50) => Type.String({ minLength: 1, maxLength: most, description })

const ListQuery = Strict({
  toSend: Type.Optional(
    Type.Boolean({ description: 'Only orders with paid pieces that wait to be sent, oldest payment first' }),
  ),
  onTheWay: Type.Optional(
    Type.Boolean({
      description: 'Only orders of which a parcel is on its way, what was sent first before the others',
    }),
  ),
  state: Type.Optional(OrderStateSchema),
  number: Type.Optional(
    Type.String({ pattern: '^[0-9A-Za-z-]{1,15}$', description: 'Number of the order, or its beginning' }),
  ),
  receiver: Type.Optional(Text('Name of the receiver, or its beginning')),
  phone: Type.Optional(
    Type.String({
      pattern: '^[0-9-]{4,14}$',
      description: 'Phone of the receiver: all of it, or the last four digits and more',
    }),
  ),
  itemId: Type.Optional(Type.String({ format: 'uuid' })),
  customerId: Type.Optional(Type.String({ format: 'uuid' })),
  item: Type.Optional(
    Text('A part of the name of an item; without days among the orders of the last three months'),
  ),
  from: Type.Optional(Day),
  to: Type.Optional(Day),
  ...pagingTo(10_000),
})

/** Files of {@link MOST_ROWS} rows with long addresses, twice. */
const MOST_BYTES = 1024 * MOST_ROWS

/** What the merchant looks through and sends in bulk. */
export function merchantOrderRoutes(deps: { db: Db; clock: Clock }): (app: App) => void {
  return (app) => {
    listRoute(app, deps)
    toSendRoutes(app, deps)
    // A room of its own: only here a body may be a table.
    app.register(async (scope: App) => {
      readTables(scope)
      importRoute(scope, deps)
    })
  }
}

function listRoute(app: App, deps: { db: Db; clock: Clock }): void {
  app.route({
    method: 'GET',
    url: '/api/admin/orders',
    config: { ...config, personal: true },
    schema: {
      operationId: 'listAdminOrders',
      tags,
      summary: 'Orders of everybody: what is to be sent, or what is looked for',
      querystring: ListQuery,
      response: {
        200: Type.Object({ data: Type.Array(OrderSchema), page: PageSchema }),
        ...problems(401, 403),
      },
    },
    handler: async (request) => {
      const { page, size, from, to, ...wanted } = request.query
      const dated = {
        ...wanted,
        ...(from === undefined ? {} : { from: Temporal.PlainDate.from(from) }),
        ...(to === undefined ? {} : { to: Temporal.PlainDate.from(to) }),
      }
      const { orders, totalElements } = await listForMerchant(deps, dated, { page, size })
      return {
        data: orders.map(orderView),
        page: pageOf({ page, size }, totalElements),
      }
    },
  })
}

function importRoute(scope: App, deps: { db: Db; clock: Clock }): void {
  const Rows = (description: string) => Type.Integer({ minimum: 0, description })
  scope.route({
    method: 'POST',
    url: '/api/admin/orders/tracking',
    bodyLimit: MOST_BYTES,
    config,
    schema: {
      operationId: 'importTracking',
      tags,
      summary:
        'Send what a table says and note what arrived, all of it or nothing; the same table again changes nothing',
      description:
        'The table of `/api/admin/orders/to-send.csv` or `.xlsx` with carrier and tracking number filled in; rows without them are passed over. A day in the last column says that the parcel of the row arrived then. Wrong rows are told in `errors` by their line in the file, and nothing is sent then.',
      querystring: Strict({
        check: Type.Boolean({ default: false, description: 'Only say what would happen' }),
      }),
      body: tableBody(MOST_BYTES),
      response: {
        200: Type.Object({
          rows: Rows('Rows that name a parcel'),
          sent: Rows('Those that sent something'),
          arrived: Rows('Those that told of an arrival'),
          unchanged: Rows('Those that were so already'),
          orders: Rows('Orders that changed'),
        }),
        ...refusalsOf<typeof importTracking>({ tracking_rows_wrong }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const table = await tableIn(request.body, MOST_ROWS + 1)
      const result = await importTracking(deps, {
        actorId: actorOf(request).userId,
        table,
        check: request.query.check,
      })
      if (result.kind === 'refused') return reply.refuse(result)
      const { rows, sent, arrived, unchanged, orders } = result
      return { rows, sent, arrived, unchanged, orders }
    },
  })
}
