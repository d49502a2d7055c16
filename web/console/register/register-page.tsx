import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Badge, Count, Stamp } from '../frame/stamp.tsx'
import { Failed, Loading } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { registerWords } from './words.ts'

type State = AnswerOf<'GET /api/admin/register-import'>
type Register = State['registers'][number]

const KEY = ['register-import']
/** While it is read, a page comes every few seconds. */
const SOON_MS = 1_500
const SELDOM_MS = 15_000

/** How the import of the public registers stands, with a button to start and one to stop it. */
export function RegisterPage() {
  const t = useWords(registerWords)
  const query = useQuery({
    queryKey: KEY,
    queryFn: () => call('GET /api/admin/register-import'),
    refetchInterval: ({ state }) => ((state.data?.state ?? 'idle') === 'idle' ? SELDOM_MS : SOON_MS),
  })
  const state = query.data
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.title}</h1>
        {state && <Badge tone={state.state === 'idle' ? 'plain' : 'waiting'}>{t.states[state.state]}</Badge>}
        <div className="tools">
          <Link to="/items" className="button">
            {t.back}
          </Link>
          {state && <Buttons state={state} />}
        </div>
      </div>
      <p className="quiet">{t.lead}</p>
      {state === undefined ? (
        query.isError ? (
          <Failed error={query.error} again={() => void query.refetch()} />
        ) : (
          <Loading />
        )
      ) : (
        <Registers state={state} />
      )}
    </div>
  )
}

const isAsked = ({ callsADay }: Register) => callsADay !== null

function Registers({ state }: { state: State }) {
  const t = useWords(registerWords)
  const hasKey = state.registers.some(isAsked)
  return (
    <>
      {!hasKey && (
        <div className="note">
          <p>
            <strong>{t.noKey}</strong>
          </p>
          <p>{t.noKeyHint}</p>
        </div>
      )}
      {hasKey && state.callsLeft === 0 && <p className="note">{t.usedUp}</p>}
      <p className="quiet" role="status">
        {state.startedAt === null ? (
          t.never
        ) : (
          <>
            {t.startedAt}: <Stamp at={state.startedAt} />
          </>
        )}
      </p>
      <div className="side-by-side">
        {state.registers.map((register) => (
          <OneRegister key={register.source} register={register} isRunning={state.state === 'running'} />
        ))}
      </div>
    </>
  )
}

function OneRegister({ register, isRunning }: { register: Register; isRunning: boolean }) {
  const t = useWords(registerWords)
  const { source, callsToday, callsADay, lastRead, stuck } = register
  const id = `register-${source}`
  return (
    <section className="panel" aria-labelledby={id}>
      <h2 id={id}>{t.sources[source]}</h2>
      {callsADay === null ? (
        <p>{t.keyMissing(t.keys[source])}</p>
      ) : (
        <dl className="facts">
          <dt>{t.callsToday}</dt>
          <dd>{t.callsOf(callsToday, callsADay)}</dd>
        </dl>
      )}
      {lastRead === null ? (
        callsADay !== null && <p className="quiet">{t.notRead}</p>
      ) : (
        <LastRead read={lastRead} isRunning={isRunning} />
      )}
      {stuck !== null && <Stuck source={source} page={stuck} />}
    </section>
  )
}

/** A page that does not come, and the way past it. */
function Stuck({ source, page }: { source: Register['source']; page: NonNullable<Register['stuck']> }) {
  const t = useWords(registerWords)
  const client = useQueryClient()
  const { row, rows, days, skipped } = page
  return (
    <div className="note">
      <p>
        <strong>{t.stuck(row)}</strong>
      </p>
      <p>{skipped ? t.skipped : t.stuckSays(days)}</p>
      {!skipped && (
        <Danger
          label={t.skip}
          title={t.skipTitle}
          confirm={t.skip}
          reason="none"
          act={() => call('POST /api/admin/register-import/skip-page', { body: { source, row } })}
          done={(next) => {
            client.setQueryData(KEY, next)
            say(t.skipDone)
          }}
        >
          <p>{t.skipConfirms(row, rows)}</p>
        </Danger>
      )}
    </div>
  )
}

function LastRead({ read, isRunning }: { read: NonNullable<Register['lastRead']>; isRunning: boolean }) {
  const t = useWords(registerWords)
  const language = useLanguage()
  const { pages, ofPages, stop } = read
  const isWhole = read.endedAt !== null
  return (
    <>
      <label className="progress">
        <span>{t.pagesOf(pages, ofPages)}</span>
        <progress className="bar" value={pages} max={Math.max(ofPages, 1)} />
      </label>
      <p>
        <Badge tone={isWhole ? 'good' : isRunning ? 'waiting' : stop ? 'bad' : 'plain'}>
          {isWhole ? t.whole : isRunning ? t.reading : t.notEnded}
        </Badge>
      </p>
      {stop && !isRunning && (
        <p>
          <strong>{t.why}:</strong> {stop[language]}
        </p>
      )}
      <dl className="facts">
        {(['read', 'added', 'changed', 'unchanged', 'rejected', 'missed'] as const).map((name) => (
          <Fact key={name} label={t[name]} count={read[name]} />
        ))}
        <dt>{isWhole ? t.endedAt : t.updatedAt}</dt>
        <dd>
          <Stamp at={read.endedAt ?? read.updatedAt} />
        </dd>
      </dl>
    </>
  )
}

function Fact({ label, count }: { label: string; count: number }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <Count of={count} />
      </dd>
    </>
  )
}

/** One of the two buttons, or none where no key is set or no call is left. */
function Buttons({ state }: { state: State }) {
  const t = useWords(registerWords)
  const client = useQueryClient()
  const seen = (said: string) => (next: State) => {
    client.setQueryData(KEY, next)
    say(said)
  }
  if (state.state === 'stopping') return null
  if (state.state !== 'idle')
    return (
      <Danger
        key="stop"
        label={t.stop}
        title={t.stopTitle}
        confirm={t.stop}
        reason="none"
        act={() => call('POST /api/admin/register-import/stop')}
        done={seen(t.stopped)}
      >
        <p>{t.stopSays}</p>
      </Danger>
    )
  if (state.callsLeft === 0) return null
  return (
    <Danger
      key="start"
      label={t.start}
      title={t.startTitle}
      confirm={t.start}
      reason="none"
      act={() => call('POST /api/admin/register-import/start')}
      done={seen(t.started)}
    >
      <p>
        <strong>{t.startSays(state.callsLeft)}</strong>
      </p>
      <ul className="things">
        {state.registers.map(
          ({ source, callsToday, callsADay }) =>
            callsADay !== null && (
              <li key={source}>
                {t.startUses(t.sources[source], Math.max(0, callsADay - callsToday), callsADay)}
              </li>
            ),
        )}
      </ul>
      <p className="quiet">{t.startGoesOn}</p>
      {state.registers.some(({ stuck }) => stuck?.skipped === false) && (
        <p className="quiet">{t.startAnew}</p>
      )}
    </Danger>
  )
}
