import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useId, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../../api/call.ts'
import { Badge } from '../../frame/stamp.tsx'
import { Said } from '../../frame/states.tsx'
import { say } from '../../frame/toasts.tsx'
import { useWords } from '../../words/use-words.ts'
import { noticeWords } from './words.ts'

type Item = AnswerOf<'GET /api/admin/items/:id'>
type Notice = Item['notice']
type TextPart = Exclude<keyof Notice, 'origin' | 'importDeclared' | 'geneticallyModified'>

/** So many letters the API takes; a part that is missing here does not compile. */
const MOST: Readonly<Record<TextPart, number>> = {
  makerAddress: 300,
  importer: 300,
  country: 100,
  contents: 500,
  ingredients: 5_000,
  nutrition: 5_000,
  sideEffects: 2_000,
  phone: 20,
}
const LONG: readonly TextPart[] = ['ingredients', 'nutrition', 'sideEffects']
const PARTS = Object.keys(MOST) as TextPart[]

/** What has to be told of an item: what is missing, and where it is written. */
export function ItemNotice({ item }: { item: Item }) {
  const t = useWords(noticeWords)
  const client = useQueryClient()
  const id = useId()
  // Only what was typed, so that it stays when the item changes meanwhile.
  const [typed, setTyped] = useState<Partial<Notice>>({})
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const notice: Notice = { ...item.notice, ...typed }
  const isImported = notice.origin === 'imported'
  // What is not imported has no importer and was not declared: what stood there goes.
  const next: Notice = isImported ? notice : { ...notice, importer: '', country: '', importDeclared: false }
  const isChanged = (Object.keys(next) as (keyof Notice)[]).some((part) => next[part] !== item.notice[part])
  const hidden: readonly TextPart[] = isImported ? ['makerAddress'] : ['importer', 'country']
  const save = async (event: FormEvent) => {
    event.preventDefault()
    if (running || !isChanged) return
    setRunning(true)
    setError(undefined)
    try {
      const saved = await call('PATCH /api/admin/items/:id', {
        params: { id: item.id },
        body: { version: item.version, notice: next },
      })
      client.setQueryData(['item', item.id], saved)
      setTyped({})
      say(t.saved)
    } catch (failure) {
      if (failure instanceof ApiProblem && failure.code === 'item_changed_meanwhile') {
        say(t.changed, 'bad')
        void client.invalidateQueries({ queryKey: ['item', item.id] })
      } else setError(failure)
    }
    setRunning(false)
  }
  return (
    <section className="panel" aria-labelledby={`${id}-title`} id="notice">
      <h2 id={`${id}-title`}>{t.title}</h2>
      <p className="quiet">{t.lead}</p>
      <Lacks item={item} />
      <details>
        <summary>{t.write}</summary>
        <form onSubmit={(event) => void save(event)}>
          <div className="field">
            <label htmlFor={`${id}-origin`}>{t.parts.origin}</label>
            <select
              id={`${id}-origin`}
              value={notice.origin ?? ''}
              onChange={(event) => {
                const { value } = event.target
                setTyped({ ...typed, origin: value === 'domestic' || value === 'imported' ? value : null })
              }}
            >
              <option value="">{t.origins.unknown}</option>
              <option value="domestic">{t.origins.domestic}</option>
              <option value="imported">{t.origins.imported}</option>
            </select>
          </div>
          {PARTS.filter((part) => !hidden.includes(part)).map((part) => {
            const field = {
              id: `${id}-${part}`,
              value: notice[part],
              maxLength: MOST[part],
              autoComplete: 'off',
              'aria-describedby': part === 'phone' ? `${id}-phone-hint` : undefined,
            }
            const change = (text: string) => setTyped({ ...typed, [part]: text })
            return (
              <div key={part} className="field">
                <label htmlFor={field.id}>{t.parts[part]}</label>
                {LONG.includes(part) ? (
                  <textarea {...field} rows={3} onChange={(event) => change(event.target.value)} />
                ) : (
                  <input {...field} onChange={(event) => change(event.target.value)} />
                )}
                {part === 'phone' && (
                  <p className="quiet" id={`${id}-phone-hint`}>
                    {t.phoneHint}
                  </p>
                )}
              </div>
            )
          })}
          {isImported && (
            <p>
              <label>
                <input
                  type="checkbox"
                  checked={notice.importDeclared}
                  onChange={(event) => setTyped({ ...typed, importDeclared: event.target.checked })}
                />{' '}
                {t.declared}
              </label>
            </p>
          )}
          <div className="field">
            <label htmlFor={`${id}-modified`}>{t.parts.geneticallyModified}</label>
            <select
              id={`${id}-modified`}
              value={notice.geneticallyModified === null ? '' : notice.geneticallyModified ? 'yes' : 'no'}
              onChange={(event) => {
                const { value } = event.target
                setTyped({ ...typed, geneticallyModified: value === '' ? null : value === 'yes' })
              }}
            >
              <option value="">{t.modified.unknown}</option>
              <option value="no">{t.modified.no}</option>
              <option value="yes">{t.modified.yes}</option>
            </select>
          </div>
          {error !== undefined && (
            <div className="state-failed" role="alert">
              <Said error={error} />
            </div>
          )}
          <button type="submit" className="main" disabled={running || !isChanged}>
            {t.save}
          </button>
        </form>
      </details>
    </section>
  )
}

/** What customers are not told yet. Some of it is written with the texts of the item. */
function Lacks({ item }: { item: Item }) {
  const t = useWords(noticeWords)
  const { noticeLacks: lacks } = item
  if (lacks.length === 0)
    return (
      <p>
        <Badge tone="good">{t.complete}</Badge>
      </p>
    )
  return (
    <>
      <p>
        <Badge tone="waiting">{t.lacking(lacks.length)}</Badge> {t.lackSays}
      </p>
      <ul>
        {lacks.map((lack) => (
          <li key={lack}>
            {t.parts[lack]}
            {!(lack in item.notice) && (
              <>
                {' '}
                (
                <Link to="/items/$itemId/texts" params={{ itemId: item.id }}>
                  {t.atTexts}
                </Link>
                )
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}
