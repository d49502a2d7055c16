import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { createLog } from '../../../src/platform/telemetry/log.ts'
import { type ConsolePlaces, type ConsoleState, consolePlaces, createConsoleKeeper } from './obtain.ts'
import { hashOfSources } from './sources.ts'

let folder: string
let places: ConsolePlaces
/** A file: no folder can be made below. */
let closed: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-'))
  const none = join(folder, 'none')
  closed = join(folder, 'file', 'below')
  await writeFile(join(folder, 'file'), '')
  places = { ...consolePlaces(join(folder, 'data')), prebuilt: none, usual: join(folder, 'usual') }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Starts with these places, and gives what became of it. */
async function outcomeOf(
  changed: Partial<ConsolePlaces>,
): Promise<Exclude<ConsoleState, { kind: 'being_built' }>> {
  const keeper = createConsoleKeeper({ ...places, ...changed }, createLog('silent'))
  keeper.start()
  expect(keeper.state()).toEqual({ kind: 'being_built' })
  try {
    return await until(
      async () => {
        const state = keeper.state()
        return state.kind !== 'being_built' && state
      },
      { deadlineMs: 60_000, what: 'the console to be built, or not' },
    )
  } finally {
    await keeper.stop()
  }
}

const builderThat = async (source: string) => {
  const file = join(folder, `${Math.random()}.mjs`)
  await writeFile(file, source)
  return file
}

it('is built once: the second start finds it', async () => {
  const first = await outcomeOf({})
  if (first.kind !== 'built') throw new Error(first.reason)
  expect(first.console.hash).toBe(hashOfSources())
  expect(first.console.entry).toMatch(/^\/console\/assets\/main-/)
  const forbidden = await builderThat('console.error("built again"); process.exit(1)')
  expect(await outcomeOf({ builder: forbidden })).toEqual(first)
  // As a container image brings it along.
  expect(await outcomeOf({ builder: forbidden, prebuilt: places.usual, usual: closed })).toEqual(first)
})

it('what was left half written is built anew', async () => {
  const state = await outcomeOf({ usual: join(folder, 'half') })
  expect(state.kind).toBe('built')
  await rm(join(folder, 'half', hashOfSources(), '.vite'), { recursive: true })
  expect((await outcomeOf({ usual: join(folder, 'half') })).kind).toBe('built')
  expect(await readdir(join(folder, 'half'))).toEqual([hashOfSources()])
})

it('is kept with the data where the packages cannot be written', async () => {
  expect((await outcomeOf({ usual: closed })).kind).toBe('built')
  expect(await readdir(places.otherwise)).toEqual([hashOfSources()])
})

it('says why it could not be built', async () => {
  const usual = join(folder, 'failing')
  const broken = await builderThat('console.error("Unexpected token in main.tsx"); process.exit(1)')
  expect(await outcomeOf({ usual, otherwise: usual, builder: broken })).toEqual({
    kind: 'failed',
    reason: 'Unexpected token in main.tsx',
  })
  const bare = await builderThat('import "a-package-nobody-installed"')
  expect(await outcomeOf({ usual, otherwise: usual, builder: bare })).toMatchObject({
    kind: 'failed',
    reason: expect.stringContaining('npm run build:console'),
  })
})
