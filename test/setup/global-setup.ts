import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/platform/database/embedded.ts'
import { unvisited } from '../support/visits.ts'

const JOURNEYS = fileURLToPath(new URL('../journeys/', import.meta.url))

declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string
    /** Where clients note which operations they visited. */
    visitsFile: string
  }
}

/**
 * One throw-away PostgreSQL server for the whole run; each test file makes databases of its own in it. When all
 * journeys took part, the run fails unless they visited every documented operation.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-test-'))
  // Nothing here outlives the run, so nothing needs to reach the disk.
  const server = await startEmbedded({
    folder: join(folder, 'postgres'),
    settings: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=400'],
  })
  project.provide('databaseUrl', server.url)
  const visitsFile = join(folder, 'visits')
  project.provide('visitsFile', visitsFile)
  return async () => {
    await server.stop()
    const missing = project.config.testNamePattern ? [] : unvisited(visitsFile, journeys())
    await rm(folder, { recursive: true, force: true })
    if (missing.length > 0) throw new Error(`no journey visits ${missing.join(', ')}`)
  }
}

/** The files of the journeys that walk through a whole system. */
function journeys(): string[] {
  return globSync('*.test.ts', { cwd: JOURNEYS })
    .map((name) => join(JOURNEYS, name))
    .filter((path) => readFileSync(path, 'utf8').includes('startSystem('))
}
