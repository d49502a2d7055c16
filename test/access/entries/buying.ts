import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import { photo } from '../../../src/shop/pictures/pictures.fixture.ts'
import { expectBody } from '../../support/api.ts'
import { RECEIVER } from '../../support/people.ts'
import { QUESTION_BODY, REVIEW_BODY, writeReview } from '../../support/shop.ts'
import { Cart } from '../../support/views.ts'
import type { World } from '../world.ts'
import { type Entry, get } from './entry.ts'

/** The owner's cart with one line; what others put in is in their own. */
async function filledCart({ owner, itemId }: World) {
  const json = { itemId, quantity: 1 }
  const added = await owner.api.post('/api/cart/lines', { key: true, json })
  return expectBody(added, 200, Cart)
}

export const cart: Record<string, Entry> = {
  getCart: get('/api/cart'),
  addToCart: {
    ok: 200,
    ask: async ({ itemId }) => {
      return { path: '/api/cart/lines', ask: { key: true, json: { itemId, quantity: 1 } } }
    },
  },
  changeCartLine: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => {
      const [line] = (await filledCart(world)).lines
      return { path: `/api/cart/lines/${line?.id}`, ask: { json: { quantity: 1 } } }
    },
  },
  // Nobody is told whether the line is in somebody else's cart; that it stays there the journeys show.
  removeFromCart: { ok: 200, ask: async () => ({ path: `/api/cart/lines/${randomUUID()}` }) },
  mergeVisitorCart: { ok: 200, ask: async () => ({ path: '/api/cart/merge' }) },
  orderCart: {
    ok: 201,
    // Of everybody else's cart it is said that it has no such line.
    owned: { also: [], otherwise: 409 },
    ask: async (world) => {
      const { lines, amounts } = await filledCart(world)
      const json = {
        lines: lines.map(({ id, quantity }) => ({ id, quantity })),
        receiver: RECEIVER,
        expectedTotal: amounts?.total,
      }
      return { path: '/api/cart/orders', ask: { key: true, json } }
    },
  },
}

const DAY_MS = 86_400_000
const offered = (name: string) => ({
  name,
  off: { kind: 'amount', amount: 1_000 },
  minimum: 10_000,
  startsAt: new Date(Date.now() - DAY_MS).toISOString(),
  endsAt: new Date(Date.now() + DAY_MS).toISOString(),
})

export const coupons: Record<string, Entry> = {
  listOwnCoupons: get('/api/coupons'),
  claimCoupon: {
    ok: 200,
    ask: async ({ merchant }) => {
      const code = `CODE${randomUUID().slice(0, 8).toUpperCase()}`
      await merchant.api.post('/api/admin/coupons', { key: true, json: { ...offered('코드 쿠폰'), code } })
      return { path: '/api/coupons/claims', ask: { json: { code } } }
    },
  },
  listCoupons: get('/api/admin/coupons?size=1'),
  offerCoupon: {
    ok: 201,
    ask: async () => ({ path: '/api/admin/coupons', ask: { key: true, json: offered('가을 쿠폰') } }),
  },
  endCoupon: {
    ok: 200,
    ask: async ({ merchant }) => {
      const made = await merchant.api.post('/api/admin/coupons', { key: true, json: offered('끝날 쿠폰') })
      const { id } = expectBody(made, 201, Type.Object({ id: Type.String() }))
      return { path: `/api/admin/coupons/${id}/end`, ask: { json: {} } }
    },
  },
}

const shownBanner = {
  title: { ko: '행사', en: 'Event' },
  text: { ko: '지금 보세요', en: 'See it now' },
  target: { kind: 'category', value: 'EYE' },
  tone: 'green',
  startsAt: new Date(Date.now() - DAY_MS).toISOString(),
  endsAt: new Date(Date.now() + DAY_MS).toISOString(),
}

/** A new banner, which nobody has changed yet. */
async function newBanner({ merchant }: World): Promise<string> {
  const made = await merchant.api.post('/api/admin/banners', { key: true, json: shownBanner })
  return expectBody(made, 201, Type.Object({ id: Type.String() })).id
}

export const banners: Record<string, Entry> = {
  listShownBanners: get('/api/banners'),
  listBanners: get('/api/admin/banners'),
  addBanner: {
    ok: 201,
    ask: async () => ({ path: '/api/admin/banners', ask: { key: true, json: shownBanner } }),
  },
  changeBanner: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/banners/${await newBanner(world)}`,
      ask: { json: { ...shownBanner, version: 1 } },
    }),
  },
  removeBanner: { ok: 204, ask: async (world) => ({ path: `/api/admin/banners/${await newBanner(world)}` }) },
  giveBannerPicture: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/banners/${await newBanner(world)}/picture?version=1`,
      ask: { raw: { body: await photo(3), type: 'image/jpeg' } },
    }),
  },
  takeBannerPicture: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/banners/${await newBanner(world)}/picture?version=1` }),
  },
  arrangeBanners: {
    ok: 200,
    ask: async ({ merchant }) => {
      const listed = await merchant.api.get('/api/admin/banners')
      const { data } = expectBody(
        listed,
        200,
        Type.Object({ data: Type.Array(Type.Object({ id: Type.String() })) }),
      )
      const ids = data.map(({ id }) => id)
      return { path: '/api/admin/banners/order', ask: { json: { ids, was: ids } } }
    },
  },
}

export const wishes: Record<string, Entry> = {
  listWishes: get('/api/wishes'),
  addWish: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/wishes/${itemId}` }) },
  removeWish: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/wishes/${itemId}` }) },
}

const paidReview = async ({ paid, owner }: World) => writeReview(owner, (await paid()).orderId)

export const reviews: Record<string, Entry> = {
  listReviews: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/reviews?itemId=${itemId}` }) },
  listOwnReviews: get('/api/reviews/own'),
  writeReview: {
    ok: 201,
    owned: { also: [] },
    ask: async (world) => {
      const { orderId } = await world.paid()
      const json = { orderId, lineNo: 1, stars: 5, body: REVIEW_BODY }
      return { path: '/api/reviews', ask: { key: true, json } }
    },
  },
  editReview: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/reviews/${await paidReview(world)}`, ask: { json: { stars: 1 } } }),
  },
  deleteReview: {
    ok: 204,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/reviews/${await paidReview(world)}` }),
  },
  addReviewPicture: {
    ok: 201,
    owned: { also: [] },
    ask: async (world) => ({
      path: `/api/reviews/${await paidReview(world)}/pictures`,
      ask: { raw: { body: await photo(2), type: 'image/jpeg' } },
    }),
  },
  removeReviewPicture: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/reviews/${await paidReview(world)}/pictures/${'0'.repeat(32)}` }),
  },
  reportReview: {
    ok: 204,
    ask: async (world) => ({
      path: `/api/reviews/${await world.foreignReview()}/reports`,
      ask: { json: { reason: 'spam' } },
    }),
  },
  listReportedReviews: get('/api/admin/reviews'),
  hideReview: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/reviews/${await paidReview(world)}/hide`,
      ask: { json: { reason: '광고' } },
    }),
  },
  showReview: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/reviews/${await paidReview(world)}/show` }),
  },
}

export const questions: Record<string, Entry> = {
  listQuestions: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/questions?itemId=${itemId}` }) },
  listOwnQuestions: get('/api/questions/own'),
  askQuestion: {
    ok: 201,
    ask: async ({ itemId }) => ({
      path: '/api/questions',
      ask: { key: true, json: { itemId, body: QUESTION_BODY, isPrivate: true } },
    }),
  },
  editQuestion: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({
      path: `/api/questions/${await world.question('edit')}`,
      ask: { json: { isPrivate: true } },
    }),
  },
  deleteQuestion: {
    ok: 204,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/questions/${await world.question('delete')}` }),
  },
  listQuestionsToAnswer: get('/api/admin/questions'),
  answerQuestion: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/questions/${await world.question('answer')}/answer`,
      ask: { json: { version: 1, body: '하루 두 알입니다.' } },
    }),
  },
  hideQuestion: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/questions/${await world.question('hide')}/hide`,
      ask: { json: { reason: '광고' } },
    }),
  },
  showQuestion: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/questions/${await world.question('show')}/show` }),
  },
}
