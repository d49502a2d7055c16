import { serverNow } from '../api/server-clock.ts'
import { useWords } from '../words/use-words.ts'
import { dayOf, useCaptured } from './last-scan.tsx'
import type { Scan } from './scans/queue.ts'
import { deskWords } from './words.ts'

/** What is printed, and seen on paper only: a slip for the hold shelf after a hold, otherwise what a member took today. */
export function Slip({ scans, card }: { scans: readonly Scan[]; card: string | undefined }) {
  const t = useWords(deskWords)
  const last = scans.at(-1)
  const isHold = last?.state.kind === 'done' && last.state.outcome.awaited
  const { data } = useCaptured(last?.wish.barcode ?? '', isHold)
  if (last && isHold)
    return (
      <section className="desk-slip">
        <h2>{t.holdSlip}</h2>
        <p className="desk-slip-card">{data?.hold?.card}</p>
        <p>{data?.book.title}</p>
        <p>{data?.book.callNumber}</p>
        <p>{last.wish.barcode}</p>
        <p>
          {t.until} {dayOf(data?.hold?.until)}
        </p>
      </section>
    )
  const day = dayOf(serverNow().toISOString())
  const lent = scans.flatMap(({ state, wish, at }) =>
    state.kind === 'done' && wish.kind === 'loan' && wish.card === card && dayOf(at) === day
      ? [{ barcode: wish.barcode, ...state.outcome }]
      : [],
  )
  return (
    <section className="desk-slip">
      <h2>{t.slipTitle}</h2>
      <p>
        {card} · {day}
      </p>
      <ul>
        {lent.map(({ loanId, title, barcode, dueOn }) => (
          <li key={loanId}>
            {title} ({barcode}) — {t.due} <strong>{dueOn}</strong>
          </li>
        ))}
      </ul>
      <p>{t.slipCount(lent.length)}</p>
    </section>
  )
}
