import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type AnswerOf, call } from '../api/call.ts'
import { Count } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { useMay } from '../frame/use-session.ts'
import { useWords } from '../words/use-words.ts'
import { LOW_STOCK, useWork } from './use-work.ts'
import { overviewWords } from './words.ts'

const EVERY_MS = 15_000
/** The last run has not done all it should have, and goes on by itself in none of these. */
const STUCK = ['paused', 'stopped', 'failed'] as const

/** What waits for a person, with the way to it: first what the day is made of, then what has gone wrong. */
export function Attention({ waiting }: { waiting: AnswerOf<'GET /api/admin/figures/payments'>['now'] }) {
  const t = useWords(overviewWords)
  const isAdmin = useMay('admin')
  const query = useQuery({
    queryKey: ['delivery'],
    queryFn: () => call('GET /api/admin/delivery'),
    refetchInterval: EVERY_MS,
  })
  const work = useWork()
  const queries = [query, ...Object.values(work)]
  const failed = queries.find(({ isError }) => isError)
  const orders = work.orders.data?.now
  const isStuck = STUCK.some((state) => state === work.runs.data?.data[0]?.state)
  const { unknown, refundsInReview, receiptsInReview, proposals, handedBack, findings } = waiting
  const { missingTables, listsNotHad } = waiting
  const dead = query.data?.dead ?? 0
  const things = [
    { text: t.toSend, count: orders?.toSend ?? 0, to: '/shipping' },
    { text: t.returns, count: orders?.returns ?? 0, to: '/returns', search: { state: 'requested' } },
    { text: t.questions, count: work.questions.data?.now.unanswered ?? 0, to: '/questions' },
    {
      text: t.lowStock,
      count: work.lowStock.data?.page.totalElements ?? 0,
      to: '/items',
      search: { status: 'on_sale', freeAtMost: String(LOW_STOCK) },
    },
    { text: t.reviews, count: work.reviews.data?.page.totalElements ?? 0, to: '/reviews' },
    { text: t.stuckRun, count: isStuck ? 1 : 0, to: '/billing' },
    { text: t.unknown, count: unknown, to: '/payments' },
    { text: t.refunds, count: refundsInReview, to: '/payments' },
    { text: t.receipts, count: receiptsInReview, to: '/payments' },
    { text: t.proposals, count: proposals, to: '/payments' },
    { text: t.handedBack, count: handedBack, to: '/payments' },
    { text: t.findings, count: findings, to: '/reconciliation' },
    { text: t.missingTables, count: missingTables, to: '/reconciliation' },
    { text: t.listsNotHad, count: listsNotHad, to: '/reconciliation' },
    ...(isAdmin ? [{ text: t.dead, count: dead, to: '/dead-letters' }] : []),
  ].filter(({ count }) => count > 0)
  return (
    <section className="panel" aria-label={t.attention}>
      <h2>{t.attention}</h2>
      {failed && <Failed error={failed.error} again={() => void failed.refetch()} />}
      {things.length === 0 ? (
        !failed &&
        (queries.some(({ isPending }) => isPending) ? <Loading /> : <p className="quiet">{t.allWell}</p>)
      ) : (
        <ul className="things">
          {things.map(({ text, count, to, search }) => (
            <li key={text}>
              <Link to={to} search={search ?? {}}>
                {text}
              </Link>{' '}
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
