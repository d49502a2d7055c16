import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where a schema is at home: the folder above the `migrations` that create it. */
export interface Home {
  schema: string
  /** Path from the root, with a slash at its end. */
  folder: string
  /** Names of tables, types and functions as the migrations write them. */
  names: readonly string[]
}

const CREATED =
  /^\s*create\s+(?:or\s+replace\s+)?(?:unlogged\s+)?(?:table|view|materialized\s+view|sequence|type|function)\s+(?:if\s+not\s+exists\s+)?(\w+)\.("?\w+"?)/gim

/** Every schema of ours, read from the migrations below `src`. */
export function readHomes(root: string): Home[] {
  const homes = new Map<string, { folder: string; names: Set<string> }>()
  for (const file of globSync('src/**/migrations/*.sql', { cwd: root }).sort()) {
    const folder = file.replace(/migrations\/[^/]*$/, '')
    for (const [, schema = '', name = ''] of readFileSync(join(root, file), 'utf8').matchAll(CREATED)) {
      const home = homes.get(schema) ?? { folder, names: new Set() }
      homes.set(schema, { ...home, names: home.names.add(name) })
    }
  }
  return [...homes].map(([schema, { folder, names }]) => ({ schema, folder, names: [...names] }))
}

/** Tables (and types, functions) of other folders' schemas that a source names, in SQL or anywhere else. */
export function foreignNames(file: string, source: string, homes: readonly Home[]): string[] {
  return homes
    .filter(({ folder }) => !file.startsWith(folder))
    .flatMap(({ schema, names }) => {
      const any = names.map((name) => name.replaceAll('"', '"?')).join('|')
      // Not a property of something, not a longer word, and not the type of an event: 'identity.account.registered'.
      const named = new RegExp(`(?<![\\w.$])${schema}\\.(?:${any})(?![\\w(]|\\.[\\w-]*')`, 'g')
      return [...source.matchAll(named)].map(([found]) => found)
    })
}
