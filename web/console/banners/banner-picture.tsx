import { useQueryClient } from '@tanstack/react-query'
import { call } from '../api/call.ts'
import { OnePicture } from '../files/one-picture.tsx'
import { say } from '../frame/toasts.tsx'
import { useWords } from '../words/use-words.ts'
import { bannerWords } from './words.ts'

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
  const act = async (work: Promise<{ version: number }>, done: string) => {
    try {
      changed((await work).version)
      say(done)
    } finally {
      await client.invalidateQueries({ queryKey: ['banners'] })
    }
  }
  const at = { params: { id }, query: { version } }
  return (
    <OnePicture
      title={t.picture}
      label={t.pictureFile}
      hint={t.pictureHint}
      takeAway={t.takePicture}
      hasPicture={hasPicture}
      give={(body) => act(call('PUT /api/admin/banners/:id/picture', { ...at, body }), t.pictureGiven)}
      take={() => act(call('DELETE /api/admin/banners/:id/picture', at), t.pictureTaken)}
    />
  )
}
