import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/platform/database/embedded.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string
    /** Where clients note which operations they visited. */
    visitsFile: string
  }
}

/** One throw-away PostgreSQL server for the whole run; each test file makes databases of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-test-'))
  // Nothing here outlives the run, so nothing needs to reach the disk.
  const server = await startEmbedded({
    folder: join(folder, 'postgres'),
    settings: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=400'],
  })
  project.provide('databaseUrl', server.url)
  project.provide('visitsFile', join(folder, 'visits'))
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
