import { useQueryClient } from '@tanstack/react-query'
import { type DragEvent, useId, useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { PictureList } from './picture-list.tsx'
import { pictureWords } from './picture-words.ts'

type Item = AnswerOf<'GET /api/admin/items/:id'>

const ACCEPTED = 'image/jpeg,image/png,image/webp,image/avif'
/** What a browser does not know is sent all the same: the server says by name what it is. */
const UNKNOWN = 'application/octet-stream'

interface NotAdded {
  readonly name: string
  readonly why: string
}

/** What customers see of an item: chosen or dropped files come as the last ones, one after the other. */
export function ItemPictures({ item }: { item: Item }) {
  const t = useWords(pictureWords)
  const client = useQueryClient()
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const [sending, setSending] = useState<{ place: number; all: number }>()
  const [notAdded, setNotAdded] = useState<readonly NotAdded[]>([])

  const send = async (files: readonly File[]) => {
    if (sending || files.length === 0) return
    setNotAdded([])
    const failures: NotAdded[] = []
    for (const [index, file] of files.entries()) {
      setSending({ place: index + 1, all: files.length })
      try {
        const body = new Blob([file], { type: file.type.startsWith('image/') ? file.type : UNKNOWN })
        const next = await call('POST /api/admin/items/:id/pictures', { params: { id: item.id }, body })
        client.setQueryData(['item', item.id], next)
      } catch (error) {
        failures.push({ name: file.name, why: error instanceof ApiProblem ? error.message : t.lost })
      }
    }
    setSending(undefined)
    setNotAdded(failures)
    if (failures.length < files.length) say(t.added(files.length - failures.length))
    if (field.current) field.current.value = ''
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    void send([...event.dataTransfer.files])
  }
  return (
    <section
      className="panel"
      aria-labelledby={`${id}-title`}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <h2 id={`${id}-title`}>{t.title}</h2>
      <p className="quiet">{item.pictures.length === 0 ? t.none : t.lead}</p>
      <PictureList item={item} />
      <div className="field">
        <label htmlFor={`${id}-file`}>{t.add}</label>
        <input
          id={`${id}-file`}
          ref={field}
          type="file"
          accept={ACCEPTED}
          multiple
          disabled={sending !== undefined}
          aria-describedby={`${id}-hint`}
          onChange={(event) => void send([...(event.target.files ?? [])])}
        />
        <p className="quiet" id={`${id}-hint`}>
          {t.hint}
        </p>
      </div>
      <div role="status">
        {sending && (
          <p>
            {t.adding(sending.place, sending.all)}{' '}
            <progress
              max={sending.all}
              value={sending.place - 1}
              aria-label={t.adding(sending.place, sending.all)}
            />
          </p>
        )}
      </div>
      {notAdded.length > 0 && (
        <div className="state-failed" role="alert">
          <p>
            <strong>{t.notAdded(notAdded.length)}</strong>
          </p>
          <ul>
            {notAdded.map(({ name, why }) => (
              <li key={name}>
                {name}: {why}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  )
}
