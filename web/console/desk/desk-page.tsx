import './desk.css'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useRef, useState } from 'react'
import { serverNow } from '../api/server-clock.ts'
import { say } from '../frame/toasts.tsx'
import { useSession } from '../frame/use-session.ts'
import { useWords } from '../words/use-words.ts'
import { LastScan } from './last-scan.tsx'
import { PatronPanel } from './patron-panel.tsx'
import { ScanField } from './scan-field.tsx'
import { ScanList } from './scan-list.tsx'
import type { Scan } from './scans/queue.ts'
import { scannedIn } from './scans/scanned.ts'
import { undoScan } from './scans/undo-scan.ts'
import { undoable } from './scans/undoable.ts'
import { useQueue } from './scans/use-queue.ts'
import { whenOf } from './scans/when.ts'
import { Slip } from './slip.tsx'
import { play } from './sound.ts'
import { deskWords } from './words.ts'

/** Where the desk stands: what a book is scanned for, and for whom. */
interface Stand {
  readonly mode: 'loan' | 'return'
  readonly card: string | undefined
}

const SOUND = 'desk.sound'

/** The desk of whoever is logged in. */
export function DeskPage() {
  const session = useSession()
  return session === undefined ? null : <Desk key={session.user.id} userId={session.user.id} />
}

function Desk({ userId }: { userId: string }) {
  const t = useWords(deskWords)
  const client = useQueryClient()
  const [isLoud, setLoud] = useSound()
  const { stand, change } = useStand()
  const [drop, setDrop] = useState('')
  const [note, setNote] = useState<{ text: string; tone: 'plain' | 'bad' }>()
  const loud = useRef(isLoud)
  loud.current = isLoud
  const settled = useCallback(
    (scan: Scan) => {
      if (loud.current) play(tuneOf(scan))
      void client.invalidateQueries({ queryKey: ['desk'] })
    },
    [client],
  )
  const { queue, scans, send } = useQueue(userId, settled)
  const waiting = scans.filter(({ state }) => state.kind === 'waiting').length

  const wrong = (text: string) => {
    setNote({ text, tone: 'bad' })
    if (loud.current) play('bad')
  }
  const scan = (typed: string) => {
    const read = scannedIn(typed)
    const { mode, card } = stand.current
    switch (read.kind) {
      case 'nothing':
        return
      case 'unreadable':
        return wrong(t.unreadable(read.text))
      case 'card':
        change({ mode: 'loan', card: read.card })
        return setNote({ text: t.cardRead(read.card), tone: 'plain' })
      case 'copy': {
        const { barcode } = read
        if (mode === 'loan' && card === undefined) return wrong(t.cardFirst)
        setNote(undefined)
        if (mode === 'loan' && card !== undefined) queue.add({ kind: 'loan', card, barcode })
        else queue.add({ kind: 'return', barcode, ...whenOf(drop, serverNow()) })
        send()
      }
    }
  }
  const undo = async () => {
    const last = undoable(queue.scans(), Date.now())
    if (!last) return wrong(t.undoNothing)
    if (last.state.kind === 'waiting' && last.tries > 0) return wrong(t.undoInFlight)
    try {
      await undoScan(last)
      queue.undone(last.id)
      setNote({ text: t.undoneText, tone: 'plain' })
      void client.invalidateQueries({ queryKey: ['desk'] })
    } catch (error) {
      wrong(error instanceof Error ? error.message : String(error))
    }
  }
  const busy = useRef(false)
  const undoOnce = () => {
    if (busy.current) return
    busy.current = true
    void undo().finally(() => {
      busy.current = false
    })
  }
  useKeys({
    F2: () => change({ mode: 'loan' }),
    F4: () => change({ mode: 'return' }),
    F8: () => change({ mode: 'loan', card: undefined }),
    F9: undoOnce,
  })
  const again = (refused: Scan, override: string) => {
    if (refused.wish.kind !== 'loan') return
    queue.add({ ...refused.wish, override })
    send()
  }
  const { mode, card } = stand.current
  return (
    <div className="page desk">
      <div className="page-head">
        <h1>{t.title}</h1>
        <div className="tools">
          <label className="tick-label">
            <input type="checkbox" checked={isLoud} onChange={(event) => setLoud(event.target.checked)} />
            {t.sound}
          </label>
          <button type="button" onClick={() => window.print()}>
            {t.slip}
          </button>
        </div>
      </div>
      <fieldset className="desk-modes">
        <legend className="unseen">{t.mode}</legend>
        <button type="button" aria-pressed={mode === 'loan'} onClick={() => change({ mode: 'loan' })}>
          {t.lend} <kbd>F2</kbd>
        </button>
        <button type="button" aria-pressed={mode === 'return'} onClick={() => change({ mode: 'return' })}>
          {t.giveBack} <kbd>F4</kbd>
        </button>
        <button type="button" onClick={() => change({ mode: 'loan', card: undefined })}>
          {t.nextPatron} <kbd>F8</kbd>
        </button>
        <button type="button" onClick={undoOnce}>
          {t.undo} <kbd>F9</kbd>
        </button>
        {mode === 'return' && (
          <label className="desk-drop">
            {t.drop}
            <input
              type="datetime-local"
              value={drop}
              max={localNow()}
              onChange={(event) => setDrop(event.target.value)}
            />
          </label>
        )}
      </fieldset>
      {mode === 'return' && drop !== '' && <p className="note">{t.dropOn}</p>}
      <ScanField scan={scan} />
      {waiting > 0 && (
        <p className="note" role="status">
          {t.queued(waiting)}
        </p>
      )}
      {!queue.isKept() && (
        <p className="state-failed" role="alert">
          {t.unkept}
        </p>
      )}
      <div className="desk-board">
        <div className="desk-left">
          <LastScan scan={scans.at(-1)} note={note} again={again} />
          <ScanList scans={scans} />
        </div>
        <PatronPanel card={card} say={say} />
      </div>
      <Slip scans={scans} card={card} />
    </div>
  )
}

/** Now in Seoul, as a field for date and time has it. */
function localNow(): string {
  return new Date(serverNow().getTime() + 9 * 3_600_000).toISOString().slice(0, 16)
}

function tuneOf({ state }: Scan) {
  if (state.kind !== 'done') return 'bad'
  return state.outcome.awaited || state.outcome.fee > 0 ? 'look' : 'good'
}

/**
 * Mode and member, also in the address. A scanner is faster than the router: what counts is what the last scan said, so
 * it stands in a ref, and the address follows.
 */
function useStand() {
  const search = useSearch({ from: '/desk' })
  const navigate = useNavigate()
  const stand = useRef<Stand>({ mode: search.mode === 'return' ? 'return' : 'loan', card: search.card })
  const [, draw] = useState(0)
  const change = (next: Partial<Stand>) => {
    stand.current = { ...stand.current, ...next }
    draw((count) => count + 1)
    const { mode, card } = stand.current
    void navigate({
      to: '/desk',
      search: { mode: mode === 'return' ? mode : undefined, card },
      replace: true,
    })
  }
  return { stand, change }
}

function useSound() {
  const [isLoud, setLoud] = useState(() => {
    try {
      return localStorage.getItem(SOUND) !== 'off'
    } catch {
      return true
    }
  })
  const change = (next: boolean) => {
    setLoud(next)
    try {
      localStorage.setItem(SOUND, next ? 'on' : 'off')
    } catch {
      // Not remembered, then.
    }
  }
  return [isLoud, change] as const
}

function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const now = useRef(keys)
  now.current = keys
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const act = now.current[event.key]
      if (!act || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
