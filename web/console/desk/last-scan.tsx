import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { stampText } from '../../ui/format.ts'
import { call } from '../api/call.ts'
import { Won } from '../frame/stamp.tsx'
import { useWords } from '../words/use-words.ts'
import { FeeForm } from './fee-form.tsx'
import type { Outcome, Refusal, Scan } from './scans/queue.ts'
import { deskWords } from './words.ts'

/** What a librarian may allow although it stands against a loan. */
const MAY_BE_ALLOWED: readonly string[] = ['patron_blocked', 'over_limit']
const SOON_MS = 700

interface LastScanProps {
  scan: Scan | undefined
  /** What the field has to say itself; goes before the scan. */
  note: { text: string; tone: 'plain' | 'bad' } | undefined
  /** Scans it again, against the rules. */
  again(scan: Scan, reason: string): void
}

/** The last scan, to be read from a distance: by colour, and always by its words. */
export function LastScan({ scan, note, again }: LastScanProps) {
  const t = useWords(deskWords)
  if (note) return <Board tone={note.tone === 'bad' ? 'bad' : 'plain'} head={note.text} />
  if (!scan) return <Board tone="plain" head={t.ready} />
  const { state, wish } = scan
  switch (state.kind) {
    case 'waiting':
      return (
        <Board tone="waiting" head={t.waiting} barcode={wish.barcode}>
          <p>{state.why === 'catalogue' ? t.waitingCatalogue : state.why && t.waitingNetwork}</p>
        </Board>
      )
    case 'undone':
      return <Board tone="plain" head={t.undone} barcode={wish.barcode} />
    case 'refused':
      return <Refused key={scan.id} scan={scan} refusal={state.refusal} again={again} />
    case 'done':
      return state.outcome.returnNo === null ? (
        <Lent outcome={state.outcome} barcode={wish.barcode} />
      ) : (
        <Returned key={scan.id} outcome={state.outcome} barcode={wish.barcode} />
      )
  }
}

type BoardTone = 'plain' | 'good' | 'bad' | 'waiting' | 'hold'

function Board({
  tone,
  head,
  barcode,
  children,
}: {
  tone: BoardTone
  head: string
  barcode?: string
  children?: ReactNode
}) {
  return (
    <section className={`desk-last desk-${tone}`}>
      <div role="status">
        <p className="desk-head">{head}</p>
        {barcode !== undefined && <p className="figures">{barcode}</p>}
      </div>
      {children}
    </section>
  )
}

function Lent({ outcome, barcode }: { outcome: Outcome; barcode: string }) {
  const t = useWords(deskWords)
  const { loanId: id, loanState } = outcome
  const { data } = useQuery({
    queryKey: ['desk', 'loan', id],
    queryFn: () => call('GET /api/loans/:id', { params: { id } }),
    refetchInterval: ({ state }) => ((state.data?.state ?? loanState) === 'pending' ? SOON_MS : false),
  })
  const state = data?.state ?? loanState
  const isOff = state === 'cancelled' || state === 'cancelling'
  const head = isOff ? t.loanOff : state === 'pending' ? t.lentPending : t.lent
  return (
    <Board tone={isOff ? 'bad' : state === 'pending' ? 'waiting' : 'good'} head={head} barcode={barcode}>
      <p className="desk-title">{data?.book.title ?? outcome.title}</p>
      {!isOff && (
        <p className="desk-due">
          {t.due} <strong className="figures">{data?.dueOn ?? outcome.dueOn}</strong>
        </p>
      )}
    </Board>
  )
}

function Returned({ outcome, barcode }: { outcome: Outcome; barcode: string }) {
  const t = useWords(deskWords)
  const { awaited, lateDays, fee, patronId } = outcome
  const [balance, setBalance] = useState(outcome.balance ?? 0)
  return (
    <Board tone={awaited ? 'hold' : 'good'} head={awaited ? t.hold : t.returned} barcode={barcode}>
      <p className="desk-title">{outcome.title}</p>
      {awaited && <Captured barcode={barcode} />}
      {lateDays > 0 && (
        <p className="desk-fee">
          {t.late(lateDays)} · {t.fee} <Won amount={fee} />
        </p>
      )}
      {fee > 0 && balance > 0 && <FeeForm patronId={patronId} balance={balance} settled={setBalance} />}
    </Board>
  )
}

/** For whom the copy that came back is kept. */
function Captured({ barcode }: { barcode: string }) {
  const t = useWords(deskWords)
  const { data: copy } = useCaptured(barcode)
  if (!copy?.hold) return <p>{t.holdPending}</p>
  const { card, until } = copy.hold
  return <p className="desk-title">{t.holdFor(card, dayOf(until))}</p>
}

/** The day of a moment in Seoul. */
export const dayOf = (at: string | null | undefined) => (at ? stampText(at).slice(0, 10) : '–')

/** Asks until the catalogue has put the copy aside, which is a moment after its return. */
export function useCaptured(barcode: string, enabled = true) {
  return useQuery({
    queryKey: ['desk-captured', barcode],
    enabled,
    queryFn: async () => {
      const { hold, book } = await call('GET /api/books/copies/:barcode', { params: { barcode } })
      if (!hold) return { book, hold: null }
      const { card } = await call('GET /api/patrons/:id', { params: { id: hold.patronId } })
      return { book, hold: { card, until: hold.shelfUntil } }
    },
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.hold ? false : SOON_MS),
  })
}

function Refused({ scan, refusal, again }: { scan: Scan; refusal: Refusal; again: LastScanProps['again'] }) {
  const t = useWords(deskWords)
  const [reason, setReason] = useState('')
  const { fields, code, message } = refusal
  const mayAllow =
    code === 'borrow_refused' && fields.length > 0 && fields.every((one) => MAY_BE_ALLOWED.includes(one.code))
  return (
    <Board tone="bad" head={message} barcode={scan.wish.barcode}>
      {fields.length > 0 && (
        <ul className="desk-reasons">
          {fields.map((field) => (
            <li key={field.code}>{field.message}</li>
          ))}
        </ul>
      )}
      {mayAllow && (
        <div className="desk-form">
          <label>
            {t.overrideReason}
            <input
              type="text"
              maxLength={300}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </label>
          <button type="button" disabled={reason.trim() === ''} onClick={() => again(scan, reason.trim())}>
            {t.doOverride}
          </button>
        </div>
      )}
    </Board>
  )
}
