import { sql } from 'kysely'
import { type Db, transact } from '../../../platform/database/database.ts'
import { lockBatches } from '../batch-lock.ts'
import { storedSearchDocument } from './search-encoding.ts'

/**
 * Version of what `storedSearchDocument` makes of an item. To be raised together with every change of `synonyms.ts` or of
 * the rules in `korean-search.ts` that alters stored documents (a test compares the fingerprint and reminds).
 */
export const searchRulesVersion = 2

const batchSize = 1_000

/**
 * Rebuilds the stored search documents if they were made by an older version of the rules; returns how many items were
 * rewritten. A newer version is left alone, so that old and new processes may run side by side during a release.
 */
export async function rebuildSearchDocuments(db: Db): Promise<number> {
  const { rows } = await sql<{ version: number }>`select version from catalog.search_rules`.execute(db)
  if ((rows[0]?.version ?? 0) >= searchRulesVersion) return 0
  let rewritten = 0
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const last = await transact(db, async (tx) => {
      await lockBatches(tx)
      const { rows: items } = await sql<{ id: string; name: string; enterprise: string }>`
        select id, name, enterprise from catalog.item where id > ${after}::uuid order by id limit ${batchSize}`.execute(
        tx,
      )
      const documents = items.map((item) => ({ id: item.id, search_doc: storedSearchDocument(item) }))
      const { numAffectedRows } = await sql`
        update catalog.item set search_doc = given.search_doc
        from json_to_recordset(${JSON.stringify(documents)}::json) as given(id uuid, search_doc text)
        where item.id = given.id and item.search_doc <> given.search_doc`.execute(tx)
      rewritten += Number(numAffectedRows ?? 0n)
      return items.at(-1)?.id
    })
    if (last === undefined) break
    after = last
  }
  await sql`update catalog.search_rules set version = ${searchRulesVersion} where version < ${searchRulesVersion}`.execute(
    db,
  )
  return rewritten
}
