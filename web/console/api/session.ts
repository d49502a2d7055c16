import type { ConsoleSession as Session } from '../../pages/console/session.ts'
import { bodyOf } from './body.ts'
import { countWaiting, dropAnswered } from './kept-scans.ts'

/**
 * Who works here, and the token by which the API knows them. The login is the cookie of the browser; the token is made
 * of it and lives in memory only. When the login has ended, calls wait until somebody has logged in again.
 */

export type Role = 'merchant' | 'librarian' | 'admin'

export type { ConsoleSession as Session } from '../../pages/console/session.ts'

/** 'ended': nobody is logged in any more, and what was under way waits. */
export type SessionState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'ended'; readonly former: Session | undefined }
  | { readonly kind: 'refused'; readonly title: string }

/** By it a window that opens tells the others of this browser that somebody is logged in, who may be somebody else. */
const windows = new BroadcastChannel('console-session')
/** A token is not used for its last seconds: it could expire on its way. */
const LAST_MS = 60_000

let state: SessionState = { kind: 'unknown' }
/** Whose page this is, from the first session on. */
let holder: string | undefined
let goodUntil = 0
let asking: Promise<Session> | undefined
let waiting: ((session: Session) => void)[] = []
const listeners = new Set<() => void>()

export function sessionState(): SessionState {
  return state
}

/** @returns ends it */
export function onSession(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** Whose page this is; undefined until that is known. */
export function pageHolder(): string | undefined {
  return holder
}

/**
 * The session, with a token that is good; asks for it when it has to, and waits for a login when there is none. A page
 * belongs to one person: when somebody else has logged in, it is loaded anew and nothing that was under way is done.
 * @throws when somebody else has logged in meanwhile
 */
export function openSession(): Promise<Session> {
  if (state.kind === 'open' && Date.now() < goodUntil) return Promise.resolve(state.session)
  if (state.kind === 'ended') return new Promise((done) => waiting.push(done))
  asking ??= ask().finally(() => {
    asking = undefined
  })
  return asking
}

/** The token was refused: the next call asks for another one. */
export function forgetToken(): void {
  goodUntil = 0
}

/** Looks whether somebody has logged in meanwhile. */
export async function lookForLogin(): Promise<void> {
  if (state.kind !== 'ended') return
  const answer = await fetchSession().catch(() => undefined)
  if (answer === undefined || !answer.ok) return
  const session = await bodyOf<Session>(answer)
  if (isOthers(session)) return location.reload()
  open(session)
  const woken = waiting
  waiting = []
  for (const go of woken) go(session)
}

/** @param mayLeave asked when scans of the desk still wait on this device */
export async function logOut(mayLeave: (waiting: number) => boolean): Promise<void> {
  const waiting = holder === undefined ? 0 : scansLeft(holder)
  if (waiting > 0 && !mayLeave(waiting)) return
  await fetch('/logout', { method: 'POST', redirect: 'manual', body: new URLSearchParams() })
  if (holder !== undefined) forgetScans(holder)
  location.assign('/login?next=/console')
}

function scansLeft(userId: string): number {
  try {
    return countWaiting(localStorage, userId)
  } catch {
    return 0
  }
}

/** Whoever comes next does not read who borrowed what. */
function forgetScans(userId: string): void {
  try {
    dropAnswered(localStorage, userId)
  } catch {
    // Nothing is kept here, then.
  }
}

const fetchSession = () =>
  fetch('/console/session', { method: 'POST', headers: { accept: 'application/json' } })

async function ask(): Promise<Session> {
  const answer = await fetchSession()
  if (answer.ok) {
    const session = await bodyOf<Session>(answer)
    if (isOthers(session)) {
      location.reload()
      throw new Error('somebody else has logged in')
    }
    open(session)
    return session
  }
  if (answer.status === 401) {
    become({ kind: 'ended', former: state.kind === 'open' ? state.session : undefined })
    return new Promise((done) => waiting.push(done))
  }
  const { title } = await bodyOf<{ title: string }>(answer)
  if (answer.status === 403) become({ kind: 'refused', title })
  throw new Error(title)
}

/** Somebody else sees nothing of what was on the screen, and does nothing of what was begun. */
const isOthers = ({ user }: Session) => holder !== undefined && holder !== user.id

function open(session: Session): void {
  if (holder === undefined) windows.postMessage('in')
  holder = session.user.id
  goodUntil = Date.now() + session.expiresIn * 1_000 - LAST_MS
  become({ kind: 'open', session })
}

function become(next: SessionState): void {
  state = next
  for (const tell of listeners) tell()
}

windows.addEventListener('message', () => {
  if (state.kind !== 'open') return void lookForLogin()
  // Whoever it is: if it is not who this page belongs to, it is seen now, and not at their next deed.
  forgetToken()
  openSession().catch(() => {})
})
window.addEventListener('focus', () => void lookForLogin())
