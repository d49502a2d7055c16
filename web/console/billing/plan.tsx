import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useId } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Count, Won } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { subscriptionWords } from '../subscriptions/words.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import { billingWords } from './words.ts'

const route = getRouteApi('/billing')

/** What a run of a date would do, and the button that has it done. */
export function Plan() {
  const t = useWords(billingWords)
  const id = useId()
  const navigate = useNavigate()
  const { date } = route.useSearch()
  const query = useQuery({
    queryKey: ['billing-plan', date],
    queryFn: () => call('GET /api/admin/billing-plan', { query: { date } }),
    meta: { live: ['shop.subscription.'] },
  })
  return (
    <section className="panel" aria-label={t.plan}>
      <div className="page-head">
        <h2>{t.plan}</h2>
        <div className="tools">
          <label htmlFor={id}>{t.planDate}</label>
          <input
            id={id}
            type="date"
            value={date ?? query.data?.date ?? ''}
            onChange={(event) =>
              void navigate({
                to: '/billing',
                search: (now) => ({ ...now, date: event.target.value || undefined }),
              })
            }
          />
          {query.data && <Start plan={query.data} />}
        </div>
      </div>
      <p className="quiet">{t.planSays}</p>
      {query.isError ? (
        <Failed error={query.error} again={() => void query.refetch()} />
      ) : query.data ? (
        <PlanFacts plan={query.data} />
      ) : (
        <Loading />
      )}
    </section>
  )
}

type PlanOf = AnswerOf<'GET /api/admin/billing-plan'>

export function PlanFacts({ plan }: { plan: PlanOf }) {
  const t = useWords(billingWords)
  const { cycleReasons, reasons } = useWords(subscriptionWords)
  return (
    <dl className="facts">
      <dt>{t.toCharge}</dt>
      <dd>
        <Count of={plan.toCharge.count} /> · <Won amount={plan.toCharge.amount} />
      </dd>
      <dt>{t.withoutMethod}</dt>
      <dd>
        <Count of={plan.withoutMethod} />
      </dd>
      <dt>{t.toSkip}</dt>
      <dd>
        <ByReason counts={plan.toSkip} words={cycleReasons} />
      </dd>
      <dt>{t.toEnd}</dt>
      <dd>
        <ByReason counts={plan.toEnd} words={reasons} />
      </dd>
      <dt>{t.toPutOff}</dt>
      <dd>
        <Count of={plan.toPutOff} />
      </dd>
      <dt>{t.waiting}</dt>
      <dd>
        <Count of={plan.waiting} />
      </dd>
      <dt>{t.followUps}</dt>
      <dd>
        <Count of={plan.followUps} />
      </dd>
    </dl>
  )
}

/** How many for each reason, or none at all. */
function ByReason<Reason extends string>({
  counts,
  words,
}: {
  counts: Readonly<{ [Each in Reason]?: number | undefined }>
  words: Readonly<Record<NoInfer<Reason>, string>>
}) {
  const found = Object.keys(counts).filter((reason): reason is Reason => reason in words)
  if (found.length === 0) return <Count of={0} />
  return (
    <ul className="things">
      {found.map((reason) => (
        <li key={reason}>
          {words[reason]} · <Count of={counts[reason] ?? 0} />
        </li>
      ))}
    </ul>
  )
}

function Start({ plan }: { plan: PlanOf }) {
  const t = useWords(billingWords)
  const language = useLanguage()
  const client = useQueryClient()
  const navigate = useNavigate()
  return (
    <Danger
      label={t.start}
      title={t.startTitle(plan.date)}
      confirm={t.start}
      reason="none"
      act={() => call('POST /api/admin/billing-runs', { body: { date: plan.date } })}
      done={({ id }) => {
        say(t.startedNow)
        void client.invalidateQueries({ queryKey: ['billing-runs'] })
        void navigate({ to: '/billing/$id', params: { id } })
      }}
    >
      <p>{t.startSays(plan.toCharge.count, wonText(plan.toCharge.amount, language))}</p>
      <p className="quiet">{t.startAgain}</p>
    </Danger>
  )
}
