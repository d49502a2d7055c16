import type { FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { type App, Strict } from '../../platform/http/app.ts'
import type { Module } from '../../platform/module.ts'
import { refused } from '../../platform/refusal.ts'

/** Who a customer is now, as far as whoever writes to them needs to know. */
export const RecipientView = Type.Object({
  email: Type.String(),
  name: Type.String(),
  language: Type.Enum(['ko', 'en']),
  emailVerified: Type.Boolean(),
})
export const LinkView = Type.Object({ address: Type.String() })
export const ItemView = Type.Object({ name: Type.String() })
/** What the catalogue of books says about copies of a title for a patron; it promises nothing. */
export const StockView = Type.Union([
  Type.Object({ kind: Type.Literal('book_unknown') }),
  Type.Object({
    kind: Type.Enum(['enough', 'not_enough', 'held_for_others', 'book_withdrawn']),
    title: Type.String(),
    lendable: Type.Integer({ minimum: 0 }),
  }),
])

const ById = Strict({ id: Type.String({ format: 'uuid' }) })

/** For services only: what comes through a proxy comes from outside, whatever it carries. */
export async function fromWithin(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { 'x-forwarded-for': passedOn, forwarded } = request.headers
  return passedOn === undefined && forwarded === undefined ? undefined : reply.refuse(refused('not_found'))
}

const StockQuery = Strict({
  patron: Type.String({ format: 'uuid' }),
  copies: Type.Integer({ minimum: 1, maximum: 1_000 }),
})

const INTERNAL = { config: { audience: ['service'] }, onRequest: fromWithin } as const

/** What identity tells other services. */
export function recipientsModule(
  recipientOf: (id: string) => Promise<Static<typeof RecipientView> | undefined>,
): Module {
  return {
    name: 'internal.recipients',
    routes: (app: App) => {
      app.route({
        ...INTERNAL,
        method: 'GET',
        url: '/internal/recipients/:id',
        schema: { hide: true, params: ById, response: { 200: RecipientView } },
        handler: async (request, reply) =>
          (await recipientOf(request.params.id)) ?? reply.refuse(refused('not_found')),
      })
    },
  }
}

/** Where the letter of a link leads: whoever knows it can use it, so it is told to services alone. */
export function linkAddressesModule(addressOf: (id: string) => Promise<string | undefined>): Module {
  return {
    name: 'internal.link-addresses',
    routes: (app: App) => {
      app.route({
        ...INTERNAL,
        method: 'GET',
        url: '/internal/link-addresses/:id',
        schema: { hide: true, params: ById, response: { 200: LinkView } },
        handler: async (request, reply) => {
          const address = await addressOf(request.params.id)
          return address === undefined
            ? reply.refuse(refused('not_found'))
            : reply.header('cache-control', 'no-store').send({ address })
        },
      })
    },
  }
}

/** What the shop tells other services. */
export function itemNamesModule(nameOf: (id: string) => Promise<string | undefined>): Module {
  return {
    name: 'internal.items',
    routes: (app: App) => {
      app.route({
        ...INTERNAL,
        method: 'GET',
        url: '/internal/items/:id',
        schema: { hide: true, params: ById, response: { 200: ItemView } },
        handler: async (request, reply) => {
          const name = await nameOf(request.params.id)
          return name === undefined ? reply.refuse(refused('not_found')) : { name }
        },
      })
    },
  }
}

/** What the catalogue of books tells lending: the one question of the library that is asked and not told. */
export function stockModule(
  askStock: (question: {
    bookId: string
    patronId: string
    copies: number
  }) => Promise<Static<typeof StockView>>,
): Module {
  return {
    name: 'internal.stock',
    routes: (app: App) => {
      app.route({
        ...INTERNAL,
        method: 'GET',
        url: '/internal/books/:id/stock',
        schema: { hide: true, params: ById, querystring: StockQuery, response: { 200: StockView } },
        handler: ({ params, query }) =>
          askStock({ bookId: params.id, patronId: query.patron, copies: query.copies }),
      })
    },
  }
}
