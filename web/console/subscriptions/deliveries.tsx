import { Link } from '@tanstack/react-router'
import type { AnswerOf } from '../api/call.ts'
import { Badge, Stamp, type Tone, Won } from '../frame/stamp.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useWords } from '../words/use-words.ts'
import { subscriptionWords } from './words.ts'

type Detail = AnswerOf<'GET /api/subscriptions/:id'>
type Cycle = Detail['cycles'][number]

/** The next deliveries, skipped and paused ones included. */
export function Upcoming({ upcoming }: Pick<Detail, 'upcoming'>) {
  const t = useWords(subscriptionWords)
  if (upcoming.length === 0) return <p className="quiet">{t.noUpcoming}</p>
  return (
    <ScrollTable label={t.upcoming}>
      <thead>
        <tr>
          <th scope="col" className="right">
            {t.cycleNo}
          </th>
          <th scope="col">{t.chargeOn}</th>
          <th scope="col">{t.plan}</th>
          <th scope="col" className="right">
            {t.amount}
          </th>
          <th scope="col">{t.changeableUntil}</th>
        </tr>
      </thead>
      <tbody>
        {upcoming.map(({ cycleNo, chargeOn, plan, amount, changeableUntil }) => (
          <tr key={cycleNo}>
            <td className="figures right">{cycleNo}</td>
            <td className="figures">{chargeOn}</td>
            <td>
              <Badge tone={plan === 'charge' ? 'good' : 'waiting'}>{t.plans[plan]}</Badge>
            </td>
            <td className="figures right">
              <Won amount={amount} />
            </td>
            <td>
              <Stamp at={changeableUntil} />
            </td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}

const TONES: Readonly<Record<Cycle['state'], Tone>> = {
  due: 'plain',
  ordering: 'waiting',
  charging: 'waiting',
  paid: 'good',
  declined: 'bad',
  frozen: 'bad',
  skipped: 'plain',
  failed: 'bad',
}

/** The latest deliveries, newest first. */
export function Cycles({ cycles }: Pick<Detail, 'cycles'>) {
  const t = useWords(subscriptionWords)
  if (cycles.length === 0) return <p className="quiet">{t.noHistory}</p>
  return (
    <ScrollTable label={t.history}>
      <thead>
        <tr>
          <th scope="col" className="right">
            {t.cycleNo}
          </th>
          <th scope="col">{t.due}</th>
          <th scope="col">{t.state}</th>
          <th scope="col">{t.order}</th>
          <th scope="col">{t.paidAt}</th>
          <th scope="col">{t.why}</th>
        </tr>
      </thead>
      <tbody>
        {cycles.map(({ cycleNo, due, state, orderId, paidAt, reason }) => (
          <tr key={cycleNo}>
            <td className="figures right">{cycleNo}</td>
            <td className="figures">{due}</td>
            <td>
              <Badge tone={TONES[state]}>{t.cycleStates[state]}</Badge>
            </td>
            <td>
              {orderId !== null && (
                <Link to="/orders/$orderId" params={{ orderId }} className="figures">
                  {t.order}
                </Link>
              )}
            </td>
            <td>
              <Stamp at={paidAt} />
            </td>
            <td>{reason !== null && t.cycleReasons[reason]}</td>
          </tr>
        ))}
      </tbody>
    </ScrollTable>
  )
}
