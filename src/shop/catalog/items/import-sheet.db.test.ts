import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { readCsv } from '../../../platform/text/csv.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { takeStock } from '../stock/stock.ts'
import { importSheet } from './import-sheet.ts'

let test: TestCatalog
beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())

const tableOf = (...rows: string[]) => ['itemId,version,originPrice,stockDelta', ...rows].join('\n')
const bring = (csv: string, token?: string) =>
  importSheet(
    { db: test.database.db, clock: test.clock, committed: async () => {} },
    { table: readCsv(csv), reason: '가을 개편', actorId: newId(), token },
  )
const told = async (csv: string, token?: string) => {
  const answer = await bring(csv, token)
  if (answer.kind === 'refused') throw new Error(`refused: ${answer.code}`)
  return answer
}
const sell = (itemId: string, quantity: number) =>
  transact(test.database.db, (tx) => takeStock(tx, newId(), [{ itemId, quantity }]))

it('is told while others have the rows locked', async () => {
  const id = await addItem(test, { originPrice: 10_000, stock: 10 })
  await transact(test.database.db, async (tx) => {
    await sql`select 1 from catalog.item join catalog.stock on item_id = id where id = ${id} for update`.execute(
      tx,
    )
    expect(await told(tableOf(`${id},1,12000,+5`))).toMatchObject({
      applied: false,
      changes: [{ before: { realPrice: 10_000, onHand: 10 }, after: { realPrice: 12_000, onHand: 15 } }],
    })
  })
})

it('is done though pieces were sold since it was told', async () => {
  const [priced, counted] = [await addItem(test, { stock: 10 }), await addItem(test, { stock: 10 })]
  const csv = tableOf(`${priced},1,12000,`, `${counted},1,,+5`)
  const { token } = await told(csv)
  await sell(priced, 1)
  await sell(counted, 2)
  const { applied, changes } = await told(csv, token)
  expect(applied).toBe(true)
  expect(new Map(changes.map(({ itemId, after }) => [itemId, [after.realPrice, after.onHand]]))).toEqual(
    new Map([
      [priced, [12_000, 9]],
      [counted, [10_000, 13]],
    ]),
  )
})

it('is not done by the token of other rows, nor when the pieces to go were sold', async () => {
  const id = await addItem(test, { stock: 3 })
  const csv = tableOf(`${id},1,,-3`)
  const { token } = await told(csv)
  expect(await bring(tableOf(`${id},1,,-2`), token)).toMatchObject({ code: 'item_table_differs' })
  await sell(id, 1)
  expect(await bring(csv, token)).toMatchObject({ code: 'item_rows_wrong' })
})
