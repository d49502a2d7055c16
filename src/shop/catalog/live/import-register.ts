import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Text } from '../../../platform/refusal.ts'
import { pauseBefore } from '../../../platform/resilience/safe-retry.ts'
import type { ImportDeps, RowDoubted, RowRejected } from '../import/import-items.ts'
import type { OfficialSource } from '../import/public-envelope.ts'
import type { Offer } from '../import/store-rows.ts'
import { rebuildSearchDocuments } from '../search/search-rules.ts'
import { type ItemChange, type KeepPage, storingPages, tryingPages } from './keep-page.ts'
import { type Page, type Trouble, trouble } from './read-page.ts'
import { type ApiLimits, type RegisterAddress, type RegisterApi, registerApi } from './register-api.ts'
import { forgetBehind, forgetUnread, noteUnread, readStuckPages, type StuckPage } from './stuck-store.ts'
import { asEnd, isOfThePage, PAGE_SIZES, type Position, pastPage, stepAfter, type Walk } from './walk.ts'
import { dropWalks, openRun, takeCall, useUpCalls } from './walk-store.ts'
import { beginWork, endWork, goesOn, noteStop } from './work-store.ts'

/** Why a register was not read to its end. */
export interface RegisterStop {
  readonly code: string
  readonly message: Text
}

/** How far a register was read in this run, by this command and the ones before it. */
export interface RegisterRead extends Omit<Walk, 'runId' | 'pageSize' | 'lastPage' | 'stoppedBy' | 'turns'> {
  /** The row at which this command began. */
  readonly beganAt: number
  /** Undefined when it was read to its end, or somebody asked to stop. */
  readonly stop: RegisterStop | undefined
  /** It stopped at a page that was asked for on so many days that it is given up: the next import begins anew. */
  readonly stuck: boolean
}

/** With a larger share of rejected rows the register is hardly what it should be. */
const MOST_REJECTED = 0.05

/** Whether somebody should look at what became of a register. */
export function isFailed({ stop, read, rejected, missed }: RegisterRead): boolean {
  return stop !== undefined || read === 0 || missed > 0 || rejected > read * MOST_REJECTED
}

export interface RegisterReport {
  /** Those that were left to read when the command began. */
  readonly registers: readonly RegisterRead[]
  /** True when the signal or somebody in the console ended the import early; running it again continues. */
  readonly stopped: boolean
}

export interface RegisterImportOptions {
  readonly offer: Offer
  /** Changes nothing, and says what would change; begins at the first row. */
  readonly dryRun?: boolean
  /** Gives up a run that did not come to its end, and begins at the first row. */
  readonly restart?: boolean
  readonly signal?: AbortSignal
  /** After every page. */
  readonly onProgress?: (walk: Pick<Walk, 'source' | 'nextRow' | 'announced' | 'read'>) => void
  /** Before a page is asked for again. */
  readonly onWait?: (waiting: { source: OfficialSource; message: Text; ms: number }) => void
  readonly onRejected?: (row: RowRejected) => void
  readonly onDoubted?: (row: RowDoubted) => void
  /** Of a dry run. */
  readonly onChange?: (change: ItemChange) => void
  /** For tests. */
  readonly limits?: ApiLimits
  readonly pauses?: { readonly baseMs: number; readonly maxMs: number }
}

/** How often a page is asked for. */
const TRIES = 5
/** The registers are given time: about half a minute in all. */
const PAUSES = { baseMs: 2_000, maxMs: 60_000 }

const OVERTAKEN: RegisterStop = {
  code: 'overtaken',
  message: {
    ko: '다른 곳에서 같은 가져오기를 이어 가고 있습니다.',
    en: 'Somebody else is reading it and has gone on meanwhile.',
  },
}

/**
 * Imports the public registers by their APIs. Every page is stored with the place where the walk is, in one
 * transaction: an import that is stopped or killed at any point goes on at the next page when it is run again, whoever
 * runs it. Calls are counted before they are made and never exceed what a register allows in a day. Prices, stock and
 * status of known items are never touched.
 */
export async function importRegister(
  deps: ImportDeps,
  addresses: readonly RegisterAddress[],
  options: RegisterImportOptions,
): Promise<RegisterReport> {
  const { db, clock } = deps
  const sources = addresses.map(({ source }) => source)
  const { dryRun = false, restart = false, signal = new AbortController().signal } = options
  if (!dryRun) {
    await beginWork(db, clock.now())
    await rebuildSearchDocuments(db)
  }
  if (restart && !dryRun) await dropWalks(db, sources)
  const walks = dryRun ? sources.map(firstStep) : await openRun(db, sources, clock.now())
  const keep = dryRun
    ? tryingPages(db)
    : storingPages({ db, now: clock.now, committed: deps.committed }, options.offer)
  const registers: RegisterRead[] = []
  try {
    for (const walk of walks) await readOne(walk)
  } finally {
    if (!dryRun) await endWork(db)
  }
  return { registers, stopped: registers.some(({ ended, stop }) => !ended && !stop) }

  async function readOne(walk: Walk): Promise<void> {
    const address = addresses.find(({ source }) => source === walk.source)
    if (address === undefined) return
    const api = registerApi(address, options.limits)
    try {
      const unread = dryRun ? [] : await readStuckPages(db)
      const known = unread.filter(({ source }) => source === walk.source)
      const walking = { deps, address, api, keep, options, signal, known }
      const { walk: reached, stop } = await walkThrough(walking, walk)
      const stuck = stop !== undefined && !dryRun && (await noteWhy(address, reached, stop))
      registers.push(asRead(reached, walk.nextRow, { stop, stuck }))
    } finally {
      await api.close()
    }
  }

  /** Keeps why it was not read on, and where. @returns whether it will not be read on any more */
  async function noteWhy(address: RegisterAddress, at: Walk, stop: RegisterStop): Promise<boolean> {
    if (stop === OVERTAKEN) return false
    await noteStop(db, at, stop)
    if (!isOfThePage(at, stop) || !(await isThere(address))) return false
    const when = { today: clock.today(), now: clock.now(), mostDays: address.stuckAfterDays }
    const page = await noteUnread(db, at, when)
    return page !== undefined && page.stuckAt !== null && !page.skipped
  }

  /**
   * Whether the register gives its first page: a service that is out of order gives none, and the one it stopped at is
   * not to blame. Asked apart from the calls before, after which nothing is sent for a while.
   */
  async function isThere(address: RegisterAddress): Promise<boolean> {
    const { source, callsADay } = address
    if (!(await takeCall(db, source, clock.today(), callsADay))) return false
    const api = registerApi(address, options.limits)
    try {
      const answer = await api.ask(1, PAGE_SIZES[source], signal)
      return answer.kind === 'page' && answer.rows.length > 0
    } finally {
      await api.close()
    }
  }
}

function firstStep(source: OfficialSource): Walk {
  const nothing = { read: 0, added: 0, changed: 0, unchanged: 0, rejected: 0, doubted: 0 }
  const place = {
    nextRow: 1,
    announced: 0,
    missed: 0,
    turns: 0,
    lastPage: null,
    stoppedBy: null,
    ended: false,
  }
  return { runId: '', source, pageSize: PAGE_SIZES[source], ...place, ...nothing }
}

function asRead(
  walk: Walk,
  beganAt: number,
  end: { stop: RegisterStop | undefined; stuck: boolean },
): RegisterRead {
  const { runId: _, pageSize: __, lastPage: ___, stoppedBy: ____, turns: _____, ...read } = walk
  return { ...read, beganAt, ...end }
}

interface Walking {
  readonly deps: ImportDeps
  readonly address: RegisterAddress
  readonly api: RegisterApi
  readonly keep: KeepPage
  readonly options: RegisterImportOptions
  readonly signal: AbortSignal
  /** Pages that earlier imports did not get. */
  readonly known: readonly StuckPage[]
}

async function walkThrough(
  walking: Walking,
  from: Walk,
): Promise<{ walk: Walk; stop: RegisterStop | undefined }> {
  const { deps, keep, options, signal, known } = walking
  let walk = from
  while (!walk.ended && !signal.aborted) {
    const next = await nextPage(walking, walk)
    if (next.kind === 'stopped') break
    const unread = known.find(({ nextRow }) => nextRow === walk.nextRow)
    const isPast = next.kind === 'trouble' && unread?.skipped === true && isOfThePage(walk, next)
    if (next.kind === 'trouble' && !isPast) return { walk, stop: next }
    const taken = next.kind === 'page' ? next : { page: NO_ROWS, to: pastPage(walk) }
    const kept = await keep(walk, taken.page, taken.to)
    if (kept === 'overtaken') return { walk, stop: OVERTAKEN }
    if (unread !== undefined && !isPast) await forgetUnread(deps.db, unread)
    walk = kept.walk
    if (walk.ended && known.some(({ nextRow }) => nextRow > walk.nextRow)) await forgetBehind(deps.db, walk)
    for (const row of kept.rejected) options.onRejected?.(row)
    for (const row of kept.doubted) options.onDoubted?.(row)
    for (const change of kept.changes) options.onChange?.(change)
    options.onProgress?.(walk)
  }
  return { walk, stop: undefined }
}

const NO_ROWS: Page = { kind: 'page', rows: [], total: 0 }

/** Asks for the next page until one comes that may be taken, as often and as slowly as is decent. */
async function nextPage(
  { deps: { db, clock }, address, api, options, signal }: Walking,
  walk: Walk,
): Promise<{ kind: 'page'; page: Page; to: Position } | Trouble | { kind: 'stopped' }> {
  const { source, callsADay } = address
  for (let tries = 1; ; tries += 1) {
    if (options.dryRun !== true && !(await goesOn(db, clock.now()))) return { kind: 'stopped' }
    const day = clock.today()
    if (!(await takeCall(db, source, day, callsADay))) return dayIsOver(callsADay)
    const last = tries === TRIES
    const answer = asEnd(walk, await api.ask(walk.nextRow, walk.pageSize, signal), last)
    if (signal.aborted) return { kind: 'stopped' }
    let wrong: Trouble
    if (answer.kind === 'page') {
      const step = stepAfter(walk, answer, printOf(answer), last)
      if (step.kind === 'take') return { kind: 'page', page: answer, to: step.to }
      if (step.kind === 'back') return { kind: 'page', page: NO_ROWS, to: step.to }
      wrong = trouble(step.code)
    } else wrong = answer
    if (wrong.retry === 'tomorrow') await useUpCalls(db, source, day, callsADay)
    if (wrong.retry !== 'soon' || last) return wrong
    const ms = pauseBefore(tries + 1, Math.random(), options.pauses ?? PAUSES)
    options.onWait?.({ source, message: wrong.message, ms })
    await sleep(ms, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return { kind: 'stopped' }
  }
}

function dayIsOver(calls: number): Trouble {
  return {
    kind: 'trouble',
    code: 'calls_used_up',
    retry: 'tomorrow',
    message: {
      ko: `오늘 쓸 수 있는 호출 ${calls}번을 모두 썼습니다.`,
      en: `The ${calls} calls of today are used up.`,
    },
  }
}

const printOf = ({ rows }: Page): string =>
  createHash('sha256')
    .update(rows.map(({ text }) => text).join('\n'))
    .digest('base64url')
