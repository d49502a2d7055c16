import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge } from '../frame/stamp.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { pictureWords } from './picture-words.ts'

type Item = AnswerOf<'GET /api/admin/items/:id'>
type Picture = Item['pictures'][number]

/** The pictures of an item in their order, each with its words; moved by buttons, which keys reach. */
export function PictureList({ item }: { item: Item }) {
  const t = useWords(pictureWords)
  const client = useQueryClient()
  const list = useRef<HTMLOListElement>(null)
  /** The button that was pressed: it goes along with its picture, and stays the one that has the keys. */
  const [pressed, setPressed] = useState<string>()
  const [running, setRunning] = useState(false)
  const { pictures } = item
  // biome-ignore lint/correctness/useExhaustiveDependencies: after the list is drawn in another order
  useEffect(() => {
    if (pressed !== undefined) list.current?.querySelector<HTMLElement>(`[data-move="${pressed}"]`)?.focus()
  }, [pictures, pressed])

  const arrange = async (wish: readonly Picture[], done: string) => {
    if (running) return
    setRunning(true)
    try {
      const next = await call('PUT /api/admin/items/:id/pictures', {
        params: { id: item.id },
        body: { pictures: wish.map(({ id, alt }) => ({ id, alt })) },
      })
      client.setQueryData(['item', item.id], next)
      say(done)
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), 'bad')
      // Shown as they are now, so that the next try is about what is there.
      if (error instanceof ApiProblem) await client.invalidateQueries({ queryKey: ['item', item.id] })
    }
    setRunning(false)
  }
  const move = (from: number, by: -1 | 1) => {
    const wish = [...pictures]
    const [picture] = wish.splice(from, 1)
    if (!picture) return
    wish.splice(from + by, 0, picture)
    const isAtEnd = from + by === 0 || from + by === pictures.length - 1
    // At an end that button has nothing more to do, and the other one is at hand.
    setPressed(`${picture.id} ${isAtEnd ? -by : by}`)
    void arrange(wish, t.moved(from + by + 1))
  }
  if (pictures.length === 0) return null
  return (
    <ol className="pictures" aria-label={t.list} ref={list}>
      {pictures.map((picture, index) => (
        <li key={picture.id}>
          <a href={picture.address} target="_blank" rel="noreferrer" aria-label={t.seeFull(index + 1)}>
            <img src={picture.sizes[0]?.address} alt="" width="120" height="120" loading="lazy" />
          </a>
          <div>
            <p>
              {index === 0 ? <Badge tone="good">{t.main}</Badge> : <span>{t.place(index + 1)}</span>}{' '}
              <span className="quiet">
                {picture.width} × {picture.height}
              </span>
            </p>
            <p className="tools">
              <button
                type="button"
                data-move={`${picture.id} -1`}
                disabled={index === 0}
                aria-label={t.forward(index + 1)}
                onClick={() => move(index, -1)}
              >
                ↑
              </button>
              <button
                type="button"
                data-move={`${picture.id} 1`}
                disabled={index === pictures.length - 1}
                aria-label={t.backward(index + 1)}
                onClick={() => move(index, 1)}
              >
                ↓
              </button>
              <Danger
                label={t.remove}
                title={t.removeTitle}
                confirm={t.remove}
                reason="none"
                act={() =>
                  call('DELETE /api/admin/items/:id/pictures/:pictureId', {
                    params: { id: item.id, pictureId: picture.id },
                  })
                }
                done={(next) => {
                  client.setQueryData(['item', item.id], next)
                  say(t.removed)
                }}
              >
                <p>{t.removeSays(item.name, index + 1)}</p>
                {index === 0 && pictures.length > 1 && <p>{t.removeMain}</p>}
              </Danger>
            </p>
            <InWords
              key={`${picture.alt.ko} ${picture.alt.en}`}
              picture={picture}
              save={(alt) =>
                arrange(
                  pictures.map((one) => (one.id === picture.id ? { ...one, alt } : one)),
                  t.savedAlt,
                )
              }
            />
          </div>
        </li>
      ))}
    </ol>
  )
}

function InWords({ picture, save }: { picture: Picture; save(alt: Picture['alt']): Promise<void> }) {
  const t = useWords(pictureWords)
  const id = useId()
  const [ko, setKo] = useState(picture.alt.ko ?? '')
  const [en, setEn] = useState(picture.alt.en ?? '')
  const isChanged = ko !== (picture.alt.ko ?? '') || en !== (picture.alt.en ?? '')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void save({ ko: ko.trim() || null, en: en.trim() || null })
  }
  return (
    <form className="filters" onSubmit={submit}>
      <div className="filter">
        <label htmlFor={`${id}-ko`}>{t.altKo}</label>
        <input
          id={`${id}-ko`}
          value={ko}
          maxLength={200}
          autoComplete="off"
          title={t.altHint}
          onChange={(event) => setKo(event.target.value)}
        />
      </div>
      <div className="filter">
        <label htmlFor={`${id}-en`}>{t.altEn}</label>
        <input
          id={`${id}-en`}
          value={en}
          lang="en"
          maxLength={200}
          autoComplete="off"
          title={t.altHint}
          onChange={(event) => setEn(event.target.value)}
        />
      </div>
      <button type="submit" disabled={!isChanged}>
        {t.saveAlt}
      </button>
    </form>
  )
}
