import { useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { call } from '../api/call.ts'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { bannerWords } from './words.ts'

const ACCEPTED = 'image/jpeg,image/png,image/webp,image/avif'

/** The picture of a banner: another one, or none. */
export function BannerPicture({
  id,
  version,
  changed,
  hasPicture,
}: {
  id: string
  version: number
  /** What is written beside it stays, and goes on from the version it has now. */
  changed(version: number): void
  hasPicture: boolean
}) {
  const t = useWords(bannerWords)
  const client = useQueryClient()
  const field = useId()
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const act = async (work: () => Promise<{ version: number }>, done: string) => {
    setRunning(true)
    setError(undefined)
    try {
      changed((await work()).version)
      say(done)
    } catch (failure) {
      setError(failure)
    }
    await client.invalidateQueries({ queryKey: ['banners'] })
    setRunning(false)
  }
  const at = { params: { id }, query: { version } }
  const give = (file: File | undefined) => {
    if (file === undefined) return
    const type = file.type.startsWith('image/') ? file.type : 'application/octet-stream'
    const body = new Blob([file], { type })
    void act(() => call('PUT /api/admin/banners/:id/picture', { ...at, body }), t.pictureGiven)
  }
  return (
    <section className="panel" aria-labelledby={`${field}-title`}>
      <h2 id={`${field}-title`}>{t.picture}</h2>
      <div className="field">
        <label htmlFor={field}>{t.pictureFile}</label>
        <input
          id={field}
          type="file"
          accept={ACCEPTED}
          disabled={running}
          aria-describedby={`${field}-hint`}
          onChange={(event) => give(event.target.files?.[0])}
        />
        <p className="quiet" id={`${field}-hint`}>
          {t.pictureHint}
        </p>
      </div>
      {hasPicture && (
        <button
          type="button"
          disabled={running}
          onClick={() => void act(() => call('DELETE /api/admin/banners/:id/picture', at), t.pictureTaken)}
        >
          {t.takePicture}
        </button>
      )}
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
    </section>
  )
}
