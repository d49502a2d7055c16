import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import {
  type App,
  actorOf,
  pagingTo,
  problems,
  refusalsOf,
  Strict,
  Uuid,
  Words,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { adminItem } from '../browse/item-detail.ts'
import { AdminItem, AdminItemList } from '../browse/item-json.ts'
import { catalogProblems } from '../problems.ts'
import { maxOriginPrice, maxStock } from '../rules/item-change.ts'
import { NOTICE_TEXTS, ORIGINS } from '../rules/item-notice.ts'
import { changeItem } from './change-item.ts'
import { listItemsForMerchant } from './list-items.ts'
import { listStockChanges, StockChangeSchema } from './list-stock-changes.ts'

const {
  discount_rate_invalid,
  item_changed_meanwhile,
  item_version_contradicts,
  item_version_required,
  item_without_price,
  notice_importer_of_domestic,
  notice_phone_invalid,
  nothing_to_change,
  stock_below_held,
  stock_too_large,
} = catalogProblems
const { not_found } = platformProblems

const Picture = Type.Optional(
  Type.Union([
    // Only addresses a page may show: https, and our own paths (`//host/…` is a path of somebody else).
    Type.String({ pattern: '^(https://|/(?!/))[^\\s"\'<>\\\\]+$', maxLength: 500 }),
    Type.Null(),
  ]),
)

const NoticeWords = (name: keyof typeof NOTICE_TEXTS) =>
  Type.Optional(Type.String({ maxLength: NOTICE_TEXTS[name].most, description: NOTICE_TEXTS[name].ko }))

/** Blank or null: not known. */
const NoticeChange = Strict({
  origin: Type.Optional(Type.Union([Type.Enum([...ORIGINS]), Type.Null()])),
  makerAddress: NoticeWords('makerAddress'),
  importer: NoticeWords('importer'),
  country: NoticeWords('country'),
  importDeclared: Type.Optional(Type.Boolean({ description: '수입신고를 필함; only of what is imported' })),
  contents: NoticeWords('contents'),
  ingredients: NoticeWords('ingredients'),
  nutrition: NoticeWords('nutrition'),
  sideEffects: NoticeWords('sideEffects'),
  geneticallyModified: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  phone: NoticeWords('phone'),
})

const ChangeSchema = Strict({
  version: Type.Optional(
    Type.Integer({ minimum: 1, description: 'The version you saw; or state it in If-Match' }),
  ),
  originPrice: Type.Optional(Type.Integer({ minimum: 0, maximum: maxOriginPrice, description: 'Won' })),
  discountPercent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  taxFree: Type.Optional(Type.Boolean({ description: 'No VAT is in its price (면세)' })),
  status: Type.Optional(Type.Enum(['on_sale', 'sold_out', 'hidden'])),
  thumbnail: Picture,
  descriptionImage: Picture,
  stock: Type.Optional(
    Strict({
      delta: Type.Integer({
        minimum: -maxStock,
        maximum: maxStock,
        not: { const: 0 },
        description: 'Pieces that came (positive) or are gone (negative)',
      }),
      reason: Words(200),
    }),
  ),
  notice: Type.Optional(NoticeChange),
})

/**
 * The version the caller saw, from the body or from If-Match (`"7"`, `W/"7"` or `7`). One that is missing or cannot be
 * read is item_version_required; two different ones contradict each other.
 * @param members how many members of the item are to be changed
 */
function versionSeen(
  stated: number | undefined,
  ifMatch: string | undefined,
  members: number,
): number | Refused<'item_version_required' | 'item_version_contradicts' | 'nothing_to_change'> {
  const digits = /^(?:W\/)?"?(\d{1,9})"?$/.exec(ifMatch?.trim() ?? '')?.[1]
  const named = digits === undefined ? undefined : Number(digits)
  const version = ifMatch === undefined ? stated : named
  if (version === undefined) return refused('item_version_required')
  if (stated !== undefined && stated !== version) return refused('item_version_contradicts')
  return members === 0 ? refused('nothing_to_change') : version
}

/** Which items the merchant looks for by their notice. */
export const NoticeState = Type.Optional(
  Type.Enum(['incomplete', 'complete'], {
    description: 'Whether all is said of it that has to be (상품정보제공고시)',
  }),
)

/** The merchant's side of the catalogue. */
export function adminCatalogRoutes(
  app: App,
  deps: { db: Db; clock: Clock; committed(): Promise<void> },
): void {
  const config = { audience: ['merchant', 'admin'] } as const
  const tags = ['admin: items']

  app.route({
    method: 'GET',
    url: '/api/admin/items',
    config,
    schema: {
      operationId: 'listAdminItems',
      tags,
      summary: 'All items with status, price and stock, hidden ones too, the latest first',
      description:
        'Items of the register arrive hidden; `status=hidden` lists what waits for its price and stock.',
      querystring: Strict({
        status: Type.Optional(Type.Enum(['on_sale', 'sold_out', 'hidden'])),
        keyword: Type.Optional(
          Type.String({
            maxLength: 100,
            description: 'Name or brand as customers search, or a statement number',
          }),
        ),
        notice: NoticeState,
        freeAtMost: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: maxStock,
            description: 'Only items of which at most so many pieces can be ordered',
          }),
        ),
        ...pagingTo(100_000),
      }),
      response: { 200: AdminItemList, ...problems(401, 403) },
    },
    handler: async (request, reply) =>
      reply.header('cache-control', 'no-store').send(await listItemsForMerchant(deps.db, request.query)),
  })

  app.route({
    method: 'GET',
    url: '/api/admin/items/:id',
    config,
    schema: {
      operationId: 'getAdminItem',
      tags,
      summary: 'One item, also a hidden one, with its version and stock',
      params: Strict({ id: Uuid }),
      response: { 200: AdminItem, ...problems(401, 403, 404) },
    },
    handler: async (request, reply) => {
      const item = await adminItem(deps.db, request.params.id)
      if (item === undefined) return reply.refuse(refused('not_found'))
      return reply.header('etag', `"${item.version}"`).header('cache-control', 'no-store').send(item)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/admin/items/:id/stock-changes',
    config,
    schema: {
      operationId: 'listStockChanges',
      tags,
      summary: 'Changes of the stock of an item that were made by hand, newest first',
      params: Strict({ id: Uuid }),
      querystring: Strict({ size: Type.Integer({ minimum: 1, maximum: 100, default: 20 }) }),
      response: { 200: Type.Object({ data: Type.Array(StockChangeSchema) }), ...problems(401, 403, 404) },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      if ((await adminItem(deps.db, id)) === undefined) return reply.refuse(refused('not_found'))
      const data = await listStockChanges(deps.db, id, request.query.size)
      return reply.header('cache-control', 'no-store').send({ data })
    },
  })

  app.route({
    method: 'PATCH',
    url: '/api/admin/items/:id',
    config,
    schema: {
      operationId: 'changeItem',
      tags,
      summary: 'Change price, discount, tax, status, pictures, stock or notice of an item',
      description:
        'The version you saw is stated as `version` or in If-Match; if somebody changed the item meanwhile, nothing happens and the answer is 409.',
      params: Strict({ id: Uuid }),
      headers: Type.Object({ 'if-match': Type.Optional(Type.String({ maxLength: 40 })) }),
      body: ChangeSchema,
      response: {
        200: AdminItem,
        ...refusalsOf<typeof versionSeen | typeof changeItem>(
          {
            item_version_required,
            item_version_contradicts,
            nothing_to_change,
            not_found,
            item_changed_meanwhile,
            discount_rate_invalid,
            item_without_price,
            stock_below_held,
            stock_too_large,
            notice_importer_of_domestic,
            notice_phone_invalid,
          },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const { version: stated, ...change } = request.body
      const version = versionSeen(stated, request.headers['if-match'], Object.keys(change).length)
      if (typeof version !== 'number') return reply.refuse(version)
      const result = await changeItem(deps, {
        ...change,
        version,
        itemId: request.params.id,
        actorId: actorOf(request).userId,
      })
      if (result.kind === 'refused') return reply.refuse(result)
      return reply
        .header('etag', `"${result.item.version}"`)
        .header('cache-control', 'no-store')
        .send(result.item)
    },
  })
}
