import Type from 'typebox'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  PageSchema,
  pageOf,
  pagingTo,
  problems,
  refusalsOf,
  Strict,
  Uuid,
  Words,
} from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { orNull } from '../../platform/http/schemas.ts'
import { won } from '../../platform/money.ts'
import { categoryCodes } from '../catalog/index.ts'
import { COUPON_STATES, type CouponOffer, couponState } from './coupon.ts'
import { CouponSchema, couponJson, MerchantCouponSchema, merchantCouponJson } from './coupon-json.ts'
import { couponsOf, listCoupons } from './coupon-store.ts'
import { type CouponDeps, claimCoupon, offerCoupon, takeBackCoupon } from './manage-coupons.ts'
import { couponProblems } from './problems.ts'

const tags = ['coupons']
const config = { audience: ['merchant', 'admin'] } as const
const { idempotency_key_reused, not_found, request_in_progress } = platformProblems
const { coupon_code_taken, coupon_code_unknown, coupon_terms_wrong } = couponProblems
const MOST = 100_000_000
const Won = (least: number, description: string) =>
  Type.Integer({ minimum: least, maximum: MOST, description: `${description}, in won` })
const Moment = (description: string) => Type.String({ format: 'date-time', description })

const OfferBody = Strict({
  name: Words(60, 'What customers call it'),
  off: Type.Union([
    Strict({ kind: Type.Literal('amount'), amount: Won(1, 'Taken off') }),
    Strict({
      kind: Type.Literal('percent'),
      percent: Type.Integer({ minimum: 1, maximum: 90 }),
      most: Type.Optional(Won(1, 'Taken off at most')),
    }),
  ]),
  minimum: Won(0, 'What the goods it is for cost at least; of an amount 100 won more than it takes off'),
  startsAt: Moment('From when it may be used'),
  endsAt: Moment('Until when'),
  budget: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'How often it may be used altogether' }),
  ),
  firstOrder: Type.Boolean({ default: false }),
  boughtBefore: Type.Boolean({ default: false, description: 'Only for who has paid for an order before' }),
  categories: Type.Optional(
    Type.Array(Type.Enum(categoryCodes), {
      minItems: 1,
      maxItems: categoryCodes.length,
      uniqueItems: true,
      description: 'Of which categories the goods are it is for; without: all goods',
    }),
  ),
  code: Type.Optional(
    Type.String({
      pattern: '^[0-9A-Z]{6,20}$',
      maxLength: 20,
      description: 'To be typed by customers; without one it is shown to everybody',
    }),
  ),
})

/** Coupons over HTTP: one's own, and what the merchant offers. */
export function couponRoutes(deps: CouponDeps): (app: App) => void {
  return (app) => {
    ownRoute(app, deps)
    claimRoute(app, deps)
    offerRoutes(app, deps)
  }
}

function ownRoute(app: App, deps: CouponDeps): void {
  app.route({
    method: 'GET',
    url: '/api/coupons',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listOwnCoupons',
      tags,
      summary: 'Coupons you may use, soonest to end first, and those you used',
      description:
        'One is used by its `couponId` with an order, for what is bought once. When the order comes to nothing you have it back.',
      response: {
        200: Type.Object({
          data: Type.Array(
            Type.Object({
              ...CouponSchema.properties,
              state: Type.Enum(['available', 'used', 'not_first_order', 'not_bought_before']),
              orderId: orNull(Uuid, 'The order it was used for'),
            }),
          ),
        }),
        ...problems(401),
      },
    },
    handler: async (request) => {
      const { userId } = actorOf(request)
      const own = await ownCoupons(deps, userId)
      return { data: own.map(({ coupon, ...rest }) => ({ ...couponJson(coupon), ...rest })) }
    },
  })
}

function claimRoute(app: App, deps: CouponDeps): void {
  app.route({
    method: 'POST',
    url: '/api/coupons/claims',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'claimCoupon',
      tags,
      summary: 'Type the code of a coupon; it stands among your own then',
      description:
        'Small letters, spaces and dashes do not matter. Needs no Idempotency-Key: a repeat changes nothing.',
      body: Strict({ code: Type.String({ minLength: 1, maxLength: 40 }) }),
      response: {
        200: CouponSchema,
        ...refusalsOf<typeof claimCoupon>({ coupon_code_unknown }, 401),
      },
    },
    handler: async (request, reply) => {
      const wish = { customerId: actorOf(request).userId, code: request.body.code }
      const result = await claimCoupon(deps, wish)
      return result.kind === 'refused' ? reply.refuse(result) : couponJson(result.coupon)
    },
  })
}

/** What a customer may use, and what they used. */
export async function ownCoupons({ db, clock, hasBought }: CouponDeps, customerId: string) {
  const [own, bought] = await Promise.all([couponsOf(db, customerId, clock.now()), hasBought(customerId)])
  return own.map(({ coupon, usedFor: orderId }) => {
    const state = orderId === null ? stateFor(coupon, bought) : ('used' as const)
    return { coupon, state, orderId }
  })
}

/** Whether a customer may use it. @param bought whether they have ever paid for an order */
function stateFor({ firstOrder, boughtBefore }: CouponOffer, bought: boolean) {
  if (firstOrder && bought) return 'not_first_order' as const
  return boughtBefore && !bought ? ('not_bought_before' as const) : ('available' as const)
}

function offerRoutes(app: App, deps: CouponDeps): void {
  app.route({
    method: 'GET',
    url: '/api/admin/coupons',
    config,
    schema: {
      operationId: 'listCoupons',
      tags,
      summary: 'Coupons that are or were on offer, newest first',
      querystring: Strict({
        state: Type.Optional(Type.Enum([...COUPON_STATES])),
        ...pagingTo(10_000),
      }),
      response: {
        200: Type.Object({
          data: Type.Array(
            Type.Object({ ...MerchantCouponSchema.properties, state: Type.Enum([...COUPON_STATES]) }),
          ),
          page: PageSchema,
        }),
        ...problems(401, 403),
      },
    },
    handler: async (request) => {
      const { state, page, size } = request.query
      const now = deps.clock.now()
      const { coupons, totalElements } = await listCoupons(deps.db, state, now, { page, size })
      return {
        data: coupons.map((coupon) => ({
          ...merchantCouponJson(coupon),
          state: couponState(coupon, now),
        })),
        page: pageOf({ page, size }, totalElements),
      }
    },
  })

  app.route({
    method: 'POST',
    url: '/api/admin/coupons',
    config,
    schema: {
      operationId: 'offerCoupon',
      tags,
      summary: 'Offer a coupon to everybody; each customer uses it once',
      headers: IdempotencyHeaders,
      body: OfferBody,
      response: {
        201: MerchantCouponSchema,
        ...refusalsOf<typeof offerCoupon>(
          { coupon_terms_wrong, coupon_code_taken, not_found, idempotency_key_reused, request_in_progress },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await offerCoupon(deps, {
        actor: actorOf(request),
        offer: offerIn(request.body),
        idempotencyKey: request.headers['idempotency-key'],
      })
      return result.kind === 'refused'
        ? reply.refuse(result)
        : reply.code(201).send(merchantCouponJson(result.coupon))
    },
  })

  app.route({
    method: 'POST',
    url: '/api/admin/coupons/:id/end',
    config,
    schema: {
      operationId: 'endCoupon',
      tags,
      summary: 'Take a coupon back; orders that use it keep it',
      params: Type.Object({ id: Uuid }),
      body: Strict({}),
      response: {
        200: MerchantCouponSchema,
        ...refusalsOf<typeof takeBackCoupon>({ not_found }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const wish = { couponId: request.params.id, actor: actorOf(request) }
      const result = await takeBackCoupon(deps, wish)
      return result.kind === 'refused' ? reply.refuse(result) : merchantCouponJson(result.coupon)
    },
  })
}

function offerIn({
  off,
  minimum,
  startsAt,
  endsAt,
  budget,
  categories,
  code,
  ...rest
}: Type.Static<typeof OfferBody>): CouponOffer {
  return {
    ...rest,
    off:
      off.kind === 'amount'
        ? { kind: off.kind, amount: won(off.amount) }
        : { ...off, most: off.most === undefined ? null : won(off.most) },
    minimum: won(minimum),
    startsAt: Temporal.Instant.from(startsAt),
    endsAt: Temporal.Instant.from(endsAt),
    budget: budget ?? null,
    categories: categories ?? null,
    code: code ?? null,
  }
}
