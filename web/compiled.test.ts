import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildPages, sourcesOfPages } from './build-pages.ts'
import { compile, compiled, compiledName } from './compiled.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pages-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const SOURCE = 'export const Hello = ({ name }: { name: string }) => <p>{name}</p>\n'

describe('what was compiled before', () => {
  it('is taken for exactly the source it was made of, and for the same use', () => {
    writeFileSync(join(folder, compiledName('page', SOURCE)), 'kept')
    expect(compiled('page', 'hello.tsx', SOURCE, folder)).toBe('kept')
    const changed = `${SOURCE}\n`
    expect(compiled('page', 'hello.tsx', changed, folder)).toBe(compile('page', 'hello.tsx', changed))
    expect(compiled('island', 'hello.tsx', SOURCE, folder)).not.toBe('kept')
  })

  it('is said by the name of the file where it cannot be', () => {
    expect(() => compiled('page', 'broken.tsx', 'const a = <p>', folder)).toThrow(/broken\.tsx/)
  })

  it('are all pages and islands, each as the server itself would compile it', () => {
    const count = buildPages(folder)
    const sources = sourcesOfPages()
    expect(count).toBe(sources.length)
    expect(sources.some(({ file }) => file.endsWith('pages/routes.tsx'))).toBe(true)
    expect(sources.filter(({ kind }) => kind === 'island').length).toBeGreaterThan(2)
    const kept = new Set(readdirSync(folder))
    for (const { kind, file } of sources) {
      const source = readFileSync(file, 'utf8')
      expect(kept.has(compiledName(kind, source)), file).toBe(true)
      expect(compiled(kind, file, source, folder)).toBe(compile(kind, file, source))
    }
  })
})
