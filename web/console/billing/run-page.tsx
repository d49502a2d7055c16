import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge, Stamp } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { Providers } from '../overview/machinery.tsx'
import { useWords } from '../words/use-words.ts'
import { PlanFacts } from './plan.tsx'
import { Report } from './report.tsx'
import { RunProgress } from './run-progress.tsx'
import { RUN_TONES } from './run-state.ts'
import { billingWords } from './words.ts'

const route = getRouteApi('/billing/$id')

type Detail = AnswerOf<'GET /api/admin/billing-runs/:id'>

/** One run: how far it is, what it has come to, and the brake. */
export function RunPage() {
  const t = useWords(billingWords)
  const { id } = route.useParams()
  const query = useQuery({
    queryKey: ['billing-run', id],
    queryFn: () => call('GET /api/admin/billing-runs/:id', { params: { id } }),
    meta: { live: ['shop.subscription.', 'shop.payment.'] },
  })
  if (query.isError && query.data === undefined)
    return (
      <div className="page">
        <h1>{t.title}</h1>
        <Failed error={query.error} again={() => void query.refetch()} />
      </div>
    )
  const { data } = query
  return (
    <div className="page">
      <p>
        <Link to="/billing">{t.title}</Link>
      </p>
      {data === undefined ? (
        <>
          <h1>{t.title}</h1>
          <Loading />
        </>
      ) : (
        <Run detail={data} />
      )}
    </div>
  )
}

function Run({ detail }: { detail: Detail }) {
  const t = useWords(billingWords)
  const { run, now, steps } = detail
  const { id } = run
  const isUnderWay = run.state === 'running' || run.state === 'paused'
  return (
    <>
      <div className="page-head">
        <h1>
          {run.date} · {t.kinds[run.kind]}
        </h1>
        <Badge tone={RUN_TONES[run.state]}>{t.states[run.state]}</Badge>
        <div className="tools">
          {run.state === 'running' && <Brake id={id} verb="pause" left={now.left} />}
          {run.state === 'paused' && <Brake id={id} verb="resume" left={now.left} />}
        </div>
      </div>
      {run.stopReason !== null && (
        <p className="note">
          {t.stopReason}: {t.stopReasons[run.stopReason]}
        </p>
      )}
      {/* Begun anew when the run is. */}
      <RunProgress key={`${id} ${run.state}`} id={id} first={detail} />
      <div className="side-by-side">
        <Report title={t.real} report={now} />
        {isUnderWay && <DryRun date={run.date} />}
        <Providers />
        <section className="panel" aria-label={t.steps}>
          <h2>{t.steps}</h2>
          <ul className="things">
            {steps.map((step) => (
              <li key={step.name}>
                {t.stepNames[step.name]} · <Stamp at={step.startedAt} /> – <Stamp at={step.finishedAt} />
              </li>
            ))}
          </ul>
        </section>
      </div>
      {detail.errors.length > 0 && <Errors errors={detail.errors} />}
    </>
  )
}

function DryRun({ date }: { date: string }) {
  const t = useWords(billingWords)
  const query = useQuery({
    queryKey: ['billing-plan', date],
    queryFn: () => call('GET /api/admin/billing-plan', { query: { date } }),
    meta: { live: ['shop.subscription.'] },
  })
  return (
    <section className="panel" aria-label={t.plan}>
      <h2>{t.plan}</h2>
      {query.data ? <PlanFacts plan={query.data} /> : <Loading />}
    </section>
  )
}

function Brake({ id, verb, left }: { id: string; verb: 'pause' | 'resume'; left: number }) {
  const t = useWords(billingWords)
  const client = useQueryClient()
  const isPause = verb === 'pause'
  return (
    <Danger
      label={isPause ? t.pause : t.resume}
      title={isPause ? t.pauseTitle : t.resumeTitle}
      confirm={isPause ? t.pause : t.resume}
      reason="none"
      act={() =>
        isPause
          ? call('POST /api/admin/billing-runs/:id/pause', { params: { id } })
          : call('POST /api/admin/billing-runs/:id/resume', { params: { id } })
      }
      done={() => {
        say(isPause ? t.paused : t.resumed)
        void client.invalidateQueries({ queryKey: ['billing-run', id] })
      }}
    >
      <p>{isPause ? t.pauseSays(left) : t.resumeSays(left)}</p>
    </Danger>
  )
}

function Errors({ errors }: Pick<Detail, 'errors'>) {
  const t = useWords(billingWords)
  return (
    <section className="panel" aria-label={t.errorList}>
      <h2>{t.errorList}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.at}</th>
            <th scope="col">{t.subscription}</th>
            <th scope="col">{t.detail}</th>
          </tr>
        </thead>
        <tbody>
          {errors.map((error) => (
            <tr key={`${error.subscriptionId} ${error.at}`}>
              <td>
                <Stamp at={error.at} />
              </td>
              <td>{error.subscriptionId}</td>
              <td>{error.detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
