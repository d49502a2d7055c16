import { fingerprintOf } from '../../../platform/http/idempotency.ts'
import { type FieldError, type Refused, refused, type Text } from '../../../platform/refusal.ts'
import type { CsvRow } from '../../../platform/text/csv.ts'
import { BUSINESS_TIME_ZONE } from '../../../platform/time/clock.ts'
import type { PaymentsDeps } from '../deps.ts'
import type { ProviderName, SettledMovement } from '../provider.ts'
import type { DayCompared } from '../rules/reconcile.ts'
import { compareWithBooks, type DayReconciled, keepCompared, totalOf } from './compared-day.ts'

/** Rows of one file, its head included. */
export const MOST_SETTLED_ROWS = 20_000

/** Errors told of one file; whoever has more has the wrong file. */
const MOST_ERRORS = 100

export interface ReconcileTable {
  provider: ProviderName
  day: Temporal.PlainDate
  table: readonly CsvRow[]
  /** User id, or 'system' for the command line. */
  actorId: string
  /** Whether it is kept: only told, by the token of what was told, or without having been told before. */
  keep: 'not_yet' | 'at_once' | { token: string }
}

export interface TableReconciled extends DayReconciled {
  /** Whether it was kept, or is only told. */
  applied: boolean
  /** Movements in the table, those of other days among them. */
  rows: number
  /** Charges less refunds of the day by the table, in won. */
  listedTotal: number
  /** Stands for this table, its day and what was found; with it, it is kept. */
  token: string
}

/**
 * The same as `reconcileDay`, for a provider that gives its list to people only: they bring it as a table. First it is told
 * what differs, and kept by the token of what was told. Rows of other days say what is late. The same table again finds the
 * same, and what a person decided stays decided.
 * Refusals: reconciliation_too_early (a day to come), settlement_table_unknown (no tables of this provider are read),
 * settlement_rows_wrong (what is wrong by row; nothing is kept), settlement_table_differs (the token is of another
 * table, or our books have changed since: what would be kept was not shown).
 */
export async function reconcileTable(
  deps: PaymentsDeps,
  { provider, day, table, actorId, keep }: ReconcileTable,
): Promise<
  | TableReconciled
  | Refused<
      | 'reconciliation_too_early'
      | 'settlement_table_unknown'
      | 'settlement_rows_wrong'
      | 'settlement_table_differs'
    >
> {
  if (Temporal.PlainDate.compare(day, deps.clock.today()) > 0) return refused('reconciliation_too_early')
  const read = deps.providers.get(provider)?.readTable
  if (!read) return refused('settlement_table_unknown', { facts: { provider } })
  const { movements, errors } = read(table)
  // By its bounds: asking the calendar for every row would hold everybody else up.
  const [from, to] = [startOf(day), startOf(day.add({ days: 1 }))]
  const { listed = [], around = [] } = Object.groupBy(movements, ({ at: { epochMilliseconds: ms } }) =>
    ms >= from && ms < to ? 'listed' : 'around',
  )
  const [first] = movements
  const wrong = [...errors]
  if (table.length > MOST_SETTLED_ROWS) wrong.push(rowError(MOST_SETTLED_ROWS + 1, 'too_many', TOO_MANY))
  else if (first && listed.length === 0) wrong.push(rowError(first.line, 'other_day', OTHER_DAY))
  if (wrong.length > 0)
    return refused('settlement_rows_wrong', {
      errors: wrong.slice(0, MOST_ERRORS),
      facts: { wrongRows: wrong.length },
    })
  const result = await compareWithBooks(deps, { provider, day }, listed, around)
  const expected = tokenOf({ provider, day }, movements, result)
  if (typeof keep === 'object' && keep.token !== expected) return refused('settlement_table_differs')
  const applied = keep !== 'not_yet'
  if (applied) await keepCompared(deps, { provider, day }, result, listed, { actorId })
  const rows = movements.length
  const told = { applied, rows, listedTotal: totalOf(listed), token: expected }
  return { kind: 'reconciled', provider, day, ...result, ...told }
}

const startOf = (day: Temporal.PlainDate) => day.toZonedDateTime(BUSINESS_TIME_ZONE).epochMilliseconds

/** Of the table, and of what was found in it: our books may have changed since it was shown. */
function tokenOf(
  { provider, day }: Pick<ReconcileTable, 'provider' | 'day'>,
  movements: readonly SettledMovement[],
  { matched, late, differences }: DayCompared,
): string {
  const table = movements.map(({ at, ...movement }) => ({ ...movement, at: at.toString() }))
  return fingerprintOf({ provider, day: day.toString(), table, matched, late, differences })
}

function rowError(line: number, code: string, message: Text): FieldError {
  return { field: `rows.${line}`, code, message }
}

const OTHER_DAY: Text = {
  ko: '이 표에는 고른 날짜의 거래가 없습니다. 날짜나 파일을 확인해 주세요.',
  en: 'This table has no row of the chosen day. Please check the day, or the file.',
}
const TOO_MANY: Text = {
  ko: `한 번에 ${MOST_SETTLED_ROWS}줄까지 올릴 수 있습니다. 하루씩 나누어 주세요.`,
  en: `A file has at most ${MOST_SETTLED_ROWS} rows. Please divide it by days.`,
}
