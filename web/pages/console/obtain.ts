import { spawn } from 'node:child_process'
import { access, constants, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { Logger } from '../../../src/platform/telemetry/log.ts'
import { type BuiltConsole, readBuilt } from './built.ts'
import { BESIDE_PACKAGES, BUILDER, hashOfSources, PREBUILT } from './sources.ts'

/** How far the console is. */
export type ConsoleState =
  | { readonly kind: 'being_built' }
  | { readonly kind: 'built'; readonly console: BuiltConsole }
  | { readonly kind: 'failed'; readonly reason: string }

/** Keeps the console ready while the process serves; nothing else waits for it. */
export interface ConsoleKeeper {
  state(): ConsoleState
  /** Begins to find or build it. */
  start(): void
  /** Looks whether the sources have changed since, for those who work on them. */
  refresh(): void
  stop(): Promise<void>
}

/** Others are served first. */
const NICENESS = 10
const MOST_COMPLAINT = 4_000
/** What nobody asked for in so long is deleted when something newer was built. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1_000

export interface ConsolePlaces {
  /** Where it may have been built beforehand; nothing is written there. */
  readonly prebuilt: string
  /** Where it is kept. */
  readonly usual: string
  /** Where it is kept when the usual folder cannot be written. When this one cannot either, the console says so. */
  readonly otherwise: string
  /** The program that builds it. */
  readonly builder: string
}

/** @param folder of data, for when the folder of packages cannot be written, as in a read-only image */
export function consolePlaces(folder: string): ConsolePlaces {
  return { prebuilt: PREBUILT, usual: BESIDE_PACKAGES, otherwise: folder, builder: BUILDER }
}

/** Keeps the console for this process: one that is built already, or one that it has built. */
export function createConsoleKeeper(places: ConsolePlaces, log: Logger): ConsoleKeeper {
  let state: ConsoleState = { kind: 'being_built' }
  let working: Promise<void> | undefined
  /** Of which sources the state is. */
  let tried: string | undefined
  const stopping = new AbortController()

  const begin = () => {
    if (working !== undefined) return
    const find = async () => {
      tried = hashOfSources()
      return obtain(tried, places, { log, signal: stopping.signal })
    }
    working = find()
      .then((built) => {
        state = { kind: 'built', console: built }
      })
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return
        const reason = error instanceof Error ? error.message : String(error)
        state = { kind: 'failed', reason }
        log.error({ reason }, 'the console could not be built')
      })
      .finally(() => {
        working = undefined
      })
  }
  return {
    state: () => state,
    start: begin,
    refresh: () => {
      // What failed is shown, and would fail again: it is tried when something has been changed.
      if (working !== undefined || tried === hashOfSources()) return
      state = { kind: 'being_built' }
      begin()
    },
    stop: async () => {
      stopping.abort()
      await working
    },
  }
}

async function obtain(
  hash: string,
  { prebuilt, usual, otherwise, builder }: ConsolePlaces,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<BuiltConsole> {
  for (const place of [prebuilt, usual, otherwise]) {
    const found = readIfThere(join(place, hash), hash)
    if (found) return found
  }
  const place = (await writable(usual)) ? usual : otherwise
  const startedAt = performance.now()
  await runBuilder(builder, place, signal)
  const built = readBuilt(join(place, hash), hash)
  log.info({ ms: Math.round(performance.now() - startedAt) }, 'the console is built')
  await forgetOldBuilds(place, hash)
  return built
}

/** What is there but not whole is built again. */
function readIfThere(folder: string, hash: string): BuiltConsole | undefined {
  try {
    return readBuilt(folder, hash)
  } catch {
    return undefined
  }
}

async function writable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** @throws Error that says why, in words for those who run the shop */
function runBuilder(builder: string, place: string, signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const env = { ...process.env, NODE_ENV: 'production' }
    const child = spawn(process.execPath, [builder, place], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env,
      signal,
    })
    if (child.pid !== undefined) lower(child.pid)
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-MOST_COMPLAINT)
    })
    child.once('error', fail)
    child.once('close', (code) => {
      if (code === 0) done()
      else fail(new Error(reasonOf(complaint, code)))
    })
  })
}

function lower(pid: number): void {
  try {
    setPriority(pid, NICENESS)
  } catch {
    // It has ended already, and said why.
  }
}

function reasonOf(complaint: string, code: number | null): string {
  if (/Cannot find package/.test(complaint))
    return 'The packages that build the console are not installed (npm ci --omit=dev). Build it beforehand: npm run build:console'
  return complaint.trim() || `the builder ended with ${code}`
}

async function forgetOldBuilds(place: string, current: string): Promise<void> {
  for (const name of await readdir(place)) {
    if (name === current) continue
    const { mtimeMs } = await stat(join(place, name)).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs > KEPT_MS) await rm(join(place, name), { recursive: true, force: true })
  }
}
