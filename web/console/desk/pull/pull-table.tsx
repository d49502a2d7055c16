import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../../api/call.ts'
import { Danger } from '../../frame/danger.tsx'
import { Badge, type Tone } from '../../frame/stamp.tsx'
import { say } from '../../frame/toasts.tsx'
import { ScrollTable } from '../../table/scroll-table.tsx'
import { useWords } from '../../words/use-words.ts'
import { dayOf } from '../last-scan.tsx'
import { pullWords } from './words.ts'

type Row = AnswerOf<'GET /api/holds/to-pull'>['data'][number]

const TONES: Readonly<Record<Row['task'], Tone>> = { pull: 'waiting', relabel: 'plain', take_down: 'plain' }

interface PullTableProps {
  rows: readonly Row[]
  /** Notes that a copy is where it should be. */
  put(barcode: string): Promise<void>
  /** Something of the list is not as it was. */
  changed(): void
}

/** The list of a walk, on the screen and on paper. */
export function PullTable({ rows, put, changed }: PullTableProps) {
  const t = useWords(pullWords)
  const cards = useCards(rows)
  return (
    <ScrollTable label={t.list}>
      <thead>
        <tr>
          <th scope="col">{t.callNumber}</th>
          <th scope="col">{t.book}</th>
          <th scope="col">{t.barcode}</th>
          <th scope="col">{t.card}</th>
          <th scope="col">{t.keptUntil}</th>
          <th scope="col">{t.task}</th>
          <td className="on-screen" />
        </tr>
      </thead>
      <tbody>
        {rows.map(({ barcode, book, hold, task }) => (
          <tr key={barcode}>
            <td>{book.callNumber}</td>
            <td>
              <p className="wide-cell">{book.title}</p>
              <p className="quiet">{book.author}</p>
            </td>
            <td className="figures">{barcode}</td>
            <td className="figures">{hold === null ? '' : (cards.get(hold.patronId) ?? '–')}</td>
            <td>{hold === null ? '' : dayOf(hold.shelfUntil)}</td>
            <td>
              <Badge tone={TONES[task]}>{t.tasks[task]}</Badge>
            </td>
            <td className="on-screen">
              <div className="tools">
                <button
                  type="button"
                  aria-label={`${barcode} ${hold === null ? t.takeDown : t.put}`}
                  onClick={() => void put(barcode)}
                >
                  {hold === null ? t.takeDown : t.put}
                </button>
                {hold !== null && (
                  <Danger
                    label={t.missing}
                    title={t.missingTitle}
                    confirm={t.missing}
                    reason="none"
                    act={() => call('POST /api/holds/to-pull/:barcode/missing', { params: { barcode } })}
                    done={({ hold: became }) => {
                      say(became === 'served' ? t.missingServed : t.missingWaiting)
                      changed()
                    }}
                  >
                    <p>{t.missingText(book.title, barcode)}</p>
                  </Danger>
                )}
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}

/** The cards of those whose slips go into the books; loans may be another service, which may be away. */
function useCards(rows: readonly Row[]): ReadonlyMap<string, string> {
  const patrons = [...new Set(rows.flatMap(({ hold }) => hold?.patronId ?? []))].sort()
  const { data } = useQuery({
    queryKey: ['to-pull', 'cards', patrons],
    enabled: patrons.length > 0,
    queryFn: () => call('GET /api/patrons/cards', { query: { of: patrons.join(',') } }),
  })
  return new Map(data?.data.map(({ patronId, card }) => [patronId, card]))
}
