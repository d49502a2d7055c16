import { sql } from 'kysely'
import Type, { type Static } from 'typebox'
import type { Db, Tx } from '../../../platform/database/database.ts'
import { Instant, orNull } from '../../../platform/http/schemas.ts'
import type { Text } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import type { OfficialSource } from '../import/public-envelope.ts'
import type { RegisterAddress } from './register-api.ts'
import { readStuckPages } from './stuck-store.ts'
import { PAGE_SIZES } from './walk.ts'

const Count = (description: string) => Type.Integer({ minimum: 0, description })

const RegisterState = Type.Object({
  source: Type.Enum(['c003', 'htfs'], { description: '식품안전나라 C003, data.go.kr HtfsInfoService03' }),
  callsToday: Count('Calls made today, in Seoul'),
  callsADay: orNull(Count('Calls allowed in a day'), 'Null: no key is set, it is not asked'),
  lastRead: orNull(
    Type.Object({
      pages: Count('Pages read'),
      ofPages: Count('Pages there are, by what the register announced'),
      read: Count('Rows read'),
      added: Count('Items added'),
      changed: Count('Items changed'),
      unchanged: Count('Rows that changed nothing'),
      rejected: Count('Rows that could not be taken'),
      missed: Count('Rows announced but never brought'),
      updatedAt: Instant(),
      endedAt: orNull(Instant(), 'Null: it was not read to its end'),
      stop: orNull(
        Type.Object({ code: Type.String(), ko: Type.String(), en: Type.String() }),
        'Why it was not read on',
      ),
    }),
    'Null: it was not asked in the last run',
  ),
  stuck: orNull(
    Type.Object({
      row: Type.Integer({ minimum: 2, description: 'Row at which the page begins' }),
      rows: Count('Rows of a page'),
      days: Count('Days on which it was asked for in vain'),
      since: Instant(),
      skipped: Type.Boolean({ description: 'Imports go on behind it while it cannot be read' }),
    }),
    'The first page that does not come and for which the register is given up, or else the first that is skipped; null: there is none',
  ),
})

/** How the latest import of the registers stands. */
export const RegisterImport = Type.Object({
  state: Type.Enum(['idle', 'waiting', 'running', 'stopping'], {
    description: 'idle: nobody imports; waiting: asked for, and about to begin',
  }),
  startedAt: orNull(Instant(), 'Of the last run; it may go over several days'),
  callsLeft: Count('Calls an import may use today'),
  registers: Type.Array(RegisterState, { maxItems: 2 }),
})
export type RegisterImport = Static<typeof RegisterImport>

const SOURCES: readonly OfficialSource[] = ['c003', 'htfs']

interface WalkRow {
  source: OfficialSource
  started_at: Temporal.Instant
  page_size: number
  next_row: number
  announced: number
  rows_read: number
  added: number
  changed: number
  unchanged: number
  rejected: number
  missed: number
  updated_at: Temporal.Instant
  ended_at: Temporal.Instant | null
  stop_code: string | null
  stop_message: Text | null
}

/** How the latest import stands, whoever does it, and what may be asked today. */
export async function readState(
  db: Db | Tx,
  clock: Clock,
  addresses: readonly RegisterAddress[],
): Promise<RegisterImport> {
  const { rows: walks } = await sql<WalkRow>`
    select walk.*, started_at from catalog.register_walk as walk
      join catalog.register_run as run on run.id = run_id
    where run_id = (select id from catalog.register_run order by started_at desc limit 1)`.execute(db)
  const { rows: calls } = await sql<{ source: OfficialSource; calls: number }>`
    select source, calls from catalog.register_calls where day = ${clock.today()}::date`.execute(db)
  const unread = await readStuckPages(db)
  const registers = SOURCES.map((source) => {
    const walk = walks.find((each) => each.source === source)
    const page = unread.find((each) => each.source === source && each.stuckAt !== null)
    return {
      source,
      callsToday: calls.find((each) => each.source === source)?.calls ?? 0,
      callsADay: addresses.find((each) => each.source === source)?.callsADay ?? null,
      lastRead: walk === undefined ? null : lastRead(walk),
      stuck:
        page === undefined || page.stuckAt === null
          ? null
          : {
              row: page.nextRow,
              rows: PAGE_SIZES[source],
              days: page.failedDays,
              since: page.stuckAt.toString(),
              skipped: page.skipped,
            },
    }
  })
  const left = registers.map(({ callsADay, callsToday }) => Math.max(0, (callsADay ?? 0) - callsToday))
  return {
    state: await workState(db, clock.now()),
    startedAt: walks[0]?.started_at.toString() ?? null,
    callsLeft: left.reduce((sum, each) => sum + each, 0),
    registers,
  }
}

async function workState(db: Db | Tx, now: Temporal.Instant): Promise<RegisterImport['state']> {
  const { rows } = await sql<{ isBusy: boolean; isWanted: boolean; isToStop: boolean }>`
    select coalesce(busy_until > ${now}::timestamptz, false) as "isBusy", wanted_at is not null as "isWanted",
      stop_at is not null as "isToStop"
    from catalog.register_work`.execute(db)
  const [work] = rows
  if (work?.isBusy) return work.isToStop ? 'stopping' : 'running'
  return work?.isWanted ? 'waiting' : 'idle'
}

function lastRead(walk: WalkRow): NonNullable<RegisterImport['registers'][number]['lastRead']> {
  const size = walk.page_size
  // What ended stays at the page it ended with, which was read.
  const pages = Math.ceil((walk.next_row - 1) / size) + (walk.ended_at === null ? 0 : 1)
  const { added, changed, unchanged, rejected, missed, stop_code: code, stop_message: message } = walk
  return {
    pages,
    ofPages: Math.max(pages, Math.ceil(walk.announced / size)),
    read: walk.rows_read,
    added,
    changed,
    unchanged,
    rejected,
    missed,
    updatedAt: walk.updated_at.toString(),
    endedAt: walk.ended_at?.toString() ?? null,
    stop: code === null || message === null ? null : { code, ...message },
  }
}
