import type { Logger } from '../../../platform/telemetry/log.ts'
import type { ImportDeps } from '../import/import-items.ts'
import { importRegister, isFailed, type RegisterImportOptions } from './import-register.ts'
import type { RegisterAddress } from './register-api.ts'
import { stuckToday } from './stuck-store.ts'
import { endedToday } from './walk-store.ts'
import { takeWanted, workDone } from './work-store.ts'

/** At night, a quarter of an hour at a time: what one does not finish the next one goes on with. */
export const NIGHTLY = { name: 'catalog.register', cron: '*/15 3-5 * * *' } as const
/** Ends before the next one begins, and before a stored command of a schedule counts as lost. */
const MOST_MS = 12 * 60_000

type Deps = ImportDeps & { readonly log: Logger }
type Options = Pick<RegisterImportOptions, 'limits' | 'pauses'>

/**
 * Imports the registers once a day; does nothing when each of them was read to its end today, or given up at a page that
 * will not come.
 */
export async function importNightly(
  deps: Deps,
  addresses: readonly RegisterAddress[],
  options: Options = {},
): Promise<void> {
  const { db, clock } = deps
  const sources = addresses.map(({ source }) => source)
  const [ended, stuck] = [await endedToday(db, sources, clock.now()), await stuckToday(db, clock.today())]
  if (sources.every((source) => ended.includes(source) || stuck.includes(source))) return
  const left = addresses.filter(({ source }) => !stuck.includes(source))
  await importAndLog(deps, left, { ...options, signal: AbortSignal.timeout(MOST_MS) })
}

/**
 * Imports the registers because somebody asked for it in the console, to their end.
 * @param stopping the process stops: another one is to go on
 */
export async function importAsked(
  deps: Deps,
  addresses: readonly RegisterAddress[],
  stopping: AbortSignal,
  options: Options = {},
): Promise<void> {
  if (!(await takeWanted(deps.db, deps.clock.now()))) return
  await importAndLog(deps, addresses, { ...options, signal: stopping })
  if (stopping.aborted) throw new Error('stopped with its process; the next try goes on')
  await workDone(deps.db)
}

async function importAndLog(
  deps: Deps,
  addresses: readonly RegisterAddress[],
  options: Omit<RegisterImportOptions, 'offer'>,
): Promise<void> {
  const { log } = deps
  const { registers } = await importRegister(deps, addresses, {
    ...options,
    offer: 'none',
    onRejected: ({ file, row, statementNumber, message }) =>
      log.info({ source: file, row, statementNumber, reason: message.en }, 'row of the register rejected'),
  })
  for (const register of registers) {
    const { stop, ...read } = register
    if (stop && read.stuck)
      log.error({ ...read, code: stop.code, reason: stop.message.en }, 'a page of the register does not come')
    else if (stop)
      log.warn({ ...read, code: stop.code, reason: stop.message.en }, 'the register was not read on')
    else if (read.ended && isFailed(register)) log.warn(read, 'the register was imported with gaps')
    else log.info(read, read.ended ? 'the register was imported' : 'the register is read on later')
  }
}
