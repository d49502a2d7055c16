import { useQuery } from '@tanstack/react-query'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Badge, Stamp, type Tone, Won } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { GiveBack } from './give-back.tsx'
import { Proposals } from './proposals.tsx'
import { leftOf } from './whats-left.ts'
import { refundWords } from './words.ts'

type Order = AnswerOf<'GET /api/orders/:id'>
type Refund = AnswerOf<'GET /api/orders/:id/refunds'>['data'][number]

/** The money of one order that goes back: what is left, what went back, and a way to give back more. */
export function Refunds({ order, attemptId }: { order: Order; attemptId: string }) {
  const t = useWords(refundWords)
  const language = useLanguage()
  const query = useQuery({
    queryKey: ['order-refunds', order.id],
    queryFn: () => call('GET /api/orders/:id/refunds', { params: { id: order.id } }),
    meta: { live: ['shop.order.', 'shop.payment.'] },
  })
  const won = (amount: number) => wonText(amount, language)
  if (query.data === undefined)
    return query.isError ? <Failed error={query.error} again={() => void query.refetch()} /> : <Loading />
  const refunds = query.data.data
  const left = leftOf(order, refunds)
  return (
    <section className="panel" aria-labelledby="order-refunds">
      <h2 id="order-refunds">{t.title}</h2>
      <p>
        {t.left}: <strong className="big-figure">{won(left.total)}</strong>
        <br />
        <span className="quiet">
          {t.leftOf(won(order.amounts.total), won(order.amounts.total - left.total))}
        </span>
      </p>
      <Proposals attemptId={attemptId} receiver={order.receiver.name} />
      {left.total > 0 ? (
        // What is left has changed: what was chosen of it no longer holds.
        <GiveBack key={left.total} order={order} attemptId={attemptId} left={left} />
      ) : (
        <p className="quiet">{t.nothingLeft}</p>
      )}
      <h3>{t.history}</h3>
      {refunds.length === 0 ? <p className="quiet">{t.noHistory}</p> : <History refunds={refunds} />}
    </section>
  )
}

const TONES: Readonly<Record<Refund['state'], Tone>> = {
  requested: 'waiting',
  given: 'good',
  declined: 'bad',
}

function History({ refunds }: { refunds: readonly Refund[] }) {
  const t = useWords(refundWords)
  return (
    <ScrollTable label={t.history}>
      <thead>
        <tr>
          <th scope="col" className="right">
            {t.amount}
          </th>
          <th scope="col">{t.state}</th>
          <th scope="col">{t.cause}</th>
          <th scope="col">{t.because}</th>
          <th scope="col">{t.lines}</th>
          <th scope="col">{t.requestedAt}</th>
          <th scope="col">{t.endedAt}</th>
        </tr>
      </thead>
      <tbody>
        {refunds.map(({ id, amount, state, cause, reason, lines, requestedAt, endedAt }) => (
          <tr key={id}>
            <td className="figures right">
              <Won amount={amount} />
            </td>
            <td>
              <Badge tone={TONES[state]}>{t.states[state]}</Badge>
            </td>
            <td>{t.causes[cause]}</td>
            <td>{reason}</td>
            <td>{lines.map(({ lineNo, pieces }) => t.piece(lineNo, pieces)).join(', ')}</td>
            <td>
              <Stamp at={requestedAt} />
            </td>
            <td>
              <Stamp at={endedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}
