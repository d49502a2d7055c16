import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/platform/database/database.ts'
import { startEmbedded } from '../../src/platform/database/embedded.ts'
import { migrate } from '../../src/platform/database/migrate.ts'
import { unvisited } from '../support/visits.ts'
import { type Untried, unprepared, untried } from './statements.ts'

const JOURNEYS = fileURLToPath(new URL('../journeys/', import.meta.url))
const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))

declare module 'vitest' {
  export interface ProvidedContext {
    databaseUrl: string
    /** Where clients note which operations they visited. */
    visitsFile: string
    /** Where test files note the statements they sent. */
    statementsFile: string
  }
}

/**
 * One throw-away PostgreSQL server for the whole run; each test file makes databases of its own in it. When all
 * journeys took part, the run fails unless they visited every documented operation; and when all tests with a database
 * did, unless every raw statement of the sources was sent to it, or can be prepared as it stands.
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
  const statementsFile = join(folder, 'statements')
  project.provide('statementsFile', statementsFile)
  return async () => {
    const whole = !project.config.testNamePattern
    const missing = whole ? unvisited(visitsFile, journeys()) : []
    const unsent = whole
      ? await untriable(server.url, untried(statementsFile, sources(), databaseTests()))
      : []
    await server.stop()
    await rm(folder, { recursive: true, force: true })
    if (unsent.length > 0)
      throw new Error(`no test sends these statements, nor can they be prepared: ${unsent.join(', ')}`)
    if (missing.length > 0) throw new Error(`no journey visits ${missing.join(', ')}`)
  }
}

/** The files of the journeys that walk through a whole system. */
function journeys(): string[] {
  return globSync('*.test.ts', { cwd: JOURNEYS })
    .map((name) => join(JOURNEYS, name))
    .filter((path) => readFileSync(path, 'utf8').includes('startSystem('))
}

const inSources = (pattern: string) => globSync(pattern, { cwd: SOURCES }).map((name) => join(SOURCES, name))

function databaseTests(): string[] {
  return inSources('**/*.db.test.ts')
}

/** What the shop itself says to PostgreSQL. */
function sources(): string[] {
  return inSources('**/*.ts').filter((path) => !/\.(test|fixture)\.ts$/.test(path))
}

/** Prepares what no test sent in a database with all schemas. @returns what cannot be prepared */
async function untriable(serverUrl: string, statements: readonly Untried[]): Promise<string[]> {
  if (statements.length === 0) return []
  const { SCHEMAS } = await import('../../src/services/index.ts')
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query('create database prepared')
  await admin.end()
  const url = new URL(serverUrl)
  url.pathname = '/prepared'
  const database = openDatabase({ url: url.toString(), poolSize: 1, statementTimeoutMs: 15_000 })
  await migrate(database.db, SCHEMAS)
  await database.close()
  const client = new pg.Client({ connectionString: url.toString() })
  await client.connect()
  try {
    return await unprepared(client, statements)
  } finally {
    await client.end()
  }
}
