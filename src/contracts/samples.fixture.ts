import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Static, TSchema } from 'typebox'
import type { EventContract } from '../platform/events/event.ts'
import { SAMPLES } from './published/events.ts'

/**
 * One real piece of data of every version of every event, as it was when that version was told. What is published is
 * never changed here: a reader of today must take it, and a new version adds a file.
 */
const FOLDER = SAMPLES

/** The samples there are, as `type` and `version`. */
export function allSamples(): { type: string; version: number; data: unknown }[] {
  return globSync('*.json', { cwd: FOLDER })
    .sort()
    .map((file) => {
      const [, type = '', version = ''] = /^(.+)\.v(\d+)\.json$/.exec(file) ?? []
      return { type, version: Number(version), data: contentOf(type, Number(version)) }
    })
}

/** The sample of a contract's own version, as its readers get it; what a test is about replaces members of it. */
export function sampleOf<S extends TSchema>(
  contract: EventContract<S>,
  changes: Partial<Static<S>> = {},
): Static<S> {
  const { type, version } = contract
  const read = contract.read({ ...contentOf(type, version), ...changes }, version)
  if (read.kind !== 'ok') throw new Error(`the sample of ${type}: ${read.reason}`)
  return read.data
}

function contentOf(type: string, version: number): object {
  const content: unknown = JSON.parse(readFileSync(join(FOLDER, `${type}.v${version}.json`), 'utf8'))
  if (typeof content !== 'object' || content === null) throw new Error(`the sample of ${type} is no object`)
  return content
}
