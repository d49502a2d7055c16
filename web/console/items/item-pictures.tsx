import { useQueryClient } from '@tanstack/react-query'
import { type DragEvent, useId, useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { FileField } from '../files/file-field.tsx'
import { PICTURE_FILES, pictureBody } from '../files/picture-file.ts'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { PictureList } from './picture-list.tsx'
import { pictureWords } from './picture-words.ts'

type Item = AnswerOf<'GET /api/admin/items/:id'>

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
        const body = pictureBody(file)
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
      <FileField
        ref={field}
        label={t.add}
        hint={t.hint}
        accept={PICTURE_FILES}
        multiple
        disabled={sending !== undefined}
        give={(files) => void send(files)}
      />
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
