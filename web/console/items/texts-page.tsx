import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { Failed, Loading, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { TEXT_NAMES, TextFields, trimmed, type WrittenTexts } from './texts.tsx'
import { writeWords } from './write-words.ts'

type Item = AnswerOf<'GET /api/admin/items/:id'>

/** The texts of an item, written anew; what changes is shown before it is saved. */
export function ItemTextsPage() {
  const t = useWords(writeWords)
  const { itemId } = useParams({ from: '/items/$itemId/texts' })
  const query = useQuery({
    queryKey: ['item', itemId],
    queryFn: () => call('GET /api/admin/items/:id', { params: { id: itemId } }),
  })
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.write}</h1>
        <div className="tools">
          <Link to="/items/$itemId" params={{ itemId }} className="button">
            {t.backToItem}
          </Link>
        </div>
      </div>
      {query.data ? (
        <Writing key={query.data.id} item={query.data} />
      ) : query.isError ? (
        <Failed error={query.error} again={() => void query.refetch()} />
      ) : (
        <Loading />
      )}
    </div>
  )
}

/** @param item as it stands now; it may become another version while somebody writes */
function Writing({ item }: { item: Item }) {
  const t = useWords(writeWords)
  const navigate = useNavigate()
  const client = useQueryClient()
  // Only what was typed: it stays when the item changes meanwhile, and what nobody has touched here follows the item.
  const [typed, setTyped] = useState<Partial<WrittenTexts>>({})
  const texts: WrittenTexts = { ...item, ...typed }
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const next = trimmed(texts)
  const changed = TEXT_NAMES.filter((name) => next[name] !== item[name])
  const save = async (event: FormEvent) => {
    event.preventDefault()
    if (running || changed.length === 0) return
    setRunning(true)
    setError(undefined)
    try {
      const saved = await call('PUT /api/admin/items/:id/texts', {
        params: { id: item.id },
        body: { ...next, version: item.version },
      })
      client.setQueryData(['item', item.id], saved)
      say(t.saved)
      void navigate({ to: '/items/$itemId', params: { itemId: item.id } })
    } catch (failure) {
      setRunning(false)
      if (failure instanceof ApiProblem && failure.code === 'item_changed_meanwhile') {
        say(t.changedMeanwhile, 'bad')
        void client.invalidateQueries({ queryKey: ['item', item.id] })
      } else setError(failure)
    }
  }
  return (
    <form className="panel" onSubmit={(event) => void save(event)}>
      <p className="quiet">{t.writeLead}</p>
      <TextFields
        texts={texts}
        registerTexts={item.registerTexts}
        change={(name, text) => setTyped((now) => ({ ...now, [name]: text }))}
      />
      <h2>{t.changes}</h2>
      {changed.length === 0 ? (
        <p role="status">{t.noChanges}</p>
      ) : (
        <div className="table-scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{t.field}</th>
                <th scope="col">{t.before}</th>
                <th scope="col">{t.after}</th>
              </tr>
            </thead>
            <tbody>
              {changed.map((name) => (
                <tr key={name}>
                  <th scope="row">{t.fields[name]}</th>
                  <td className="told">{item[name] === '' ? t.empty : item[name]}</td>
                  <td className="told">{next[name] === '' ? t.empty : next[name]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <button type="submit" className="main" disabled={running || changed.length === 0}>
        {t.save(changed.length)}
      </button>
    </form>
  )
}
