import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import { actor, insisting } from '../orders/orders.fixture.ts'
import { photo } from '../pictures/pictures.fixture.ts'
import { deleteReview, editReview, hideReview, showReview } from './change-review.ts'
import { listForMerchant, listReviews, REVIEW_SORTS, reviewsOfAuthor, starsOfItem } from './queries.ts'
import { reportReview } from './report-review.ts'
import { reportsRetention } from './retention.ts'
import { editWithPictures, writeWithPictures } from './review-pictures.ts'
import { findReview, forgetAuthor } from './review-store.ts'
import { BODY, openReviewShop, type ReviewShop } from './reviews.fixture.ts'

let shop: ReviewShop
beforeAll(async () => {
  shop = await openReviewShop()
})
afterAll(() => shop.drop())

const stars = (itemId: string) => starsOfItem(shop.db, itemId)
const OTHER_BODY = '두 통째인데 처음보다 효과를 잘 모르겠어요. 그래도 계속 먹어 봅니다.'

describe('writing a review', () => {
  it('takes the line of one’s own paid order, once', async () => {
    const itemId = await shop.addItem(9)
    const line = await shop.bought(itemId)
    const result = await shop.write(line, { stars: 4, body: `  ${BODY}\u200b\r\n` })
    expect(result).toMatchObject({
      kind: 'answered',
      status: 201,
      body: {
        itemId,
        orderId: line.orderId,
        lineNo: 1,
        stars: 4,
        body: BODY,
        author: '건**',
        hideReason: null,
      },
    })
    expect(await shop.write(line, { stars: 1 })).toMatchObject({ code: 'review_exists' })
    expect(await stars(itemId)).toEqual({ count: 1, averageHundredths: 400, byStars: [0, 0, 0, 1, 0] })
    expect(await shop.told(itemId)).toEqual({ reviews: 1, stars: 4 })
  })

  it('is refused without a purchase of one’s own', async () => {
    const itemId = await shop.addItem(9)
    const unpaid = await shop.bought(itemId, newId(), false)
    expect(await shop.write(unpaid)).toMatchObject({ code: 'review_not_bought' })
    const foreign = await shop.bought(itemId)
    expect(await shop.write({ ...foreign, authorId: newId() })).toMatchObject({ code: 'not_found' })
    expect(await shop.write({ ...foreign, lineNo: 2 })).toMatchObject({ code: 'not_found' })
    expect(await shop.write({ ...foreign, orderId: newId() })).toMatchObject({ code: 'not_found' })
    const returned = await shop.bought(itemId)
    await shop.giveBack(returned.orderId, won(10_000), won(0))
    expect(await shop.write(returned)).toMatchObject({ code: 'review_not_bought' })
    expect(await shop.write(foreign, { stars: 6, body: 'x' })).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'body.stars' }, { field: 'body.body' }],
    })
    expect((await stars(itemId)).count).toBe(0)
  })

  it('is one review, however many tabs send it at once, with one key or with many', async () => {
    const itemId = await shop.addItem(9)
    const [once, often] = [await shop.bought(itemId), await shop.bought(itemId)]
    const key = newId()
    const same = await Promise.all(Array.from({ length: 10 }, () => shop.write(once, {}, key)))
    expect(new Set(same.map((result) => result.kind === 'answered' && result.body.id)).size).toBe(1)
    const various = await Promise.all(Array.from({ length: 10 }, () => shop.write(often)))
    expect(various.filter(({ kind }) => kind === 'answered')).toHaveLength(1)
    expect((await stars(itemId)).count).toBe(2)
    expect(await shop.told(itemId)).toEqual({ reviews: 2, stars: 10 })
  })
})

describe('changing a review', () => {
  it('is for its author only; stars follow', async () => {
    const itemId = await shop.addItem(9)
    const line = await shop.bought(itemId)
    const id = await shop.written(line, { stars: 5 })
    const author = actor(line.authorId)
    for (const other of [actor(newId()), actor(newId(), 'merchant'), actor(newId(), 'admin')]) {
      expect(await editReview(shop.deps, other, { id, stars: 1 })).toMatchObject({ code: 'not_found' })
      expect(await deleteReview(shop.deps, other, id)).toMatchObject({ code: 'not_found' })
    }
    expect(await editReview(shop.deps, author, { id, stars: 2 })).toMatchObject({
      kind: 'changed',
      review: { stars: 2, body: BODY },
    })
    expect(await editReview(shop.deps, author, { id, body: OTHER_BODY })).toMatchObject({
      review: { stars: 2, body: OTHER_BODY },
    })
    expect(await editReview(shop.deps, author, { id, body: '짧아요' })).toMatchObject({
      code: 'invalid_request',
    })
    expect(await stars(itemId)).toMatchObject({ count: 1, averageHundredths: 200 })
    expect(await shop.told(itemId)).toEqual({ reviews: 1, stars: 2 })
  })

  it('deletes it once; then the line may be reviewed anew', async () => {
    const itemId = await shop.addItem(9)
    const line = await shop.bought(itemId)
    const id = await shop.written(line, { stars: 1 })
    const author = actor(line.authorId)
    const all = await Promise.all(Array.from({ length: 8 }, () => deleteReview(shop.deps, author, id)))
    expect(all.filter(({ kind }) => kind === 'changed')).toHaveLength(1)
    expect(all.filter(({ kind }) => kind === 'unchanged')).toHaveLength(7)
    expect(await shop.told(itemId)).toEqual({ reviews: 0, stars: 0 })
    expect(await editReview(shop.deps, author, { id, stars: 5 })).toMatchObject({ code: 'not_found' })
    await shop.written(line, { stars: 3 })
    expect(await stars(itemId)).toMatchObject({ count: 1, averageHundredths: 300 })
  })

  it('has nothing to hide of one its author has deleted, also when another one has its place', async () => {
    const merchant = actor(newId(), 'merchant')
    const line = await shop.bought(await shop.addItem(10))
    const id = await shop.written(line)
    await deleteReview(shop.deps, actor(line.authorId), id)
    await shop.written(line)
    expect(await hideReview(shop.deps, merchant, { id, reason: '광고' })).toMatchObject({
      kind: 'unchanged',
      review: { hidden: null },
    })
  })

  it('hides it from everybody but its author, who cannot get around it', async () => {
    const itemId = await shop.addItem(9)
    const line = await shop.bought(itemId)
    const id = await shop.written(line)
    const merchant = actor(newId(), 'merchant')
    await hideReview(shop.deps, merchant, { id, reason: '광고' })
    expect(await listReviews(shop.db, { itemId, sort: 'newest' }, { page: 1, size: 9 })).toEqual([])
    expect((await stars(itemId)).count).toBe(0)
    const own = await reviewsOfAuthor(shop.db, line.authorId, { page: 1, size: 9 })
    expect(own).toMatchObject({ total: 1, reviews: [{ hidden: { reason: '광고', by: merchant.userId } }] })
    expect(await editReview(shop.deps, actor(line.authorId), { id, stars: 1 })).toMatchObject({
      code: 'review_hidden',
    })
    await deleteReview(shop.deps, actor(line.authorId), id)
    expect(await shop.write(line)).toMatchObject({ code: 'review_exists' })
    await showReview(shop.deps, merchant, id)
    expect((await stars(itemId)).count).toBe(0)
    expect(await shop.told(itemId)).toEqual({ reviews: 0, stars: 0 })
    expect(await hideReview(shop.deps, merchant, { id: newId(), reason: 'x' })).toMatchObject({
      code: 'not_found',
    })
  })
})

/** The purchases themselves are the subject of other tests; 200 of them would only take time here. */
const everybodyBought = (
  lines: readonly { orderId: string; authorId: string }[],
  itemId: string,
): Partial<ReviewShop['deps']> => ({
  orders: {
    boughtLine: async (_db, { orderId }) => {
      const customerId = lines.find((line) => line.orderId === orderId)?.authorId
      return customerId === undefined ? undefined : { orderId, customerId, itemId, paid: true }
    },
  },
})

it('counts exactly with 200 writers at once, who also change their minds', async () => {
  const writers = 200
  const itemId = await shop.addItem(writers)
  const lines = Array.from({ length: writers }, () => ({ orderId: newId(), lineNo: 1, authorId: newId() }))
  // The last word of each: three stars in five, the others delete what they wrote.
  const lastWords = lines.map((_, n) => (n % 5 < 3 ? 1 + (n % 5) : null))
  await Promise.all(
    lines.map(async (line, n) => {
      const key = newId()
      const written = await insisting(() =>
        shop.write(line, { stars: 5 - (n % 5) }, key, everybodyBought(lines, itemId)),
      )
      if (written.kind === 'refused') throw new Error(written.code)
      const { id } = written.body
      const author = actor(line.authorId)
      const last = lastWords[n] ?? null
      if (last === null) await insisting(() => deleteReview(shop.deps, author, id))
      else await insisting(() => editReview(shop.deps, author, { id, stars: last }))
    }),
  )
  const count = lastWords.filter((last) => last !== null).length
  const sum = lastWords.reduce<number>((total, last) => total + (last ?? 0), 0)
  expect(await stars(itemId)).toEqual({
    count,
    averageHundredths: Math.round((sum * 100) / count),
    byStars: [40, 40, 40, 0, 0],
  })
  expect(await shop.told(itemId)).toEqual({ reviews: count, stars: sum })
})

it('lists in every order, page by page, each review once', async () => {
  const itemId = await shop.addItem(99)
  for (const given of [3, 5, 1, 5, 3, 2, 1]) {
    await shop.written(await shop.bought(itemId), { stars: given })
    shop.clock.advance({ seconds: 1 })
  }
  for (const sort of REVIEW_SORTS) {
    const all = await listReviews(shop.db, { itemId, sort }, { page: 1, size: 100 })
    const paged = []
    for (const page of [1, 2, 3])
      paged.push(...(await listReviews(shop.db, { itemId, sort }, { page, size: 3 })))
    expect(paged).toEqual(all)
    expect(new Set(all.map(({ id }) => id)).size).toBe(7)
  }
  const given = async (sort: (typeof REVIEW_SORTS)[number]) =>
    (await listReviews(shop.db, { itemId, sort }, { page: 1, size: 100 })).map((review) => review.stars)
  expect(await given('newest')).toEqual([1, 2, 3, 5, 1, 5, 3])
  expect(await given('oldest')).toEqual([3, 5, 1, 5, 3, 2, 1])
  expect(await given('rating_desc')).toEqual([5, 5, 3, 3, 2, 1, 1])
  expect(await given('rating_asc')).toEqual([1, 1, 2, 3, 3, 5, 5])
})

it('is reported once by each person, and the most reported come first', async () => {
  const itemId = await shop.addItem(99)
  const [first, second] = [await shop.bought(itemId), await shop.bought(itemId)]
  const [mild, bad] = [await shop.written(first), await shop.written(second)]
  const report = (id: string, reporterId: string, reason: 'spam' | 'false_claim' = 'spam') =>
    reportReview(shop.deps, { id, reporterId, reason, note: null })
  const angry = newId()
  await Promise.all(Array.from({ length: 5 }, () => report(bad, angry)))
  await report(bad, newId(), 'false_claim')
  await report(mild, newId())
  expect(await report(bad, second.authorId)).toMatchObject({ code: 'review_own' })
  expect(await report(newId(), angry)).toMatchObject({ code: 'not_found' })
  const reported = await listForMerchant(shop.db, 'reported', { page: 1, size: 10 })
  expect(reported.total).toBe(2)
  expect(reported.reviews.map(({ review, reports }) => [review.id, reports])).toEqual([
    [bad, { spam: 1, false_claim: 1 }],
    [mild, { spam: 1 }],
  ])
  await hideReview(shop.deps, actor(newId(), 'merchant'), { id: bad, reason: '허위 광고' })
  expect((await listForMerchant(shop.db, 'reported', { page: 1, size: 10 })).total).toBe(1)
  const hidden = await listForMerchant(shop.db, 'hidden', { page: 1, size: 10 })
  expect(hidden.reviews.map(({ review }) => review.id)).toContain(bad)
  expect(await report(bad, newId())).toMatchObject({ code: 'not_found' })

  // Years later, looked through in pages of one: each of them once, though all were reported at the same moment.
  const { rows } = await sql<{ id: string }>`
    select review_id || ' ' || reporter_id as id from reviews.report order by id`.execute(shop.db)
  const before = Temporal.Instant.from('2999-01-01T00:00:00Z')
  const due: string[] = []
  let after: string | null = null
  do {
    const page = await reportsRetention.due(shop.db, { before, limit: 1, after, lock: false })
    due.push(...page.ids)
    after = page.after
  } while (after !== null && due.length <= rows.length)
  expect(rows.length).toBeGreaterThanOrEqual(3)
  expect(due.toSorted()).toEqual(rows.map(({ id }) => id))
})

it('loses the name of an author who leaves, and nothing else', async () => {
  const itemId = await shop.addItem(9)
  const line = await shop.bought(itemId)
  const id = await shop.written(line)
  await transact(shop.db, (tx) => forgetAuthor(tx, line.authorId))
  expect(await findReview(shop.db, id)).toMatchObject({ authorName: '', body: BODY, stars: 5 })
  expect((await stars(itemId)).count).toBe(1)
})

describe('pictures of a review', () => {
  const uses = async (id: string) => {
    const { rows } = await sql<{ picture: string }>`
      select picture_id as picture from pictures.use where user_id = ${id}`.execute(shop.db)
    return rows.map(({ picture }) => picture).toSorted()
  }
  const asked = ({ orderId, lineNo }: { orderId: string; lineNo: number }) => ({
    orderId,
    lineNo,
    stars: 5,
    body: BODY,
  })

  it('come with it, all or nothing; they change with it and go with it', async () => {
    const itemId = await shop.addItem(9)
    const line = await shop.bought(itemId)
    const { authorId } = line
    const author = actor(authorId)
    const idempotencyKey = newId()
    const wish = { authorId, idempotencyKey, asked: asked(line) }
    const [one, two, three, four] = await Promise.all([1, 2, 3, 4].map((shade) => photo(shade)))
    if (!one || !two || !three || !four) throw new Error('no photographs')
    const gif = Buffer.from('GIF89a')
    expect(await writeWithPictures(shop.deps, { ...wish, files: [one, gif] })).toMatchObject({
      code: 'picture_kind_refused',
    })
    expect(await writeWithPictures(shop.deps, { ...wish, files: [one, two, three, four] })).toMatchObject({
      code: 'review_pictures_full',
    })
    expect(await writeWithPictures(shop.deps, { ...wish, authorId: newId(), files: [one] })).toMatchObject({
      code: 'not_found',
    })
    expect((await stars(itemId)).count).toBe(0)
    const written = await writeWithPictures(shop.deps, { ...wish, files: [one, two] })
    if (written.kind === 'refused') throw new Error(written.code)
    const { id, pictures } = written.body
    expect(await uses(id)).toEqual(pictures.map((picture) => picture.id).toSorted())
    expect(await writeWithPictures(shop.deps, { ...wish, files: [one, two] })).toMatchObject({
      replayed: true,
    })

    const [first = { id: '' }, second = { id: '' }] = pictures
    expect(await editWithPictures(shop.deps, author, { id, files: [three, four] })).toMatchObject({
      code: 'review_pictures_full',
    })
    expect(await editWithPictures(shop.deps, actor(newId()), { id, files: [three] })).toMatchObject({
      code: 'not_found',
    })
    const edited = await editWithPictures(shop.deps, author, {
      id,
      stars: 4,
      files: [three],
      removed: [first.id],
    })
    if (edited.kind === 'refused') throw new Error(edited.code)
    expect(edited.review).toMatchObject({ stars: 4, version: 2 })
    expect(edited.review.pictures[0]).toBe(second.id)
    expect(await uses(id)).toEqual([...edited.review.pictures].toSorted())
    expect(
      (await listReviews(shop.db, { itemId, sort: 'newest' }, { page: 1, size: 9 }))[0]?.pictures,
    ).toHaveLength(2)

    await deleteReview(shop.deps, author, id)
    expect(await uses(id)).toEqual([])
    expect((await findReview(shop.db, id))?.pictures).toEqual([])
  })

  it('go with their author, while the words stay', async () => {
    const line = await shop.bought(await shop.addItem(9))
    const wish = { authorId: line.authorId, idempotencyKey: newId(), asked: asked(line) }
    const written = await writeWithPictures(shop.deps, { ...wish, files: [await photo(9)] })
    if (written.kind === 'refused') throw new Error(written.code)
    const { id } = written.body
    const gone = await transact(shop.db, (tx) => forgetAuthor(tx, line.authorId))
    expect(gone).toEqual([{ id, pictures: written.body.pictures.map((picture) => picture.id) }])
    expect(await findReview(shop.db, id)).toMatchObject({ authorName: '', body: BODY, pictures: [] })
  })
})
