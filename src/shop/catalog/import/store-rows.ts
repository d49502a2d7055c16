import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Text } from '../../../platform/refusal.ts'
import { lockBatches } from '../batch-lock.ts'
import { categoriesOf } from '../rules/categories.ts'
import { demoOfferOf } from '../rules/demo-offer.ts'
import {
  changedFields,
  decideImport,
  type Rank,
  rankOf,
  type TextField,
  textFields,
} from './import-decision.ts'
import { inRegister, type RegisterTexts, withOwnWords } from './own-texts.ts'
import { type ImportedField, type ImportedItem, importedFields, type ReadItem } from './public-data.ts'
import {
  insertItems,
  keepRegisterTexts,
  lockStored,
  readStored,
  type StoredItem,
  updateItems,
} from './store-items.ts'

/** `demo`: invented prices and stock for new items, which then are on sale. `none`: new items stay hidden. */
export type Offer = 'demo' | 'none'

/** Rows by what became of them. */
export interface RowCounts {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
}

/** An item that is new, or becomes another one; `id` and `before` are of the one we have. */
export interface RowChange {
  readonly item: ImportedItem
  readonly id: string | undefined
  readonly before: ImportedItem | undefined
  /** What of it customers see changes; empty for a new one. */
  readonly fields: readonly ImportedField[]
  /** Of these the register says something else now, but the merchant's own words stay. */
  readonly kept: readonly TextField[]
  readonly registerTexts: RegisterTexts
}

/** What is strange about a row that is imported all the same. */
export interface Doubt {
  readonly code: 'unread_date' | 'number_of_another'
  readonly statementNumber: string
  readonly message: Text
}

/** The doubts about a row. `names` remembers the products of this run. */
export function doubtsAbout({ item, unread }: ReadItem, names: Map<string, string>): Doubt[] {
  const { statementNumber } = item
  const name = `${item.name} (${item.enterprise})`
  const known = names.get(statementNumber) ?? name
  names.set(statementNumber, known)
  const doubts = unread.map(({ field, value }) => {
    const { columns, en } = importedFields[field]
    return {
      code: 'unread_date' as const,
      statementNumber,
      message: {
        ko: `${columns[0]}: 날짜로 읽을 수 없어 비워 두었습니다 (${value})`,
        en: `${en} cannot be read as a date and is left empty (${value})`,
      },
    }
  })
  if (known === name) return doubts
  const message = {
    ko: `같은 번호의 다른 제품이 앞에 있습니다: ${known}`,
    en: `another product with this number came before: ${known}`,
  }
  return [...doubts, { code: 'number_of_another', statementNumber, message }]
}

/**
 * What these rows would make of the catalogue; nothing is written.
 * @param seen highest rank of each number so far in the same run; is brought up to date
 */
export async function decideRows(
  db: Db | Tx,
  rows: readonly ImportedItem[],
  seen: Map<string, Rank>,
): Promise<{ counts: RowCounts; changes: RowChange[] }> {
  const stored = await readStored(
    db,
    rows.map((row) => row.statementNumber),
  )
  const current = new Map([...stored].map(([number, each]) => [number, inRegister(each)]))
  const touched = new Set<string>()
  const counts = { added: 0, changed: 0, unchanged: 0 }
  for (const row of rows) {
    const number = row.statementNumber
    const known = stored.get(number)
    const before = current.get(number)
    const decision = decideImport(before, row, seen.get(number))
    const isSeen =
      decision.kind !== 'changed' ||
      known === undefined ||
      before === undefined ||
      changedFields(withOwnWords(decision.item, known).item, withOwnWords(before, known).item).length > 0
    counts[isSeen ? decision.kind : 'unchanged'] += 1
    const rank = rankOf(row)
    if (rank >= (seen.get(number) ?? '')) seen.set(number, rank)
    if (decision.kind === 'unchanged') continue
    current.set(number, decision.item)
    touched.add(number)
  }
  const changes = [...touched].flatMap((number) => {
    const register = current.get(number)
    return register === undefined ? [] : [changeOf(register, stored.get(number))]
  })
  return { counts, changes }
}

function changeOf(register: ImportedItem, known: StoredItem | undefined): RowChange {
  if (known === undefined)
    return { item: register, id: undefined, before: undefined, fields: [], kept: [], registerTexts: {} }
  const { id, item: before, registerTexts: earlier } = known
  const { item, registerTexts } = withOwnWords(register, known)
  const kept = textFields.filter((field) => registerTexts[field] !== earlier[field])
  return { item, id, before, fields: changedFields(before, item), kept, registerTexts }
}

/**
 * Stores rows as the rules decide, in the caller's transaction. Price, stock, status and the merchant's own words of
 * known items stay as they are.
 */
export async function storeRows(
  tx: Tx,
  rows: readonly ImportedItem[],
  seen: Map<string, Rank>,
  offer: Offer,
  now: Temporal.Instant,
): Promise<RowCounts> {
  await lockBatches(tx)
  // Before they are read: a merchant who writes meanwhile is waited for, and what they wrote is seen.
  await lockStored(
    tx,
    rows.map((row) => row.statementNumber),
  )
  const { counts, changes } = await decideRows(tx, rows, seen)
  await insertItems(
    tx,
    changes
      .filter(({ id }) => id === undefined)
      .map(({ item }) => ({
        item,
        categories: categoriesOf(item.mainFunction),
        offer: offer === 'demo' ? demoOfferOf(item.statementNumber) : null,
      })),
    now,
  )
  await updateItems(
    tx,
    changes.flatMap(({ id, item, fields }) =>
      id === undefined || fields.length === 0
        ? []
        : [{ id, item, categories: categoriesOf(item.mainFunction) }],
    ),
    now,
  )
  await keepRegisterTexts(
    tx,
    changes.flatMap(({ id, registerTexts, kept }) =>
      id === undefined || kept.length === 0 ? [] : [{ id, registerTexts }],
    ),
  )
  return counts
}
