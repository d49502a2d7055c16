import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict, Uuid } from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { AddressSchema } from '../../platform/http/schemas.ts'
import { addAddress, changeAddress, preferAddress, removeAddress } from '../accounts/address-book.ts'
import type { Context } from '../context.ts'
import { addressProblems } from '../problems.ts'
import { MOST_ADDRESSES, savedAddresses } from '../store/saved-addresses.ts'
import { AddressBody, Typed } from './typed.ts'

const { invalid_request, not_found } = platformProblems
const { address_book_full, address_saved_already } = addressProblems

const tags = ['accounts']
const config = { audience: 'signed-in' } as const
const url = '/api/users/me/addresses'
const ById = Type.Object({ id: Uuid })

const addressee = {
  name: Typed('Who takes the parcel in', ['김하나']),
  phone: Typed('Any Korean phone number, dashes optional', ['02-123-4567']),
  address: AddressBody,
}
const SavedAddressReply = Type.Object({
  id: Uuid,
  name: Type.String(),
  phone: Type.String({ description: 'Digits only' }),
  address: AddressSchema,
  isDefault: Type.Boolean({ description: 'The one that forms begin with: exactly one, where there are any' }),
})
const BookReply = Type.Object({
  data: Type.Array(SavedAddressReply, { description: 'The default first, then as they were saved' }),
})

/** One's own address book over HTTP. */
export function addressRoutes(app: App, context: Context): void {
  app.route({
    method: 'GET',
    url,
    config,
    schema: {
      operationId: 'listAddresses',
      tags,
      summary: 'Your address book',
      description: `At most ${MOST_ADDRESSES} addresses.`,
      response: { 200: BookReply, ...problems(401) },
    },
    handler: async (request) => ({ data: await savedAddresses(context.db, actorOf(request).userId) }),
  })
  app.route({
    method: 'POST',
    url,
    config,
    schema: {
      operationId: 'addAddress',
      tags,
      summary: 'Save an address',
      description:
        'Needs no Idempotency-Key: an address that is saved already stays as it is and is the answer. The first one is the default.',
      body: Strict({ ...addressee, isDefault: Type.Optional(Type.Boolean()) }),
      response: {
        201: SavedAddressReply,
        ...refusalsOf<typeof addAddress>({ invalid_request, address_book_full, not_found }, 401),
      },
    },
    handler: async (request, reply) => {
      const result = await addAddress(context, actorOf(request), request.body)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(201).send(result.added)
    },
  })
  app.route({
    method: 'PUT',
    url: `${url}/:id`,
    config,
    schema: {
      operationId: 'changeAddress',
      tags,
      summary: 'Change a saved address',
      params: ById,
      body: Strict(addressee),
      response: {
        200: BookReply,
        ...refusalsOf<typeof changeAddress>({ invalid_request, not_found, address_saved_already }, 401),
      },
    },
    handler: async (request, reply) => {
      const result = await changeAddress(context, actorOf(request), request.params.id, request.body)
      return result.kind === 'refused' ? reply.refuse(result) : { data: result.addresses }
    },
  })
  app.route({
    method: 'PUT',
    url: `${url}/:id/default`,
    config,
    schema: {
      operationId: 'preferAddress',
      tags,
      summary: 'Make a saved address the default',
      params: ById,
      response: { 200: BookReply, ...refusalsOf<typeof preferAddress>({ not_found }, 401) },
    },
    handler: async (request, reply) => {
      const result = await preferAddress(context, actorOf(request), request.params.id)
      return result.kind === 'refused' ? reply.refuse(result) : { data: result.addresses }
    },
  })
  app.route({
    method: 'DELETE',
    url: `${url}/:id`,
    config,
    schema: {
      operationId: 'removeAddress',
      tags,
      summary: 'Remove a saved address',
      description:
        'Orders and subscriptions keep where they go. Of those left the oldest becomes the default.',
      params: ById,
      response: { 200: BookReply, ...refusalsOf<typeof removeAddress>({ not_found }, 401) },
    },
    handler: async (request, reply) => {
      const result = await removeAddress(context, actorOf(request), request.params.id)
      return result.kind === 'refused' ? reply.refuse(result) : { data: result.addresses }
    },
  })
}
