import { type AnswerOf, call } from '../api/call.ts'
import { OnePicture } from '../files/one-picture.tsx'
import { useWords } from '../words/use-words.ts'
import { booksWords } from './words.ts'

/** The picture of a title's cover: another one, or none, and then readers see a drawn one. */
export function BookCover({
  book: { id, version, picture },
  changed,
}: {
  book: Pick<AnswerOf<'GET /api/books/:id'>, 'id' | 'version' | 'picture'>
  changed(text: string): void
}) {
  const t = useWords(booksWords)
  const at = { params: { id }, query: { version } }
  const address = picture === null ? `/pictures/books/${id}.svg` : `/api/books/pictures/${picture}-320.webp`
  return (
    <OnePicture
      title={t.cover}
      label={t.coverFile}
      hint={t.coverHint}
      takeAway={t.takeCover}
      hasPicture={picture !== null}
      give={async (body) => {
        await call('PUT /api/books/:id/picture', { ...at, body })
        changed(t.coverGiven)
      }}
      take={async () => {
        await call('DELETE /api/books/:id/picture', at)
        changed(t.coverTaken)
      }}
    >
      <img src={address} alt={picture === null ? t.coverDrawn : t.cover} width={120} />
    </OnePicture>
  )
}
