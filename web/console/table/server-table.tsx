import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import {
  type RowData,
  type RowSelectionState,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'

import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useState } from 'react'
import type { ServiceApart } from '../../pages/console/session.ts'
import { Failed, Loading, Nothing, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { frameWords } from '../words/frame.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import { type Asked, askedBy, type Column, type Filter, type ListPage } from './columns.ts'
import { allRows, csvOf, download } from './csv.ts'
import { Filters } from './filters.tsx'
import { Pager } from './pager.tsx'
import { ScrollTable } from './scroll-table.tsx'

interface ServerTableProps<Row extends RowData> {
  /** Names what is asked for among all queries, and the file of a CSV. */
  name: string
  /** What the table is a table of. */
  label: string
  columns: readonly Column<Row>[]
  filters?: readonly Filter[]
  load(asked: Asked): Promise<ListPage<Row>>
  /** What types of events begin with after which the list is asked for again. */
  live?: readonly string[]
  /** The service that is asked, for what each has of its own. */
  at?: ServiceApart | undefined
  keyOf(row: Row): string
  /** Where a row leads, below /console. */
  linkOf?(row: Row): string | undefined
  /** What can be done with rows that are selected; without it rows cannot be. */
  batch?(rows: readonly Row[], done: () => void): ReactNode
  /** Beside the filters. */
  tools?: ReactNode
  /** What is said when there is nothing, and nothing can be filtered. */
  nothing?: string
}

const features = tableFeatures({ rowSelectionFeature })
const NONE: readonly never[] = []

/**
 * A list that the server filters, sorts and pages. What is shown stands in the address; it follows what happens; arrow
 * keys go from row to row, Enter opens one. Another service is another list: nothing of the one before stays, neither
 * rows nor what was selected, since services number what they have each for themselves.
 */
export function ServerTable<Row extends RowData>(props: ServerTableProps<Row>) {
  return <OneTable key={placeOf(props.at)} {...props} />
}

/** Whether something is chosen by a filter, or was before anybody chose. */
function leavesOut(filter: Filter, asked: Asked): boolean {
  const initially = filter.kind === 'choice' ? filter.initially : undefined
  const chosen = asked.filter(filter.name) ?? initially
  return chosen !== undefined && chosen !== 'all'
}

const placeOf = (at: ServiceApart | undefined) => at ?? 'shop'

function OneTable<Row extends RowData>(props: ServerTableProps<Row>) {
  const {
    name,
    label,
    columns,
    filters = NONE,
    load,
    live = NONE,
    at,
    keyOf,
    linkOf,
    batch,
    tools,
    nothing,
  } = props
  const t = useWords(frameWords)
  const language = useLanguage()
  const search = useSearch({ strict: false })
  const asked = askedBy(search)
  const query = useQuery({
    queryKey: [name, placeOf(at), language, search],
    queryFn: () => load(asked),
    // Of the same service only: the table is made anew for another one.
    placeholderData: keepPreviousData,
    meta: { live, at },
  })
  const rows = query.data?.data ?? (NONE as readonly Row[])
  const [selection, setSelection] = useState<RowSelectionState>({})
  // What is no longer shown is no longer selected: nobody does something to rows they do not see.
  const shown = useMemo(() => new Set(rows.map(keyOf)), [rows, keyOf])
  useEffect(() => {
    setSelection((now) => {
      const kept = Object.keys(now).filter((key) => shown.has(key))
      if (kept.length === Object.keys(now).length) return now
      return Object.fromEntries(kept.map((key) => [key, true as const]))
    })
  }, [shown])
  const table = useTable({
    features,
    data: rows,
    columns: useMemo(() => columns.map(({ id, header }) => ({ id, header })), [columns]),
    getRowId: keyOf,
    enableRowSelection: batch !== undefined,
    state: { rowSelection: selection },
    onRowSelectionChange: setSelection,
  })
  const byId = useMemo(() => new Map(columns.map((column) => [column.id, column])), [columns])
  const selected = rows.filter((row) => selection[keyOf(row)] === true)

  return (
    <div className="list">
      <div className="list-tools">
        {filters.length > 0 && <Filters filters={filters} />}
        {tools}
        <SaveCsv {...props} asked={asked} />
      </div>
      {batch !== undefined && selected.length > 0 && (
        <div className="batch" role="status">
          <strong>{t.table.selected(selected.length)}</strong>
          {batch(selected, () => setSelection({}))}
        </div>
      )}
      {query.isError && query.data !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={query.error} />
        </div>
      )}
      {query.data === undefined ? (
        query.isError ? (
          <Failed error={query.error} again={() => void query.refetch()} />
        ) : (
          <Loading />
        )
      ) : rows.length === 0 ? (
        <Nothing text={nothing} isFiltered={filters.some((one) => leavesOut(one, asked))} />
      ) : (
        <ScrollTable label={label} isBusy={query.isPlaceholderData}>
          <thead>
            <tr>
              {batch !== undefined && (
                <th scope="col" className="tick">
                  <input
                    type="checkbox"
                    aria-label={t.table.selectAll}
                    checked={table.getIsAllRowsSelected()}
                    onChange={(event) => table.toggleAllRowsSelected(event.target.checked)}
                  />
                </th>
              )}
              {columns.map((column) => (
                <Heading key={column.id} column={column} sort={asked.sort} />
              ))}
            </tr>
          </thead>
          <tbody onKeyDown={walk}>
            {table.getRowModel().rows.map((row) => (
              <tr key={row.id} className={row.getIsSelected() ? 'is-selected' : undefined}>
                {batch !== undefined && (
                  <td className="tick">
                    <input
                      type="checkbox"
                      aria-label={`${t.table.select} ${row.id}`}
                      checked={row.getIsSelected()}
                      onChange={(event) => row.toggleSelected(event.target.checked)}
                    />
                  </td>
                )}
                {row.getAllCells().map((cell, place) => {
                  const column = byId.get(cell.column.id)
                  if (!column) return null
                  const link = place === 0 ? linkOf?.(row.original) : undefined
                  const content = column.cell?.(row.original) ?? column.text(row.original)
                  return (
                    <td key={cell.id} className={column.isNumeric ? 'figures right' : undefined}>
                      {link === undefined ? (
                        content
                      ) : (
                        <Link to={link} className="row-link">
                          {content}
                        </Link>
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      )}
      {query.data?.page !== undefined && <Pager page={query.data.page} shown={rows.length} />}
    </div>
  )
}

function Heading<Row extends RowData>({ column, sort }: { column: Column<Row>; sort: string | undefined }) {
  const t = useWords(frameWords)
  const navigate = useNavigate()
  const { header, isNumeric, sort: orders } = column
  const name = isNumeric ? 'right' : undefined
  if (orders === undefined) {
    return (
      <th scope="col" className={name}>
        {header}
      </th>
    )
  }
  const { up, down } = orders
  const way = sort === undefined ? 'none' : sort === up ? 'ascending' : sort === down ? 'descending' : 'none'
  // Figures and moments are mostly looked at from the greatest.
  const next = way === 'descending' ? (up ?? down) : (down ?? up)
  return (
    <th scope="col" aria-sort={way} className={name}>
      <button
        type="button"
        className="bare"
        title={t.table.sortBy(header)}
        onClick={() =>
          void navigate({
            to: '.',
            search: (now: Record<string, unknown>) => ({
              ...now,
              sort: next,
              page: undefined,
              after: undefined,
            }),
          })
        }
      >
        {header}{' '}
        <span aria-hidden="true">{way === 'ascending' ? '▲' : way === 'descending' ? '▼' : '↕'}</span>
      </button>
    </th>
  )
}

function SaveCsv<Row extends RowData>({
  name,
  load,
  columns,
  asked,
}: ServerTableProps<Row> & { asked: Asked }) {
  const t = useWords(frameWords)
  const [busy, setBusy] = useState(false)
  const save = async () => {
    setBusy(true)
    try {
      const { rows, isCut } = await allRows(load, asked)
      download(`${name}.csv`, csvOf(columns, rows))
      say(isCut ? t.table.csvCut(rows.length) : t.table.csvDone(rows.length), isCut ? 'bad' : 'good')
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    setBusy(false)
  }
  return (
    <button type="button" className="csv" disabled={busy} onClick={() => void save()}>
      {t.table.csv}
    </button>
  )
}

/** Arrow keys go to the link of the next row, or the one before. */
function walk(event: KeyboardEvent<HTMLTableSectionElement>): void {
  const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (steps === undefined || !(event.target instanceof HTMLElement) || event.target.matches('input')) return
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('.row-link')]
  const here = links.indexOf(event.target)
  const next = links[here + steps]
  if (here < 0 || !next) return
  event.preventDefault()
  next.focus()
}
