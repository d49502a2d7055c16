import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { adminItem } from '../browse/item-detail.ts'
import type { AdminItem } from '../browse/item-json.ts'
import { openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { changeItem } from '../items/change-item.ts'
import { type ImportedItem, parseOfficialRow } from './public-data.ts'
import { storeRows } from './store-rows.ts'
import { createItem, writeTexts } from './write-item.ts'

let test: TestCatalog

beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())
beforeEach(async () => {
  await sql`truncate catalog.item cascade`.execute(test.database.db)
  await sql`truncate platform.outbox`.execute(test.database.db)
})

const NUMBER = '200400160001'
const actorId = randomUUID()
const deps = () => ({ db: test.database.db, clock: test.clock, committed: async () => {} })

function row(more: Record<string, string> = {}): ImportedItem {
  const read = parseOfficialRow({
    PRDLST_REPORT_NO: NUMBER,
    PRDLST_NM: '홍삼정',
    BSSH_NM: '고려',
    LAST_UPDT_DTM: '20150522',
    PRIMARY_FNCLTY: '면역력 증진에 도움을 줄 수 있음',
    ...more,
  })
  if (read.kind !== 'item') throw new Error('no row of the register')
  return read.item
}

const bring = (more?: Record<string, string>) =>
  transact(test.database.db, (tx) => storeRows(tx, [row(more)], new Map(), 'none', test.clock.now()))

async function item(): Promise<AdminItem> {
  const { rows } = await sql<{ id: string }>`select id from catalog.item`.execute(test.database.db)
  const found = await adminItem(test.database.db, rows[0]?.id ?? '')
  if (found === undefined) throw new Error('there is no item')
  return found
}

async function write(texts: Partial<Pick<AdminItem, 'name' | 'enterprise' | 'mainFunction'>>) {
  const now = await item()
  const input = { itemId: now.id, version: now.version, texts: { ...now, ...texts }, actorId }
  const result = await writeTexts(deps(), input)
  if (result.kind === 'refused') throw new Error(result.code)
  return result.item
}

async function events(): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from platform.outbox where type = 'shop.catalog.item-changed'`.execute(
    test.database.db,
  )
  return rows[0]?.n ?? -1
}

it('an import leaves what the merchant said of an item that the register does not', async () => {
  await bring()
  const { id: itemId, version } = await item()
  const notice = { origin: 'domestic', contents: '60정' } as const
  await changeItem(deps(), { itemId, version, notice, actorId })
  expect(await bring({ PRDLST_NM: '홍삼정 골드' })).toMatchObject({ changed: 1 })
  expect(await item()).toMatchObject({ name: '홍삼정 골드', notice })
})

describe('a name that the merchant wrote', () => {
  it('stays in every import, and nobody is told of a change that nobody sees', async () => {
    await bring()
    expect(await write({ name: '우리 홍삼' })).toMatchObject({ registerTexts: { name: '홍삼정' } })
    const told = await events()
    // Of the same day: only the name is another one.
    expect(await bring({ PRDLST_NM: '홍삼정 골드' })).toEqual({ added: 0, changed: 0, unchanged: 1 })
    const kept = await item()
    expect(kept).toMatchObject({ name: '우리 홍삼', registerTexts: { name: '홍삼정 골드' } })
    expect(await events()).toBe(told)
    expect(await bring({ PRDLST_NM: '홍삼정 골드', BSSH_NM: '새 고려' })).toMatchObject({ changed: 1 })
    expect(await item()).toMatchObject({ name: '우리 홍삼', enterprise: '새 고려' })
  })

  it('is the register’s again once that is written, and follows it from then on', async () => {
    await bring()
    await write({ name: '우리 홍삼' })
    await bring({ PRDLST_NM: '홍삼정 골드' })
    expect(await write({ name: '홍삼정 골드' })).toMatchObject({ registerTexts: {} })
    await bring({ PRDLST_NM: '홍삼정 플러스' })
    expect(await item()).toMatchObject({ name: '홍삼정 플러스', registerTexts: {} })
  })

  it('decides the categories when it is the function, whatever the register says', async () => {
    await bring()
    const { categories } = await write({ mainFunction: '눈 건강에 도움을 줄 수 있음' })
    await bring({ PRIMARY_FNCLTY: '간 건강에 도움을 줄 수 있음', BSSH_NM: '새 고려' })
    expect(await item()).toMatchObject({ enterprise: '새 고려', categories })
  })

  it('is all of what was entered before the register brought the number; blank texts are filled', async () => {
    const { registeredDate: _, updatedDate: __, ...blank } = row({ PRIMARY_FNCLTY: '' })
    await createItem(deps(), { item: { ...blank, name: '우리 홍삼', enterprise: '우리' }, actorId })
    await bring()
    expect(await item()).toMatchObject({
      name: '우리 홍삼',
      enterprise: '우리',
      mainFunction: '면역력 증진에 도움을 줄 수 있음',
      registerTexts: { name: '홍삼정', enterprise: '고려' },
    })
  })

  it('is not lost to an import that runs at the same time, whoever is first', async () => {
    await bring()
    for (let round = 0; round < 20; round += 1) {
      await write({ name: (await item()).registerTexts.name ?? (await item()).name })
      const { id, version, ...texts } = await item()
      const [wrote] = await Promise.all([
        writeTexts(deps(), { itemId: id, version, texts: { ...texts, name: `우리 ${round}` }, actorId }),
        bring({ PRDLST_NM: `홍삼정 ${round}` }),
      ])
      const after = await item()
      if (wrote.kind === 'refused') expect(after.name).toBe(`홍삼정 ${round}`)
      else expect(after).toMatchObject({ name: `우리 ${round}`, registerTexts: { name: `홍삼정 ${round}` } })
    }
  })
})
