import { Badge, Count, type Tone, Won } from '../frame/stamp.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { type Line, type Order, piecesToSend } from './order.tsx'
import { orderWords } from './words.ts'

type Step = 'prepare' | 'deliver'

const TONES: Readonly<Record<Line['delivery']['state'], Tone>> = {
  none: 'plain',
  preparing: 'waiting',
  shipped: 'good',
  delivered: 'good',
  returned: 'bad',
  paid_back: 'bad',
}

interface LinesProps {
  order: Order
  /** A step is being taken. */
  running: boolean
  take(step: Step, lineNo?: number): void
}

/** What was bought, line by line, and how far each is. Only what can be done is offered. */
export function OrderLines({ order, running, take }: LinesProps) {
  const t = useWords(orderWords)
  const mayPack = piecesToSend(order) > 0
  const packable = order.lines.filter((line) => mayPack && isPackable(line))
  // Of what is given back whole nothing arrives any more.
  const onTheWay = order.state === 'refunded' ? [] : order.lines.filter(isOnTheWay)
  return (
    <>
      <ScrollTable label={t.goods}>
        <thead>
          <tr>
            <th scope="col" className="right">
              {t.line}
            </th>
            <th scope="col">{t.item}</th>
            <th scope="col">{t.steps}</th>
            <th scope="col" className="right">
              {t.price}
            </th>
            <th scope="col" className="right">
              {t.quantity}
            </th>
            <th scope="col" className="right">
              {t.total}
            </th>
            <th scope="col">{t.state}</th>
            <th scope="col">{t.progress}</th>
            <th scope="col" className="right">
              {t.refunded}
            </th>
          </tr>
        </thead>
        <tbody>
          {order.lines.map((line) => (
            <tr key={line.lineNo}>
              <td className="figures right">{line.lineNo}</td>
              <td>
                {line.name} <span className="quiet">{line.enterprise}</span>{' '}
                {line.taxFree && <Badge>{t.taxFree}</Badge>}
              </td>
              <td>
                {packable.includes(line) && (
                  <button type="button" disabled={running} onClick={() => take('prepare', line.lineNo)}>
                    {t.prepareLine(line.lineNo)}
                  </button>
                )}{' '}
                {onTheWay.includes(line) && (
                  <button type="button" disabled={running} onClick={() => take('deliver', line.lineNo)}>
                    {t.deliverLine(line.lineNo)}
                  </button>
                )}
              </td>
              <td className="figures right">
                <Won amount={line.unitPrice} />
              </td>
              <td className="figures right">
                <Count of={line.quantity} />
              </td>
              <td className="figures right">
                <Won amount={line.lineTotal} />
              </td>
              <td>
                <Badge tone={TONES[line.delivery.state]}>{t.deliveryStates[line.delivery.state]}</Badge>
              </td>
              <td>
                <Progress line={line} />
              </td>
              <td className="figures right">
                {line.refund.amount > 0 ? <Won amount={line.refund.amount} /> : '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
      {(packable.length > 1 || onTheWay.length > 1) && (
        <p className="page-head">
          {packable.length > 1 && (
            <button type="button" disabled={running} onClick={() => take('prepare')}>
              {t.prepareAll}
            </button>
          )}
          {onTheWay.length > 1 && (
            <button type="button" disabled={running} onClick={() => take('deliver')}>
              {t.deliverAll}
            </button>
          )}
        </p>
      )}
    </>
  )
}

const isPackable = ({ delivery }: Line) => delivery.toSend > 0 && delivery.state === 'none'
const isOnTheWay = ({ delivery }: Line) => delivery.sent > delivery.arrived

/** Where its pieces are; what is nowhere is not named. */
function Progress({ line: { delivery } }: { line: Line }) {
  const t = useWords(orderWords)
  const parts = [
    [t.toSend, delivery.toSend],
    [t.sent, delivery.sent],
    [t.arrived, delivery.arrived],
    [t.cancelledPieces, delivery.cancelled],
    [t.returnedPieces, delivery.returned],
  ] as const
  const words = parts.filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`)
  return <span className="figures">{words.join(' · ')}</span>
}
