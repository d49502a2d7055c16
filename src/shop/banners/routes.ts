import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  problems,
  refusalsOf,
  Strict,
  Uuid,
} from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import type { Refused } from '../../platform/refusal.ts'
import { PICTURE_BODY, pictureProblems, readPictures } from '../pictures/index.ts'
import { addBanner } from './add-banner.ts'
import { arrangeBanners } from './arrange-banners.ts'
import { type Banner, MOST_BANNERS, MOST_SHOWN, statesAt } from './banner.ts'
import {
  BannerSchema,
  bannerJson,
  ContentBody,
  contentIn,
  ListedBannerSchema,
  MerchantBannerSchema,
  merchantBannerJson,
} from './banner-json.ts'
import { readBanners } from './banner-store.ts'
import { changeBanner, giveBannerPicture, removeBanner, takeBannerPicture } from './change-banner.ts'
import type { BannerDeps } from './deps.ts'
import { bannerProblems } from './problems.ts'
import type { ShownBanners } from './shown-banners.ts'

const tags = ['banners']
const config = { audience: ['merchant', 'admin'] } as const
const { idempotency_key_reused, not_found, request_in_progress } = platformProblems
const {
  banner_period_wrong,
  banner_leads_outside,
  banner_item_unknown,
  too_many_banners,
  banner_changed_meanwhile,
  banners_changed_meanwhile,
} = bannerProblems
const Version = Type.Integer({ minimum: 1, description: 'The one that was read' })
const ListSchema = Type.Object({ data: Type.Array(ListedBannerSchema) })

/** Banners over HTTP: those that are shown, and what the merchant makes of them. */
export function bannerRoutes(deps: BannerDeps, shown: ShownBanners): (app: App) => void {
  const listed = (all: readonly Banner[]) => {
    const states = statesAt(all, deps.clock.now())
    return {
      data: all.map((banner) => ({
        ...merchantBannerJson(banner),
        state: states.get(banner.id) ?? ('hidden' as const),
      })),
    }
  }
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/banners',
      config: { audience: 'anyone' },
      schema: {
        operationId: 'listShownBanners',
        tags,
        summary: `Banners in force now, in their order; at most ${MOST_SHOWN}`,
        response: { 200: Type.Object({ data: Type.Array(BannerSchema) }), ...problems() },
      },
      handler: async () => ({ data: (await shown.read()).banners.map(bannerJson) }),
    })

    app.route({
      method: 'GET',
      url: '/api/admin/banners',
      config,
      schema: {
        operationId: 'listBanners',
        tags,
        summary: 'All banners in their order, and how each stands',
        response: { 200: ListSchema, ...problems(401, 403) },
      },
      handler: async () => listed(await readBanners(deps.db)),
    })

    app.route({
      method: 'PUT',
      url: '/api/admin/banners/order',
      config,
      schema: {
        operationId: 'arrangeBanners',
        tags,
        summary: 'Give all banners another order',
        body: Strict({
          ids: Type.Array(Uuid, { maxItems: MOST_BANNERS, description: 'Of all there are' }),
          was: Type.Array(Uuid, { maxItems: MOST_BANNERS, description: 'The order that was read' }),
        }),
        response: {
          200: ListSchema,
          ...refusalsOf<typeof arrangeBanners>({ banners_changed_meanwhile }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const result = await arrangeBanners(deps, { by: actorOf(request).userId, ...request.body })
        return result.kind === 'refused' ? reply.refuse(result) : listed(result.banners)
      },
    })

    contentRoutes(app, deps)
    // A room of its own: only here a body may be a picture.
    app.register(async (scope: App) => {
      readPictures(scope)
      pictureRoutes(scope, deps)
    })
  }
}

function contentRoutes(app: App, deps: BannerDeps): void {
  app.route({
    method: 'POST',
    url: '/api/admin/banners',
    config,
    schema: {
      operationId: 'addBanner',
      tags,
      summary: 'Add a banner, as the last one',
      description: `There can be ${MOST_BANNERS}, shown or not.`,
      headers: IdempotencyHeaders,
      body: Strict(ContentBody),
      response: {
        201: MerchantBannerSchema,
        ...refusalsOf<typeof addBanner>(
          {
            banner_period_wrong,
            banner_leads_outside,
            banner_item_unknown,
            too_many_banners,
            not_found,
            idempotency_key_reused,
            request_in_progress,
          },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await addBanner(deps, {
        by: actorOf(request).userId,
        content: contentIn(request.body),
        idempotencyKey: request.headers['idempotency-key'],
      })
      return result.kind === 'refused'
        ? reply.refuse(result)
        : reply.code(201).send(merchantBannerJson(result.banner))
    },
  })

  app.route({
    method: 'PUT',
    url: '/api/admin/banners/:id',
    config,
    schema: {
      operationId: 'changeBanner',
      tags,
      summary: 'Say everything of a banner anew, also whether it is hidden',
      params: Strict({ id: Uuid }),
      body: Strict({ ...ContentBody, version: Version }),
      response: {
        200: MerchantBannerSchema,
        ...refusalsOf<typeof changeBanner>(
          {
            not_found,
            banner_changed_meanwhile,
            banner_period_wrong,
            banner_leads_outside,
            banner_item_unknown,
          },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const { version, ...content } = request.body
      const { id } = request.params
      return answer(
        reply,
        await changeBanner(deps, { by: actorOf(request).userId, id, version, content: contentIn(content) }),
      )
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/admin/banners/:id',
    config,
    schema: {
      operationId: 'removeBanner',
      tags,
      summary: 'Remove a banner',
      params: Strict({ id: Uuid }),
      response: { 204: Type.Null(), ...refusalsOf<typeof removeBanner>({ not_found }, 401, 403) },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const result = await removeBanner(deps, { by: actorOf(request).userId, id })
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
    },
  })
}

function pictureRoutes(scope: App, deps: BannerDeps): void {
  const { bodyLimit, body } = PICTURE_BODY
  const querystring = Strict({ version: Version })
  scope.route({
    method: 'PUT',
    url: '/api/admin/banners/:id/picture',
    bodyLimit,
    config,
    schema: {
      operationId: 'giveBannerPicture',
      tags,
      summary: 'Give a banner a picture, instead of the one it has',
      description: 'The body is the file. It is written anew, without what the camera noted in it.',
      params: Strict({ id: Uuid }),
      querystring,
      body,
      response: {
        200: MerchantBannerSchema,
        ...refusalsOf<typeof giveBannerPicture>(
          { not_found, banner_changed_meanwhile, ...pictureProblems },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const bytes: unknown = request.body
      return answer(
        reply,
        await giveBannerPicture(deps, {
          by: actorOf(request).userId,
          id: request.params.id,
          version: request.query.version,
          bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0),
        }),
      )
    },
  })

  scope.route({
    method: 'DELETE',
    url: '/api/admin/banners/:id/picture',
    config,
    schema: {
      operationId: 'takeBannerPicture',
      tags,
      summary: 'Take its picture from a banner, which then is drawn',
      params: Strict({ id: Uuid }),
      querystring,
      response: {
        200: MerchantBannerSchema,
        ...refusalsOf<typeof takeBannerPicture>({ not_found, banner_changed_meanwhile }, 401, 403),
      },
    },
    handler: async (request, reply) =>
      answer(
        reply,
        await takeBannerPicture(deps, {
          by: actorOf(request).userId,
          id: request.params.id,
          version: request.query.version,
        }),
      ),
  })
}

function answer(reply: FastifyReply, result: { kind: 'changed'; banner: Banner } | Refused) {
  return result.kind === 'refused' ? reply.refuse(result) : reply.send(merchantBannerJson(result.banner))
}
