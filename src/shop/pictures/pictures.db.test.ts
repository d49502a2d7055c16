import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { type VirtualClock, virtualClock } from '../../platform/time/clock.ts'
import { type Pictures, picturesSchema } from './index.ts'
import { type MemoryFiles, memoryFiles, photo, testPictures } from './pictures.fixture.ts'
import { removeUnused } from './remove-unused.ts'
import { createTakeIn } from './take-in.ts'

let database: TestDatabase
let clock: VirtualClock
let files: MemoryFiles
let pictures: Pictures
beforeAll(async () => {
  database = await testDatabase([picturesSchema])
  clock = virtualClock(Temporal.Instant.from('2026-11-30T03:00:00Z'))
  files = memoryFiles()
  pictures = testPictures({ db: database.db, clock }, files)
})
afterAll(() => database.drop())

const deps = () => ({ db: database.db, clock, files })
const taken = async (shade: number): Promise<string> => {
  const result = await pictures.takeIn(await photo(shade), newId())
  if (result.kind === 'refused') throw new Error(result.code)
  return result.picture.id
}
const filesOf = (id: string) => [...files.kept.keys()].filter((name) => name.startsWith(id)).length
const used = (id: string, user: { type: 'item' | 'review'; id: string }) =>
  transact(database.db, (tx) => pictures.use(tx, id, user))

it('keeps what is used, and removes the rest a day later', async () => {
  const [shown, shared, forgotten] = [await taken(1), await taken(2), await taken(3)]
  const item = { type: 'item', id: newId() } as const
  const review = { type: 'review', id: newId() } as const
  await used(shown, item)
  for (const user of [item, review, review]) await used(shared, user)
  clock.advance({ hours: 23 })
  expect(await removeUnused(deps())).toBe(0)
  clock.advance({ hours: 2 })
  expect(await removeUnused(deps())).toBe(1)
  expect([shown, shared, forgotten].map(filesOf)).toEqual([5, 5, 0])
  expect(await pictures.read(`${shown}-320.webp`)).toEqual({ bytes: expect.any(Buffer), by: 'item' })
  for (const name of [`${forgotten}-320.webp`, `${shown}-321.webp`, '../x', 'a.svg'])
    expect(await pictures.read(name)).toBeUndefined()
  // A hidden review hides nothing that an item shows.
  const show = (isShown: boolean) => transact(database.db, (tx) => pictures.show(tx, review, isShown))
  const sharedBy = async () => (await pictures.read(`${shared}-320.webp`))?.by
  await show(false)
  expect(await sharedBy()).toBe('item')
  // Somebody else still shows it; and the day begins when the last use ends.
  await transact(database.db, (tx) => pictures.letGo(tx, shared, item))
  expect(await sharedBy()).toBeUndefined()
  await show(true)
  expect(await sharedBy()).toBe('review')
  clock.advance({ hours: 25 })
  expect(await removeUnused(deps())).toBe(0)
  await transact(database.db, (tx) => pictures.letGo(tx, shared, review))
  expect(await removeUnused(deps())).toBe(0)
  clock.advance({ hours: 25 })
  expect(await removeUnused(deps())).toBe(1)
  expect(filesOf(shared)).toBe(0)
})

it('leaves nothing half done: an upload that fails while files are written is used by nobody, and goes', async () => {
  let writes = 0
  const full = {
    ...files,
    put: async (name: string, bytes: Uint8Array) => {
      writes += 1
      if (writes > 2) throw new Error('ENOSPC')
      await files.put(name, bytes)
    },
  }
  const before = files.kept.size
  await expect(createTakeIn({ ...deps(), files: full })(await photo(40), newId())).rejects.toThrow('ENOSPC')
  expect(files.kept.size).toBe(before + 2)
  clock.advance({ hours: 25 })
  expect(await removeUnused(deps())).toBe(1)
  expect(files.kept.size).toBe(before)
  // The place in the lane was given back.
  await taken(40)
})

it('a removal that was cut off is ended by the next round, and nobody uses the picture meanwhile', async () => {
  const sent = await photo(50)
  const id = await taken(50)
  clock.advance({ hours: 25 })
  const broken = { ...files, remove: async () => Promise.reject(new Error('EIO')) }
  await expect(removeUnused({ ...deps(), files: broken })).rejects.toThrow('EIO')
  expect(await used(id, { type: 'item', id: newId() })).toMatchObject({ code: 'pictures_busy' })
  expect(await pictures.takeIn(sent, newId())).toMatchObject({ code: 'pictures_busy', retryAfterSeconds: 5 })
  expect(await removeUnused(deps())).toBeGreaterThan(0)
  expect(filesOf(id)).toBe(0)
  expect(await pictures.takeIn(sent, newId())).toMatchObject({ kind: 'taken', picture: { id } })
  expect(filesOf(id)).toBe(5)
})

it('used at the moment in which it would be removed, it is either used or gone, never both', async () => {
  const ids = await Promise.all([60, 61, 62, 63, 64, 65].map(taken))
  clock.advance({ hours: 25 })
  const [, ...uses] = await Promise.all([
    removeUnused(deps()),
    ...ids.map((id) => used(id, { type: 'item', id: newId() })),
  ])
  await removeUnused(deps())
  const { rows } = await sql<{ id: string }>`
    select id from pictures.picture where exists (select 1 from pictures.use where picture_id = id)`.execute(
    database.db,
  )
  for (const [n, id] of ids.entries()) {
    const isUsed = uses[n]?.kind === 'used'
    expect([rows.some((row) => row.id === id), filesOf(id)]).toEqual([isUsed, isUsed ? 5 : 0])
  }
})

it('works on one at a time: who sends many at once is asked to come again', async () => {
  const sender = newId()
  const sent = await photo(70)
  const answers = await Promise.all(Array.from({ length: 6 }, () => pictures.takeIn(sent, sender)))
  expect(answers.filter(({ kind }) => kind === 'taken')).toHaveLength(4)
  expect(
    answers.filter((answer) => answer.kind === 'refused' && answer.code === 'pictures_busy'),
  ).toHaveLength(2)
})
