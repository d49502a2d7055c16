import { type Shown, shown } from './answer.ts'
import { nearestPage } from './nearest-page.ts'
import { SendAgain } from './send-again.tsx'
import type { Visit } from './visit.ts'

/** Opened again by itself after so long, while we are busy. */
const BUSY_SECONDS = 5
const TOO_MANY = 429

interface Problem {
  readonly status: number
  readonly code: string
  /** Of the request, to quote to us. */
  readonly id: string
  /** What the refusal says, in the language of the visit. */
  readonly saying: string
}

/**
 * What is shown in place of a page that cannot be shown. What passes by itself (a fault of ours, or too many requests in
 * a minute) can be tried again, and what a form sent is on the page.
 */
export function problemPageOf(visit: Visit, problem: Problem): Shown {
  const { status, code, id } = problem
  const { errors } = visit.words
  const isOurs = status >= 500
  const isForm = visit.request.method === 'POST'
  const passes = isOurs || status === TOO_MANY
  // Of a flood not every form is read.
  const isKept = isForm && (isOurs || visit.request.body !== undefined)
  const { title, text } = sayingOf(visit, problem)
  return shown({
    title,
    status,
    ...(isOurs ? { isAway: true } : {}),
    ...(status === 503 && !isForm ? { againAfterSeconds: BUSY_SECONDS } : {}),
    ...(passes && isForm ? { leadsToProvider: true } : {}),
    body: (
      <div className="narrow centre">
        <p className="big-status" aria-hidden="true">
          {status}
        </p>
        <h1>{title}</h1>
        <p>{text}</p>
        {passes && isKept && <SendAgain visit={visit} />}
        {isOurs && code !== 'under_maintenance' && (
          <p className="quiet">
            {errors.number}: {id}
          </p>
        )}
        <p className="actions">
          {passes && !isForm && (
            <a className="button" href={visit.to(nearestPage(visit))}>
              {errors.again}
            </a>
          )}
          <a className={passes ? 'button plain' : 'button'} href={visit.to('/')}>
            {errors.toHome}
          </a>
        </p>
      </div>
    ),
  })
}

function sayingOf(
  { words: { errors, maintenance }, request: { method, body } }: Visit,
  { status, code, saying }: Problem,
): { title: string; text: string } {
  if (status === 404)
    return { title: code === 'not_found' ? errors.notFound : saying, text: errors.notFoundText }
  if (status === TOO_MANY && body !== undefined)
    return { title: errors.unfinished, text: `${saying} ${errors.stillHere}` }
  if (code === 'under_maintenance') return { title: maintenance.title, text: `${saying} ${errors.stillHere}` }
  if (status < 500) return { title: errors.refused, text: saying }
  if (method === 'POST') return { title: errors.unfinished, text: errors.unfinishedText }
  return status === 503
    ? { title: errors.busy, text: errors.busyText }
    : { title: errors.fault, text: errors.faultText }
}
