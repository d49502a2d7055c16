import { wonText } from '../../ui/format.ts'
import type { AnswerOf, ApiProblem } from '../api/call.ts'
import { noticeWords } from '../items/notice/words.ts'
import { itemWords } from '../items/words.ts'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { tableWords } from './words.ts'

type Change = AnswerOf<'POST /api/admin/items/table'>['changes'][number]

/** What each row changes; what stays as it is stands there once. */
export function ChangedItems({ changes }: { changes: readonly Change[] }) {
  const t = useWords(tableWords)
  const { statuses, tax, taxes } = useWords(itemWords)
  const language = useLanguage()
  const won = (amount: number) => wonText(amount, language)
  const taxOf = ({ taxFree }: Change['after']) => taxes[taxFree ? 'free' : 'taxed']
  const rows = changes.toSorted((a, b) => a.row - b.row)
  return (
    <ScrollTable label={t.changes}>
      <thead>
        <tr>
          <th scope="col" className="right">
            {t.row}
          </th>
          <th scope="col">{t.name}</th>
          <th scope="col">{t.status}</th>
          <th scope="col" className="right">
            {t.originPrice}
          </th>
          <th scope="col" className="right">
            {t.discount}
          </th>
          <th scope="col" className="right">
            {t.realPrice}
          </th>
          <th scope="col">{tax}</th>
          <th scope="col" className="right">
            {t.onHand}
          </th>
          <th scope="col">{t.notice}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ row, itemId, name, before, after, notice }) => (
          <tr key={itemId}>
            <td className="figures right">{row}</td>
            <td>
              <p className="wide-cell">{name}</p>
            </td>
            <td>
              <Turn from={statuses[before.status]} to={statuses[after.status]} />
            </td>
            <td className="figures right">
              <Turn from={won(before.originPrice)} to={won(after.originPrice)} />
            </td>
            <td className="figures right">
              <Turn from={`${before.discountPercent} %`} to={`${after.discountPercent} %`} />
            </td>
            <td className="figures right">
              <Turn from={won(before.realPrice)} to={won(after.realPrice)} />
            </td>
            <td>
              <Turn from={taxOf(before)} to={taxOf(after)} />
            </td>
            <td className="figures right">
              <Turn from={String(before.onHand)} to={String(after.onHand)} />
            </td>
            <td>
              <NoticeTurns turns={notice} />
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}

/** What becomes another part of the notice: its new text, of a long one the beginning. */
function NoticeTurns({ turns }: { turns: Change['notice'] }) {
  const t = useWords(noticeWords)
  if (turns.length === 0) return <span className="quiet">–</span>
  const names: Readonly<Record<string, string>> = t.parts
  const textOf = (value: string | boolean | null) => {
    if (typeof value === 'boolean') return t.modified[value ? 'yes' : 'no']
    if (value === 'domestic' || value === 'imported') return t.origins[value]
    return value === null || value.length <= BEGINNING ? (value ?? '') : `${value.slice(0, BEGINNING)}…`
  }
  return (
    <ul className="wide-cell">
      {turns.map(({ part, after }) => (
        <li key={part}>
          {names[part] ?? part}: <strong>{textOf(after)}</strong>
        </li>
      ))}
    </ul>
  )
}
const BEGINNING = 60

function Turn({ from, to }: { from: string; to: string }) {
  if (from === to) return <span className="quiet">{to}</span>
  return (
    <>
      {from} → <strong>{to}</strong>
    </>
  )
}

/** What is wrong, by the line of the file. */
export function WrongRows({ problem }: { problem: ApiProblem }) {
  const t = useWords(tableWords)
  const all = typeof problem.facts.wrongRows === 'number' ? problem.facts.wrongRows : problem.fields.length
  return (
    <div className="state-failed" role="alert">
      <p>
        <strong>{t.wrong(problem.fields.length, all)}</strong>
      </p>
      <ScrollTable label={t.problems} look="low">
        <thead>
          <tr>
            <th scope="col" className="right">
              {t.row}
            </th>
            <th scope="col">{t.problem}</th>
          </tr>
        </thead>
        <tbody>
          {problem.fields.map(({ field, message }) => (
            <tr key={`${field} ${message}`}>
              <td className="figures right">{field.split('.')[1]}</td>
              <td>{message}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </div>
  )
}
