import type { AnswerOf } from '../api/call.ts'
import { Count, Won } from '../frame/stamp.tsx'
import { useWords } from '../words/use-words.ts'
import { billingWords } from './words.ts'

type ReportOf = AnswerOf<'GET /api/admin/billing-runs/:id'>['now']

/** What the cycles of a run have come to, and why the bank said no. */
export function Report({ title, report }: { title: string; report: ReportOf }) {
  const t = useWords(billingWords)
  const skipped = Object.values(report.skipped).reduce((sum, count) => sum + count, 0)
  const lines: readonly (readonly [string, { count: number; amount?: number }])[] = [
    [t.charged, report.charged],
    [t.retry, report.declined.retry],
    [t.newMethod, report.declined.newMethod],
    [t.unknown, report.frozen.unknownOutcome],
    [t.invalid, report.frozen.invalidRequest],
    [t.inFlight, report.inFlight],
    [t.postponed, report.postponed],
    [t.methodBusy, report.methodBusy],
    [t.skipped, { count: skipped }],
    [t.left, { count: report.left }],
    [t.waiting, { count: report.waiting }],
    [t.errors, { count: report.errors }],
  ]
  return (
    <section className="panel" aria-label={title}>
      <h2>{title}</h2>
      <table>
        <tbody>
          {lines.map(([label, { count, amount }]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className="right">
                <Count of={count} />
              </td>
              <td className="right">{amount === undefined ? '' : <Won amount={amount} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {report.declined.byReason.length > 0 && (
        <>
          <h3>{t.byReason}</h3>
          <table>
            <thead>
              <tr>
                <th scope="col">{t.reason}</th>
                <th scope="col">{t.code}</th>
                <th scope="col" className="right">
                  {t.count}
                </th>
                <th scope="col" className="right">
                  {t.amount}
                </th>
              </tr>
            </thead>
            <tbody>
              {report.declined.byReason.map((reason) => (
                <tr key={`${reason.class} ${reason.code}`}>
                  <td>{t.classes[reason.class]}</td>
                  <td>{reason.code ?? '–'}</td>
                  <td className="right">
                    <Count of={reason.count} />
                  </td>
                  <td className="right">
                    <Won amount={reason.amount} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  )
}
