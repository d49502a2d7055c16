import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * What the server makes of a source before Node or a browser takes it: `page`, `.tsx` for Node; `island`, TypeScript
 * for a browser, made small.
 */
export type Kind = 'page' | 'island'

/** Where a container image keeps what was compiled while it was built: it runs without the compiler (20 MB). */
export const COMPILED = join(import.meta.dirname, '../dist/pages')

/** Named by what it was made of: what was compiled of other sources is never found. */
export function compiledName(kind: Kind, source: string): string {
  return `${kind}.${createHash('sha256').update(source).digest('base64url').slice(0, 20)}.js`
}

/**
 * A source, compiled: as it was kept, else here and now.
 * @throws SyntaxError with the file's name, and whatever says that there is no compiler
 */
export function compiled(kind: Kind, file: string, source: string, folder = COMPILED): string {
  const kept = join(folder, compiledName(kind, source))
  return existsSync(kept) ? readFileSync(kept, 'utf8') : compile(kind, file, source)
}

const load = createRequire(import.meta.url)

export function compile(kind: Kind, file: string, source: string): string {
  // Loaded when it is needed: an image has none.
  const { minifySync, transformSync } = load('rolldown/utils') as typeof import('rolldown/utils')
  const options = kind === 'page' ? ({ jsx: { runtime: 'automatic' }, sourcemap: false } as const) : {}
  const { code, errors } = transformSync(file, source, options)
  const [error] = errors
  if (error) throw new SyntaxError(`${file}: ${error.message}`)
  return kind === 'page' ? code : minifySync(file, code, { module: true }).code
}
