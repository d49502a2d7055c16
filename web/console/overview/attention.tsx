import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type AnswerOf, call } from '../api/call.ts'
import { Count } from '../frame/stamp.tsx'
import { Failed } from '../frame/states.tsx'
import { useMay } from '../frame/use-session.ts'
import { useWords } from '../words/use-words.ts'
import { overviewWords } from './words.ts'

const EVERY_MS = 15_000

/** What waits for a person, with the way to it. */
export function Attention({ waiting }: { waiting: AnswerOf<'GET /api/admin/figures/payments'>['now'] }) {
  const t = useWords(overviewWords)
  const isAdmin = useMay('admin')
  const query = useQuery({
    queryKey: ['delivery'],
    queryFn: () => call('GET /api/admin/delivery'),
    refetchInterval: EVERY_MS,
  })
  if (query.isError) return <Failed error={query.error} again={() => void query.refetch()} />
  const { unknown, refundsInReview, receiptsInReview, proposals, handedBack, findings } = waiting
  const dead = query.data?.dead ?? 0
  const things = [
    { text: t.unknown, count: unknown, to: '/payments' },
    { text: t.refunds, count: refundsInReview, to: '/payments' },
    { text: t.receipts, count: receiptsInReview, to: '/payments' },
    { text: t.proposals, count: proposals, to: '/payments' },
    { text: t.handedBack, count: handedBack, to: '/payments' },
    { text: t.findings, count: findings, to: '/reconciliation' },
    ...(isAdmin ? [{ text: t.dead, count: dead, to: '/dead-letters' }] : []),
  ].filter(({ count }) => count > 0)
  return (
    <section className="panel" aria-label={t.attention}>
      <h2>{t.attention}</h2>
      {things.length === 0 ? (
        <p className="quiet">{t.allWell}</p>
      ) : (
        <ul className="things">
          {things.map(({ text, count, to }) => (
            <li key={text}>
              <Link to={to}>{text}</Link>{' '}
              <strong className="figures">
                <Count of={count} />
              </strong>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
