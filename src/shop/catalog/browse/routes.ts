import type { FastifyReply, FastifyRequest } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { type App, problems, refusalsOf, Strict, Uuid } from '../../../platform/http/app.ts'
import { sendReady } from '../../../platform/http/at-hand/ready.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import type { Refused } from '../../../platform/refusal.ts'
import { catalogProblems } from '../problems.ts'
import type { Body } from './body.ts'
import { BrandList, CategoryList, CategorySchema, Home, ItemDetail, ItemList } from './item-json.ts'
import { type ItemQuery, listSorts, maxFound, maxListed } from './listing.ts'
import type { Pages } from './pages.ts'

const { item_no_longer_sold, page_too_deep, price_range_reversed } = catalogProblems
const { not_found } = platformProblems

/** The bodies are finished JSON texts: sent as they are, documented as what is in them. */
const finished = <S extends TSchema>(schema: S) => Type.Unsafe<string>(schema)

function answer(request: FastifyRequest, reply: FastifyReply, body: Body | Refused) {
  return body.kind === 'refused' ? reply.refuse(body) : sendReady(request, reply, body)
}

const Price = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000_000, description }))
const PageNumber = Type.Integer({ minimum: 1, maximum: maxListed, default: 1 })

const ItemQuerySchema = Strict({
  category: Type.Optional(CategorySchema),
  brand: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Exact name of the maker' })),
  minPrice: Price('Lowest real price, in won'),
  maxPrice: Price('Highest real price, in won'),
  onSale: Type.Optional(Type.Boolean({ description: 'true: with a discount; false: without one' })),
  keyword: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'Searched in name and brand. Spacing does not matter; half-typed blocks (오메ㄱ), initial consonants (ㅎㅅ) and Korean or Latin names of an ingredient (omega-3) are understood; all words must occur',
    }),
  ),
  sort: Type.Optional(
    Type.Enum(listSorts, {
      description:
        'Left out: `relevance` with a keyword, else `sales`. Relevance: the name is the keyword, begins with it, or holds its words; then the brand; then the rest, and best sellers first among equals. Of more than 1,000 finds the best sellers come first',
    }),
  ),
  page: PageNumber,
  size: Type.Integer({ minimum: 1, maximum: 100, default: 12 }),
})

/** Public reads of the catalogue. @param seen notes that somebody looks at an item */
export function catalogRoutes(
  app: App,
  pages: Pages,
  seen: (request: FastifyRequest, itemId: string) => void,
): void {
  const config = { audience: 'anyone' } as const
  const tags = ['items']

  app.route({
    method: 'GET',
    url: '/api/items',
    config: { ...config, atHand: ({ query }) => pages.peekList(query as ItemQuery) },
    schema: {
      operationId: 'listItems',
      tags,
      summary: 'Items by category, brand, price, discount and keyword',
      description: `All filters combine. The order is total: no item is on two pages. Pages reach ${maxListed} rows deep, ${maxFound} with a price, discount or keyword filter; \`totalElements\` is counted no further (\`totalIsLowerBound\`) and may lag up to five seconds. Prices are at most a second old; the price that counts is the one at the time of the order.`,
      querystring: ItemQuerySchema,
      response: {
        200: finished(ItemList),
        ...refusalsOf<Pages['list']>({ price_range_reversed, page_too_deep }),
      },
    },
    handler: async (request, reply) => answer(request, reply, await pages.list(request.query)),
  })

  app.route({
    method: 'GET',
    url: '/api/items/:id',
    config,
    schema: {
      operationId: 'getItem',
      tags,
      summary: 'One item with everything the register says, its price and its stock',
      params: Strict({ id: Uuid }),
      response: {
        200: finished(ItemDetail),
        ...refusalsOf<Pages['detail']>({ not_found, item_no_longer_sold }),
      },
    },
    handler: async (request, reply) => {
      const item = await pages.detail(request.params.id)
      if (item.kind === 'body') seen(request, item.value.id)
      return answer(request, reply, item)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/home',
    config: { ...config, atHand: () => ({ of: 'home', find: pages.homeNow }) },
    schema: {
      operationId: 'getHome',
      tags,
      summary: 'Nine best sellers, nine highest discounts, nine new arrivals',
      response: { 200: finished(Home), ...problems() },
    },
    handler: async (request, reply) => answer(request, reply, await pages.home()),
  })

  app.route({
    method: 'GET',
    url: '/api/categories',
    config,
    schema: {
      operationId: 'listCategories',
      tags,
      summary: 'The nine categories with the number of their items',
      description: 'An item can be in several. Counts may lag up to five seconds.',
      response: { 200: finished(CategoryList), ...problems() },
    },
    handler: async (request, reply) => answer(request, reply, await pages.categories()),
  })

  app.route({
    method: 'GET',
    url: '/api/brands',
    config,
    schema: {
      operationId: 'listBrands',
      tags,
      summary: 'Brands beginning with what was typed so far, with the number of their items',
      description:
        'Half-typed blocks and initial consonants are understood, the legal form ((주), 주식회사) may be left out. Most items first. Counts may lag up to five seconds.',
      querystring: Strict({
        prefix: Type.String({ maxLength: 100, default: '' }),
        page: PageNumber,
        size: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
      }),
      response: { 200: finished(BrandList), ...problems() },
    },
    handler: async (request, reply) => {
      const { prefix, page, size } = request.query
      return answer(request, reply, await pages.brands(prefix, page, size))
    },
  })
}
