import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { COMPILED, compile, compiledName, type Kind } from './compiled.ts'

/** The sources of pages and islands that the server compiles when nobody has done it before. */
export function sourcesOfPages(): { kind: Kind; file: string }[] {
  const found = (kind: Kind, pattern: string, exclude: readonly string[] = []) =>
    globSync(pattern, { cwd: import.meta.dirname, exclude: [...exclude, '**/*.test.*'] }).map((file) => ({
      kind,
      file: join(import.meta.dirname, file),
    }))
  return [...found('page', '**/*.tsx', ['console/**']), ...found('island', 'islands/*.ts')]
}

/** Compiles pages and islands into the folder (`npm run build:pages`). @returns how many */
export function buildPages(folder: string): number {
  mkdirSync(folder, { recursive: true })
  const sources = sourcesOfPages()
  for (const { kind, file } of sources) {
    const source = readFileSync(file, 'utf8')
    writeFileSync(join(folder, compiledName(kind, source)), compile(kind, file, source))
  }
  return sources.length
}

if (import.meta.main)
  console.log(`${buildPages(resolve(process.argv[2] ?? COMPILED))} pages and islands are compiled`)
