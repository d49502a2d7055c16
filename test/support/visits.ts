import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'

/** Notes what test files meet of the API, in one file for the whole run. One line each, so that writers never mix. */
export interface Visits {
  /** The operations a running system documents. */
  documented(operationIds: readonly string[]): void
  /** An answer that was as documented. */
  visited(operationId: string, status: number): void
}

/** Opens the notes for the test file that is running. */
export function openVisits(file: string): Visits {
  const note = (...words: (string | number)[]) => {
    appendFileSync(file, `${[expect.getState().testPath ?? '', ...words].join('\t')}\n`)
  }
  return {
    documented: (operationIds) => note('documented', ...operationIds),
    visited: (operationId, status) => note('visited', operationId, status),
  }
}

/** Success, or a refusal by the rules of the operation. */
const OWN = /^(2..|3..|409|422)$/

/**
 * Documented operations that answered none of these test files themselves: with success or with a refusal of their
 * own, not of what stands before them. Empty also when not all of the files took part: then the run was about
 * something else.
 */
export function unvisited(file: string, testFiles: readonly string[]): string[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  const notes = lines.map((line) => line.split('\t')).filter(([path = '']) => testFiles.includes(path))
  const tookPart = new Set(notes.map(([path]) => path))
  if (!testFiles.every((path) => tookPart.has(path))) return []
  const documented = new Set(notes.flatMap(([, kind, ...ids]) => (kind === 'documented' ? ids : [])))
  const visited = new Set(
    notes.flatMap(([, kind, id = '', status = '']) => (kind === 'visited' && OWN.test(status) ? [id] : [])),
  )
  return [...documented.difference(visited)].toSorted()
}
