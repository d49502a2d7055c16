import { stampText } from '../../ui/format.ts'
import { Badge, type Tone } from '../frame/stamp.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import type { Scan } from './scans/queue.ts'
import { deskWords } from './words.ts'

const MOST_SHOWN = 30

/** The latest scans with what became of each. */
export function ScanList({ scans }: { scans: readonly Scan[] }) {
  const t = useWords(deskWords)
  if (scans.length === 0) return null
  return (
    <ScrollTable label={t.recent} look="desk-scans">
      <thead>
        <tr>
          <th scope="col">{t.time}</th>
          <th scope="col">{t.what}</th>
          <th scope="col">{t.barcode}</th>
          <th scope="col">{t.book}</th>
          <th scope="col">{t.result}</th>
        </tr>
      </thead>
      <tbody>
        {scans
          .slice(-MOST_SHOWN)
          .toReversed()
          .map((scan) => (
            <Row key={scan.id} scan={scan} />
          ))}
      </tbody>
    </ScrollTable>
  )
}

function Row({ scan }: { scan: Scan }) {
  const t = useWords(deskWords)
  const { at, wish, state } = scan
  const { tone, text } = useResult(scan)
  return (
    <tr>
      <td className="figures">{stampText(at).slice(11)}</td>
      <td className="figures">{wish.kind === 'loan' ? t.lend : t.giveBack}</td>
      <td className="figures">{wish.barcode}</td>
      <td>{state.kind === 'done' ? state.outcome.title : ''}</td>
      <td>
        <Badge tone={tone}>{text}</Badge>
      </td>
    </tr>
  )
}

function useResult({ state, wish }: Scan): { tone: Tone; text: string } {
  const t = useWords(deskWords)
  switch (state.kind) {
    case 'waiting':
      return { tone: 'waiting', text: t.waiting }
    case 'refused':
      return { tone: 'bad', text: t.refused }
    case 'undone':
      return { tone: 'plain', text: t.undone }
    case 'done': {
      if (wish.kind === 'loan') return { tone: 'good', text: `${t.due} ${state.outcome.dueOn}` }
      if (state.outcome.awaited) return { tone: 'waiting', text: t.holds }
      return state.outcome.lateDays > 0
        ? { tone: 'waiting', text: t.late(state.outcome.lateDays) }
        : { tone: 'good', text: t.returned }
    }
  }
}
