import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useRef, useState } from 'react'
import { type AnswerOf, ApiProblem, call, newKey } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Failed, Loading, Nothing, Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { BannerPicture } from './banner-picture.tsx'
import { BannerFields, type Draft, draftOf, NEW_DRAFT, Preview, sentOf } from './fields.tsx'
import { bannerWords } from './words.ts'

type Banner = AnswerOf<'GET /api/admin/banners'>['data'][number]

/** A banner that is not there yet. */
export function NewBannerPage() {
  const t = useWords(bannerWords)
  const language = useLanguage()
  const navigate = useNavigate()
  const client = useQueryClient()
  const key = useRef(newKey())
  return (
    <Page title={t.add}>
      <Writing
        first={NEW_DRAFT}
        picture={null}
        save={async (draft) => {
          const body = sentOf(draft)
          const banner = await call('POST /api/admin/banners', { key: key.current, body }).catch(
            (failure: unknown) => {
              // A refusal is an answer: nothing was done. Without one the same key asks what became of it.
              if (failure instanceof ApiProblem && failure.status < 500) key.current = newKey()
              throw failure
            },
          )
          say(t.saved(banner.title[language]))
          await client.invalidateQueries({ queryKey: ['banners'] })
          void navigate({ to: '/banners/$bannerId', params: { bannerId: banner.id } })
        }}
      />
      <p className="quiet">{t.pictureLater}</p>
    </Page>
  )
}

/** One banner: what it says, its picture, and the way to be rid of it. */
export function BannerPage() {
  const t = useWords(bannerWords)
  const { bannerId } = useParams({ from: '/banners/$bannerId' })
  const query = useQuery({ queryKey: ['banners', 'all'], queryFn: () => call('GET /api/admin/banners') })
  const banner = query.data?.data.find(({ id }) => id === bannerId)
  return (
    <Page title={t.change}>
      {banner ? (
        <One key={banner.id} banner={banner} />
      ) : query.isError ? (
        <Failed error={query.error} again={() => void query.refetch()} />
      ) : query.isPending ? (
        <Loading />
      ) : (
        <Nothing text={t.nothing} />
      )}
    </Page>
  )
}

function One({ banner }: { banner: Banner }) {
  const t = useWords(bannerWords)
  const language = useLanguage()
  const navigate = useNavigate()
  const client = useQueryClient()
  const { id, picture } = banner
  // Of what was read or last changed here: what a colleague changes meanwhile is refused, and not written over.
  const [version, setVersion] = useState(banner.version)
  const name = banner.title[language]
  return (
    <>
      <Writing
        first={draftOf(banner)}
        picture={picture}
        save={async (draft) => {
          const body = { ...sentOf(draft), version }
          const saved = await call('PUT /api/admin/banners/:id', { params: { id }, body })
          setVersion(saved.version)
          say(t.saved(draft.title[language]))
          await client.invalidateQueries({ queryKey: ['banners'] })
        }}
      />
      <BannerPicture id={id} version={version} changed={setVersion} hasPicture={picture !== null} />
      <div>
        <Danger
          label={t.remove}
          title={t.removeTitle}
          confirm={t.remove}
          reason="none"
          act={() => call('DELETE /api/admin/banners/:id', { params: { id } })}
          done={() => {
            say(t.removed)
            void client.invalidateQueries({ queryKey: ['banners'] })
            void navigate({ to: '/banners' })
          }}
        >
          <p>{t.removeSays(name)}</p>
        </Danger>
      </div>
    </>
  )
}

function Page({ title, children }: { title: string; children: ReactNode }) {
  const t = useWords(bannerWords)
  return (
    <div className="page">
      <div className="page-head">
        <h1>{title}</h1>
        <div className="tools">
          <Link to="/banners" className="button">
            {t.back}
          </Link>
        </div>
      </div>
      {children}
    </div>
  )
}

interface WritingProps {
  first: Draft
  picture: Banner['picture']
  save(draft: Draft): Promise<void>
}

/** What is written is seen beside it as customers will see it, before anything is saved. */
function Writing({ first, picture, save }: WritingProps) {
  const t = useWords(bannerWords)
  const [draft, setDraft] = useState(first)
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      await save(draft)
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  return (
    <form className="panel" onSubmit={(event) => void submit(event)}>
      <BannerFields draft={draft} change={(more) => setDraft((now) => ({ ...now, ...more }))} />
      <Preview draft={draft} picture={picture} />
      {error !== undefined && (
        <div className="state-failed" role="alert">
          <Said error={error} />
        </div>
      )}
      <button type="submit" className="main" disabled={running}>
        {t.save}
      </button>
    </form>
  )
}
