import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { followChanges, type Liveness } from '../api/live.ts'
import { logOut, openSession, type Session } from '../api/session.ts'
import { rooms } from '../rooms.ts'
import { SearchBox } from '../search/search-box.tsx'
import { frameWords } from '../words/frame.ts'
import { speak } from '../words/language.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import { LoginAgain } from './login-again.tsx'
import { MaintenanceNotice } from './maintenance-notice.tsx'
import { type Job, mayEnter, type Room, roomOf } from './room.ts'
import { Failed, Loading } from './states.tsx'
import { Toasts } from './toasts.tsx'
import { useMay, useSession, useSessionState } from './use-session.ts'

const JOBS: readonly Job[] = ['today', 'selling', 'money', 'library', 'system']

/** What stands around every room: whose console it is, where one can go, and whether what is shown is live. */
export function Shell() {
  const t = useWords(frameWords)
  const state = useSessionState()
  const session = useSession()
  const { pathname } = useLocation()
  const room = roomOf(rooms, pathname)
  const language = useLanguage()
  const title = room?.title[language]
  useEffect(() => {
    openSession().catch(() => {})
  }, [])
  useEffect(() => {
    document.title = title === undefined ? t.title : `${title} · ${t.title}`
  }, [title, t])
  useSearchKey()
  if (state.kind === 'refused') return <Refused text={state.title} />
  return (
    <>
      <a className="skip" href="#main">
        {t.skip}
      </a>
      {session === undefined ? <Loading /> : <Frame session={session} room={room} />}
      <LoginAgain />
      <Toasts />
    </>
  )
}

function Frame({ session, room }: { session: Session; room: Room | undefined }) {
  const t = useWords(frameWords)
  const { roles } = session.user
  return (
    <div className="frame">
      <Top session={session} />
      <Navigation roles={roles} />
      <main id="main" tabIndex={-1}>
        <MaintenanceNotice />
        {room === undefined || mayEnter(room, roles) ? (
          <Outlet />
        ) : (
          <div className="page">
            <h1>{t.notAllowed}</h1>
            <p>{t.notAllowedText}</p>
          </div>
        )}
      </main>
    </div>
  )
}

function Top({ session }: { session: Session }) {
  const t = useWords(frameWords)
  const language = useLanguage()
  const liveness = useLiveness()
  const roles = useWords(frameWords).roles
  const mayFind = useMay('merchant', 'admin')
  const known = (['merchant', 'librarian', 'admin'] as const).filter((role) =>
    session.user.roles.includes(role),
  )
  return (
    <header className="top">
      <Link to="/" className="logo">
        {t.title}
      </Link>
      {mayFind && <SearchBox />}
      <p className="who">
        <span className={`liveness liveness-${liveness}`} role="status" title={t.keys}>
          {liveness === 'live' ? t.live : t.away}
        </span>
        <span>
          {session.user.name} · {known.map((role) => roles[role]).join(', ')}
        </span>
        <button
          type="button"
          className="bare"
          lang={language === 'ko' ? 'en' : 'ko'}
          onClick={() => speak(language === 'ko' ? 'en' : 'ko')}
        >
          {t.language}
        </button>
        <a href="/">{t.toShop}</a>
        <button
          type="button"
          className="bare"
          onClick={() => void logOut((waiting) => window.confirm(t.leaveScans(waiting)))}
        >
          {t.logout}
        </button>
      </p>
    </header>
  )
}

function Navigation({ roles }: { roles: readonly string[] }) {
  const t = useWords(frameWords)
  const language = useLanguage()
  const open = rooms.filter((room) => mayEnter(room, roles))
  return (
    <nav className="menu" aria-label={t.menu}>
      {JOBS.map((job) => {
        const inside = open.filter((room) => room.job === job)
        if (inside.length === 0) return null
        return (
          <section key={job} aria-labelledby={`job-${job}`}>
            <h2 id={`job-${job}`}>{t.jobs[job]}</h2>
            <ul>
              {inside.map(({ path, title }) => (
                <li key={path}>
                  <Link to={path} activeProps={{ 'aria-current': 'page' }}>
                    {title[language]}
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </nav>
  )
}

/** Follows what happens while somebody can see it: hidden windows hold no connection, and catch up when they are seen. */
function useLiveness(): Liveness {
  const client = useQueryClient()
  const [liveness, setLiveness] = useState<Liveness>('away')
  useEffect(() => {
    let end: (() => void) | undefined
    const look = () => {
      if (document.hidden) {
        end?.()
        end = undefined
      } else end ??= followChanges(client, setLiveness)
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
      end?.()
    }
  }, [client])
  return liveness
}

/** `/` goes to the search, unless one is typing. */
function useSearchKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key, isComposing } = event
      if (key !== '/' || isComposing || event.ctrlKey || event.metaKey || event.altKey) return
      if (target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]'))
        return
      const field = document.querySelector<HTMLInputElement>('[data-search]')
      if (!field) return
      event.preventDefault()
      field.focus()
      field.select()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

function Refused({ text }: { text: string }) {
  const t = useWords(frameWords)
  return (
    <main className="page">
      <h1>{t.notAllowed}</h1>
      <p>{text}</p>
      <p>
        <a href="/">{t.toShop}</a>
      </p>
    </main>
  )
}

/** What a room shows that broke: the others go on. */
export function Broken({ error, reset }: { error: unknown; reset(): void }) {
  return (
    <div className="page">
      <Failed error={error} again={reset} />
    </div>
  )
}
