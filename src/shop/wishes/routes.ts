import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Uuid } from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { catalogProblems } from '../catalog/index.ts'
import { wishProblems } from './problems.ts'
import { addWish, listWishes, MOST_WISHES, removeWish, type WishDeps } from './wish-list.ts'

const { not_found } = platformProblems
const { too_many_wishes } = wishProblems
const { item_no_longer_sold } = catalogProblems

const tags = ['wishes']
const config = { audience: 'signed-in' } as const
const ItemId = Type.Object({ itemId: Uuid })
const WishList = Type.Object({
  data: Type.Array(
    Type.Object({
      itemId: Uuid,
      name: Type.Union([Type.String(), Type.Null()], {
        description: 'Null when the catalogue does not know the item any more',
      }),
      isSold: Type.Boolean({ description: 'False: off sale' }),
      wishedAt: Type.String({ format: 'date-time' }),
    }),
  ),
})

/** One's own wish list over HTTP. */
export function wishRoutes(deps: WishDeps): (app: App) => void {
  const listOf = async (accountId: string) => ({
    data: (await listWishes(deps, accountId)).map(({ itemId, wishedAt, name, isSold }) => ({
      itemId,
      name,
      isSold,
      wishedAt: wishedAt.toString(),
    })),
  })
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/wishes',
      config,
      schema: {
        operationId: 'listWishes',
        tags,
        summary: 'One’s own wish list, newest first',
        description: `At most ${MOST_WISHES} items.`,
        response: { 200: WishList, ...problems(401) },
      },
      handler: (request) => listOf(actorOf(request).userId),
    })
    app.route({
      method: 'PUT',
      url: '/api/wishes/:itemId',
      config,
      schema: {
        operationId: 'addWish',
        tags,
        summary: 'Put an item on one’s wish list; repeated it changes nothing',
        params: ItemId,
        response: {
          200: WishList,
          ...refusalsOf<typeof addWish>({ not_found, item_no_longer_sold, too_many_wishes }, 401),
        },
      },
      handler: async (request, reply) => {
        const accountId = actorOf(request).userId
        const added = await addWish(deps, { accountId, itemId: request.params.itemId })
        return added.kind === 'refused' ? reply.refuse(added) : listOf(accountId)
      },
    })
    app.route({
      method: 'DELETE',
      url: '/api/wishes/:itemId',
      config,
      schema: {
        operationId: 'removeWish',
        tags,
        summary: 'Take an item off one’s wish list; one that is not there is off it already',
        params: ItemId,
        response: { 200: WishList, ...problems(401, 404) },
      },
      handler: async (request) => {
        const accountId = actorOf(request).userId
        await removeWish(deps.db, { accountId, itemId: request.params.itemId })
        return listOf(accountId)
      },
    })
  }
}
