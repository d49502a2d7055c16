import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { type MemoryFiles, memoryFiles, photo, testPictures } from '../../pictures/pictures.fixture.ts'
import { adminItem, picturesOfItem } from '../browse/item-detail.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import type { Alt } from '../rules/item-pictures.ts'
import { addPicture, arrangePictures, type PictureChangeDeps, removePicture } from './change-pictures.ts'

let test: TestCatalog
let files: MemoryFiles
let deps: PictureChangeDeps
let itemId: string
const actorId = newId()
beforeAll(async () => {
  test = await openCatalog()
  files = memoryFiles()
  const { db } = test.database
  deps = {
    db,
    clock: test.clock,
    pictures: testPictures({ db, clock: test.clock }, files),
    committed: async () => {},
  }
  itemId = await addItem(test)
})
afterAll(() => test.database.drop())

const add = async (shade: number, to = itemId) =>
  addPicture(deps, { itemId: to, actorId, bytes: await photo(shade) })
const order = async () => (await picturesOfItem(deps.db, itemId)).map(({ id }) => id)
const thumbnail = async () => (await adminItem(deps.db, itemId))?.thumbnail
const changed = async () => {
  const { rows } = await sql<{ changed: string[] }>`
    select data->'changed' as changed from platform.outbox
    where type = 'shop.catalog.item-changed' and data->>'itemId' = ${itemId}`.execute(deps.db)
  return rows.length
}

it('pictures that come at once all have their place, and the first is the main one', async () => {
  const merchants = Array.from({ length: 3 }, () => newId())
  const bytes = await Promise.all(Array.from({ length: 9 }, (_, n) => photo(n + 1)))
  const answers = await Promise.all(
    bytes.map((sent, n) => addPicture(deps, { itemId, actorId: merchants[n % 3] ?? '', bytes: sent })),
  )
  expect(answers.map(({ kind }) => kind)).toEqual(Array(9).fill('changed'))
  const { rows } = await sql<{ position: number }>`
    select position from catalog.item_picture where item_id = ${itemId} order by position`.execute(deps.db)
  expect(rows.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(await thumbnail()).toBe(`/pictures/${(await order())[0]}-320.webp`)
  expect(await changed()).toBe(9)
})

it('one that is there already stays where it is; an eleventh and one of nothing are refused', async () => {
  const before = await order()
  expect(await add(5)).toMatchObject({ kind: 'changed' })
  expect(await order()).toEqual(before)
  expect(await changed()).toBe(9)
  await add(10)
  expect(await add(11)).toMatchObject({ code: 'too_many_pictures' })
  expect(await add(1, newId())).toMatchObject({ code: 'not_found' })
  expect((await order()).length).toBe(10)
})

it('is given another order and words, unless somebody has changed the pictures meanwhile', async () => {
  const before = await order()
  const nothing: Alt = { ko: null, en: null }
  const wish = before.toReversed().map((id) => ({ id, alt: nothing }))
  wish[0] = { id: wish[0]?.id ?? '', alt: { ko: ' 앞면 ', en: '' } }
  expect((await arrangePictures(deps, { itemId, actorId, wish })).kind).toBe('changed')
  expect((await picturesOfItem(deps.db, itemId))[0]).toEqual({
    id: before[9],
    alt: { ko: '앞면', en: null },
    width: 400,
    height: 300,
  })
  expect(await thumbnail()).toBe(`/pictures/${before[9]}-320.webp`)
  for (const stale of [
    wish.slice(1),
    [...wish.slice(1), wish[1]],
    [...wish.slice(1), { id: newId(), alt: nothing }],
  ])
    expect(
      await arrangePictures(deps, { itemId, actorId, wish: stale.flatMap((one) => one ?? []) }),
    ).toMatchObject({
      code: 'pictures_changed_meanwhile',
    })
  expect(await order()).toEqual(before.toReversed())
})

it('removed, others move up; the last one leaves no address behind', async () => {
  const [main = '', second] = await order()
  await removePicture(deps, { itemId, actorId, pictureId: main })
  const events = await changed()
  await removePicture(deps, { itemId, actorId, pictureId: main })
  expect(await changed()).toBe(events)
  expect(await thumbnail()).toBe(`/pictures/${second}-320.webp`)
  for (const pictureId of await order()) await removePicture(deps, { itemId, actorId, pictureId })
  expect(await thumbnail()).toBe(null)
  const { rows } = await sql<{ uses: number; notes: number }>`
    select (select count(*) from pictures.use) as uses,
      (select count(*) from platform.audit_entry where action = 'item.pictures_changed') as notes`.execute(
    deps.db,
  )
  expect(rows).toEqual([{ uses: 0, notes: await changed() }])
})
