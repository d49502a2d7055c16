import { statSync } from 'node:fs'
import { join } from 'node:path'
import { chunksOf } from './built.ts'

/** What a browser loads of scripts, compressed, in bytes. */
export interface ScriptSizes {
  /** Before anything is shown: the frame, the router and what every room needs. */
  readonly first: number
  /** What each page needs beside it, when it is opened first. By the file of the page. */
  readonly pages: ReadonlyMap<string, number>
}

/** Reads the sizes of a console that was built into this folder. */
export function scriptSizesOf(folder: string): ScriptSizes {
  const chunks = chunksOf(folder)
  const withImports = (name: string, found = new Set<string>()): ReadonlySet<string> => {
    if (found.has(name)) return found
    found.add(name)
    for (const imported of chunks[name]?.imports ?? []) withImports(imported, found)
    return found
  }
  const bytesOf = (names: Iterable<string>) =>
    [...names]
      .map((name) => chunks[name]?.file ?? '')
      .filter((file) => file.endsWith('.js'))
      .reduce((sum, file) => sum + statSync(join(folder, `${file}.gz`)).size, 0)
  const entry = Object.keys(chunks).find((name) => chunks[name]?.isEntry)
  if (entry === undefined) throw new Error(`no entry in ${folder}`)
  const first = withImports(entry)
  const pages = Object.keys(chunks)
    .filter((name) => chunks[name]?.isDynamicEntry)
    .map((name) => [name, bytesOf([...withImports(name)].filter((one) => !first.has(one)))] as const)
  return { first: bytesOf(first), pages: new Map(pages.toSorted(([, a], [, b]) => b - a)) }
}

/** A line for the frame and one for each page, the largest first. */
export function sizesText({ first, pages }: ScriptSizes): string {
  const line = (bytes: number, name: string) => `${(bytes / 1_000).toFixed(1).padStart(7)} kB  ${name}`
  return [
    'Scripts, compressed:',
    line(first, 'first of all'),
    ...[...pages].map(([name, bytes]) => line(bytes, `+ ${name}`)),
  ].join('\n')
}
