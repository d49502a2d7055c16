import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { readAudit } from '../../platform/audit/audit.ts'
import { migrate } from '../../platform/database/migrate.ts'
import { newId } from '../../platform/ids.ts'
import { until } from '../../platform/resilience/poll-until.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog/catalog.fixture.ts'
import { photo, testPictures } from '../pictures/pictures.fixture.ts'
import { addBanner } from './add-banner.ts'
import { arrangeBanners } from './arrange-banners.ts'
import { type Banner, type BannerContent, MOST_BANNERS } from './banner.ts'
import { readBanners } from './banner-store.ts'
import { changeBanner, giveBannerPicture, removeBanner, takeBannerPicture } from './change-banner.ts'
import type { BannerDeps } from './deps.ts'
import { bannersSchema, createBanners } from './index.ts'

let shop: TestCatalog
let deps: BannerDeps
beforeAll(async () => {
  shop = await openCatalog()
  const { db } = shop.database
  await migrate(db, [bannersSchema])
  const { clock, broadcast, catalog } = shop
  deps = { db, clock, broadcast, catalog, pictures: testPictures({ db, clock }) }
})
afterAll(() => shop?.database.drop())
afterEach(async () => {
  for (const { id } of await readBanners(deps.db)) await removeBanner(deps, { id, by: 'm' })
})

const by = newId()
const content = (more: Partial<BannerContent> = {}): BannerContent => ({
  title: { ko: '가을 행사', en: 'Autumn' },
  text: { ko: '지금 담아 두세요', en: 'Now' },
  target: { kind: 'category', value: 'EYE' },
  tone: 'amber',
  startsAt: shop.clock.now(),
  endsAt: shop.clock.now().add({ hours: 24 }),
  isHidden: false,
  ...more,
})
const add = (more: Partial<BannerContent> = {}, idempotencyKey = newId()) =>
  addBanner(deps, { by, content: content(more), idempotencyKey })
async function added(more: Partial<BannerContent> = {}): Promise<Banner> {
  const result = await add(more)
  if (result.kind === 'refused') throw new Error(result.code)
  return result.banner
}
const order = async () => (await readBanners(deps.db)).map(({ id }) => id)

it('is added once, however often the same is sent, and only where it leads somewhere', async () => {
  const key = newId()
  const same = content()
  const all = await Promise.all(
    Array.from({ length: 3 }, () => addBanner(deps, { by, content: same, idempotencyKey: key })),
  )
  const ids = all.flatMap((result) => (result.kind === 'added' ? [result.banner.id] : []))
  expect(new Set(ids).size).toBe(1)
  expect(await order()).toEqual([ids[0]])
  const item = await addItem(shop)
  const hidden = await addItem(shop, { offered: false })
  expect(await add({ target: { kind: 'item', value: item } })).toMatchObject({ kind: 'added' })
  for (const value of [newId(), hidden])
    expect(await add({ target: { kind: 'item', value } })).toMatchObject({ code: 'banner_item_unknown' })
  expect(await add({ endsAt: same.startsAt })).toMatchObject({ code: 'banner_period_wrong' })
})

it('can be hidden when its item has left the shop, and is not shown again while it has', async () => {
  const gone = await addItem(shop, { offered: false })
  const { id, version } = await added()
  const say = (more: Partial<BannerContent>) =>
    changeBanner(deps, {
      id,
      by,
      version,
      content: content({ target: { kind: 'item', value: gone }, ...more }),
    })
  expect(await say({ isHidden: false })).toMatchObject({ code: 'banner_item_unknown' })
  expect(await say({ isHidden: true })).toMatchObject({ kind: 'changed', banner: { isHidden: true } })
})

it('there are no more than so many, also when the last two are added at once', async () => {
  for (let n = 1; n < MOST_BANNERS; n++) await added()
  const two = await Promise.all([add(), add()])
  expect(two.map((result) => (result.kind === 'refused' ? result.code : result.kind)).sort()).toEqual([
    'added',
    'too_many_banners',
  ])
  expect(await order()).toHaveLength(MOST_BANNERS)
})

it('is changed by one of two who have read the same version', async () => {
  const { id } = await added()
  const change = (title: string) =>
    changeBanner(deps, { id, by, version: 1, content: content({ title: { ko: title, en: title } }) })
  const both = await Promise.all([change('하나'), change('둘')])
  const kinds = both.map((result) => (result.kind === 'refused' ? result.code : result.kind))
  expect(kinds.sort()).toEqual(['banner_changed_meanwhile', 'changed'])
  expect(await readBanners(deps.db)).toMatchObject([{ version: 2 }])
  const audited = await readAudit(deps.db, { subjectId: id, limit: 9 })
  expect(audited.map(({ action }) => action)).toEqual(['banner.changed', 'banner.added'])
  expect(await changeBanner(deps, { id: newId(), by, version: 1, content: content() })).toMatchObject({
    code: 'not_found',
  })
})

it('is ordered by exactly those there are, and of many who order at once one does', async () => {
  const ids = [(await added()).id, (await added()).id, (await added()).id]
  const [a = '', b = '', c = ''] = ids
  const arrange = (...wanted: string[]) => arrangeBanners(deps, { by, ids: wanted, was: ids })
  for (const wrong of [
    [a, b],
    [a, b, b],
    [a, b, newId()],
    [a, b, c, newId()],
  ])
    expect(await arrange(...wrong)).toMatchObject({ code: 'banners_changed_meanwhile' })
  const orders = [
    [c, a, b],
    [b, c, a],
    [a, c, b],
    [c, b, a],
  ]
  const race = await Promise.all(orders.map((wanted) => arrange(...wanted)))
  expect(race.filter(({ kind }) => kind === 'arranged')).toHaveLength(1)
  const winner = race.findIndex(({ kind }) => kind === 'arranged')
  expect(await order()).toEqual(orders[winner])
  // Whoever has read an order that is no longer so writes over nobody, nor over one who has come since.
  expect(await arrange(a, b, c)).toMatchObject({ code: 'banners_changed_meanwhile' })
  expect(await order()).toEqual(orders[winner])
  // Who comes now is the last one all the same.
  const last = await added()
  expect((await order()).at(-1)).toBe(last.id)
})

it('the database keeps what no rule has looked at', async () => {
  const { id } = await added()
  const set = (change: ReturnType<typeof sql>) =>
    sql`update banners.banner set ${change} where id = ${id}`.execute(deps.db)
  await expect(set(sql`ends_at = starts_at`)).rejects.toThrow(/check/)
  for (const outside of ['//example.com', '/\\example.com', 'javascript:alert(1)', '/a b'])
    await expect(set(sql`target_kind = 'page', target = ${outside}`)).rejects.toThrow(/banner_stays_here/)
  await set(sql`target_kind = 'page', target = '/items?sale=1'`)
})

it('has a picture, another one, and none, and lets go of those it had', async () => {
  const { id } = await added()
  const uses = async () =>
    (
      await sql<{ picture_id: string }>`select picture_id from pictures.use where user_id = ${id}`.execute(
        deps.db,
      )
    ).rows.map(({ picture_id }) => picture_id)
  const give = async (version: number, shade: number) => {
    const result = await giveBannerPicture(deps, { id, by, version, bytes: await photo(shade) })
    if (result.kind === 'refused') throw new Error(result.code)
    return result.banner
  }
  const first = await give(1, 1)
  expect(await uses()).toEqual([first.pictureId])
  // The same one again is one use.
  await give(2, 1)
  const second = await give(3, 2)
  expect(await uses()).toEqual([second.pictureId])
  expect(second.pictureId).not.toBe(first.pictureId)
  expect(await giveBannerPicture(deps, { id, by, version: 1, bytes: await photo(3) })).toMatchObject({
    code: 'banner_changed_meanwhile',
  })
  expect(await uses()).toEqual([second.pictureId])
  expect(await giveBannerPicture(deps, { id, by, version: 4, bytes: Buffer.from('no') })).toMatchObject({
    code: 'picture_kind_refused',
  })
  expect(await takeBannerPicture(deps, { id, by, version: 4 })).toMatchObject({ banner: { pictureId: null } })
  expect(await uses()).toEqual([])
  await give(5, 4)
  expect(await removeBanner(deps, { id, by })).toEqual({ kind: 'removed' })
  expect(await removeBanner(deps, { id, by })).toMatchObject({ code: 'not_found' })
  expect(await uses()).toEqual([])
})

it('begins and ends by the clock, and a change by somebody else is heard of', async () => {
  const mine = createBanners(deps)
  await deps.broadcast.start()
  const soon = shop.clock.now().add({ hours: 1 })
  const planned = await added({ startsAt: soon, endsAt: soon.add({ hours: 1 }) })
  const titles = async () => (await mine.shown.read()).banners.map(({ title }) => title.ko)
  expect(await titles()).toEqual([])
  const before = mine.shown.now()
  shop.clock.set(soon)
  expect(await titles()).toEqual(['가을 행사'])
  expect(mine.shown.now()?.tag).not.toBe(before?.tag)
  await changeBanner(deps, {
    id: planned.id,
    by,
    version: 1,
    content: { ...planned, title: { ko: '새 제목', en: 'New' } },
  })
  await until(async () => (await titles())[0] === '새 제목', { deadlineMs: 5_000, what: 'the change' })
  shop.clock.set(soon.add({ hours: 1 }))
  expect(await titles()).toEqual([])
})

it('the demo has a few, once', async () => {
  const { seedDemo, shown } = createBanners(deps)
  await seedDemo()
  await seedDemo()
  expect(await order()).toHaveLength(3)
  expect((await shown.read()).banners).toHaveLength(3)
})
