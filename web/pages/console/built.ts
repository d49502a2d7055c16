import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Compile } from 'typebox/compile'

/** A console that is ready: what its page loads first, and every file of it, in memory. */
export interface BuiltConsole {
  readonly hash: string
  /** Addresses. */
  readonly entry: string
  readonly styles: readonly string[]
  /** Scripts that the entry loads at once. */
  readonly preloads: readonly string[]
  /** By their names under /console/assets/. */
  readonly assets: ReadonlyMap<string, BuiltAsset>
}

export interface BuiltAsset {
  readonly type: string
  readonly body: Buffer
  readonly gzip: Buffer
}

const Chunk = Type.Object({
  file: Type.String(),
  isEntry: Type.Optional(Type.Boolean()),
  isDynamicEntry: Type.Optional(Type.Boolean()),
  css: Type.Optional(Type.Array(Type.String())),
  imports: Type.Optional(Type.Array(Type.String())),
})
const ManifestSchema = Type.Record(Type.String(), Chunk)
const Manifest = Compile(ManifestSchema)

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The parts the builder has written, by the file they begin with. @throws when it is not whole */
export function chunksOf(folder: string): Static<typeof ManifestSchema> {
  const parsed: unknown = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'))
  return Manifest.Parse(parsed)
}

/** Reads what the builder wrote. @throws when it is not whole */
export function readBuilt(folder: string, hash: string): BuiltConsole {
  const chunks = chunksOf(folder)
  const entry = Object.values(chunks).find(({ isEntry }) => isEntry)
  if (!entry) throw new Error(`no entry in ${folder}`)
  const assets = new Map<string, BuiltAsset>()
  const inside = join(folder, 'assets')
  for (const name of readdirSync(inside).filter((file) => !file.endsWith('.gz'))) {
    const type = TYPES[extname(name)]
    if (type === undefined) throw new Error(`no type is known for ${name}`)
    const file = join(inside, name)
    assets.set(name, { type, body: readFileSync(file), gzip: readFileSync(`${file}.gz`) })
  }
  const address = (file: string) => `/console/${file}`
  const preloads = (entry.imports ?? []).flatMap((name) => chunks[name]?.file ?? [])
  return {
    hash,
    entry: address(entry.file),
    styles: (entry.css ?? []).map(address),
    preloads: preloads.map(address),
    assets,
  }
}
