import { sql } from 'kysely'
import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { adminItem } from '../browse/item-detail.ts'
import type { AdminItem } from '../browse/item-json.ts'
import { categoriesOf } from '../rules/categories.ts'
import { inRegister, unknownToRegister, written } from './own-texts.ts'
import type { ImportedItem } from './public-data.ts'
import { insertItems, keepRegisterTexts, knownNumbers, readStored, updateItems } from './store-items.ts'

/** What a merchant writes of an item; the categories follow from its main function. */
export type WrittenItem = Omit<ImportedItem, 'registeredDate' | 'updatedDate'>

interface WriteDeps {
  db: Db
  clock: Clock
  /** Called after the commit, to forget cached lists. */
  committed(): Promise<void>
}

/**
 * A merchant enters an item that the register did not bring. It stays hidden, without price and stock, until these are set.
 * Refusals: item_number_known (`facts.itemId`: there is an item with this number).
 */
export async function createItem(
  { db, clock, committed }: WriteDeps,
  { item, actorId }: { item: WrittenItem; actorId: string },
): Promise<{ kind: 'created'; item: AdminItem } | Refused<'item_number_known'>> {
  const result = await transact<{ kind: 'created'; item: AdminItem } | Refused<'item_number_known'>>(
    db,
    async (tx) => {
      const now = clock.now()
      // Two who enter the same number take turns; the unique index holds it whoever writes.
      await lockNumber(tx, item.statementNumber)
      if ((await knownNumbers(tx, [item.statementNumber])).size > 0) {
        const known = await idOfNumber(tx, item.statementNumber)
        return refused('item_number_known', { facts: { itemId: known } })
      }
      const categories = categoriesOf(item.mainFunction)
      const entered = { ...item, registeredDate: null, updatedDate: null }
      await insertItems(tx, [{ item: entered, categories, offer: null }], now)
      const id = await idOfNumber(tx, item.statementNumber)
      await keepRegisterTexts(tx, [{ id, ...unknownToRegister(entered) }])
      const created = await readBack(tx, id)
      const subject = { type: 'item', id: created.id } as const
      await writeAudit(tx, now, { actorId, action: 'item.created', subject, after: { ...item } })
      return { kind: 'created', item: created }
    },
  )
  if (result.kind === 'created') await committed()
  return result
}

/**
 * A merchant writes the texts of an item anew. What is not as the register says it is theirs from now on and stays when
 * the register is imported; writing what the register says gives it back.
 * Refusals: not_found, item_changed_meanwhile (`facts.version`).
 */
export async function writeTexts(
  { db, clock, committed }: WriteDeps,
  {
    itemId,
    version,
    texts,
    actorId,
  }: { itemId: string; version: number; texts: Omit<WrittenItem, 'statementNumber'>; actorId: string },
): Promise<{ kind: 'written'; item: AdminItem } | Refused<'not_found' | 'item_changed_meanwhile'>> {
  const result = await transact<
    { kind: 'written'; item: AdminItem } | Refused<'not_found' | 'item_changed_meanwhile'>
  >(db, async (tx) => {
    const now = clock.now()
    await sql`select 1 from catalog.item where id = ${itemId} for no key update`.execute(tx)
    const before = await adminItem(tx, itemId)
    if (!before) return refused('not_found')
    if (before.version !== version)
      return refused('item_changed_meanwhile', { facts: { version: before.version } })
    const stored = (await readStored(tx, [before.statementNumber])).get(before.statementNumber)
    if (!stored) return refused('not_found')
    const { item, registerTexts } = written(inRegister(stored), { ...stored.item, ...texts })
    await updateItems(tx, [{ id: itemId, item, categories: categoriesOf(item.mainFunction) }], now)
    await keepRegisterTexts(tx, [{ id: itemId, registerTexts }])
    const subject = { type: 'item', id: itemId } as const
    await writeAudit(tx, now, {
      actorId,
      action: 'item.written',
      subject,
      before: { ...stored.item },
      after: { ...item },
    })
    return { kind: 'written', item: await readBack(tx, itemId) }
  })
  if (result.kind === 'written') await committed()
  return result
}

async function lockNumber(tx: Tx, number: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`catalog ${number}`}, 0))`.execute(tx)
}

async function idOfNumber(tx: Tx, number: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where statement_number = ${number}`.execute(tx)
  return rows[0]?.id ?? ''
}

async function readBack(tx: Tx, itemId: string): Promise<AdminItem> {
  const item = await adminItem(tx, itemId)
  if (!item) throw new Error(`item ${itemId} is not there right after it was written`)
  return item
}
