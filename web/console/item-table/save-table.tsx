import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { Failed } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { noticeWords } from '../items/notice/words.ts'
import { itemWords } from '../items/words.ts'
import { saveTable, TABLE_FORMS, type TableForm } from '../table/table-file.ts'
import { useWords } from '../words/use-words.ts'
import { tableWords } from './words.ts'

const STATUSES = ['on_sale', 'sold_out', 'hidden'] as const
const NOTICES = ['incomplete', 'complete'] as const
const KINDS = ['offer', 'notice'] as const
/** Rows of one table, as the API gives them. */
const ROWS = 1_000

/** The table of items as a file. One file has so many rows as can be brought back at once. */
export function SaveTable() {
  const t = useWords(tableWords)
  const { statuses } = useWords(itemWords)
  const notices = useWords(noticeWords)
  const [columns, setColumns] = useState<(typeof KINDS)[number]>('offer')
  const [notice, setNotice] = useState<(typeof NOTICES)[number]>()
  const [keyword, setKeyword] = useState('')
  const [status, setStatus] = useState<(typeof STATUSES)[number]>()
  const [part, setPart] = useState(1)
  const [busy, setBusy] = useState(false)
  const asked = { status, notice, keyword: keyword.trim() === '' ? undefined : keyword.trim() }
  const query = useQuery({
    queryKey: ['items', 'counted', asked],
    queryFn: () => call('GET /api/admin/items', { query: { ...asked, page: 1, size: 1 } }),
    placeholderData: keepPreviousData,
    meta: { live: ['shop.catalog.'] },
  })
  const found = query.data?.page.totalElements ?? 0
  const parts = Math.max(1, Math.ceil(found / ROWS))
  const shown = Math.min(part, parts)
  const save = async (form: TableForm) => {
    setBusy(true)
    try {
      const file = columns === 'offer' ? 'items' : 'item-notices'
      const name = parts === 1 ? `${file}.${form}` : `${file}-${shown}.${form}`
      await saveTable(`GET /api/admin/items/table.${form}`, name, {
        query: { ...asked, columns, page: shown },
      })
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
    }
    setBusy(false)
  }
  return (
    <section className="panel" aria-labelledby="table-out">
      <h2 id="table-out">{t.out}</h2>
      <div className="filters">
        <div className="filter">
          <label htmlFor="table-kind">{t.kind}</label>
          <select
            id="table-kind"
            value={columns}
            onChange={(event) => setColumns(KINDS.find((known) => known === event.target.value) ?? 'offer')}
          >
            {KINDS.map((known) => (
              <option key={known} value={known}>
                {t.kinds[known]}
              </option>
            ))}
          </select>
        </div>
        <div className="filter">
          <label htmlFor="table-keyword">{t.keyword}</label>
          <input
            id="table-keyword"
            value={keyword}
            maxLength={100}
            autoComplete="off"
            onChange={(event) => setKeyword(event.target.value)}
          />
        </div>
        <div className="filter">
          <label htmlFor="table-status">{t.status}</label>
          <select
            id="table-status"
            value={status ?? ''}
            onChange={(event) => setStatus(STATUSES.find((known) => known === event.target.value))}
          >
            <option value="">{t.all}</option>
            {STATUSES.map((known) => (
              <option key={known} value={known}>
                {statuses[known]}
              </option>
            ))}
          </select>
        </div>
        <div className="filter">
          <label htmlFor="table-notice">{notices.filter}</label>
          <select
            id="table-notice"
            value={notice ?? ''}
            onChange={(event) => setNotice(NOTICES.find((known) => known === event.target.value))}
          >
            <option value="">{t.all}</option>
            {NOTICES.map((known) => (
              <option key={known} value={known}>
                {notices.states[known]}
              </option>
            ))}
          </select>
        </div>
        {parts > 1 && (
          <div className="filter">
            <label htmlFor="table-part">{t.part}</label>
            <input
              id="table-part"
              type="number"
              min={1}
              max={parts}
              value={shown}
              onChange={(event) => setPart(Math.max(1, Number(event.target.value) || 1))}
            />
          </div>
        )}
        {TABLE_FORMS.map((form) => (
          <button key={form} type="button" disabled={busy || found === 0} onClick={() => void save(form)}>
            {t.save(shown, parts)} ({t.forms[form]})
          </button>
        ))}
      </div>
      <p className="quiet" role="status">
        {query.data && t.found(found)} {parts > 1 && t.partHint(ROWS)}
      </p>
      {query.isError && <Failed error={query.error} again={() => void query.refetch()} />}
    </section>
  )
}
