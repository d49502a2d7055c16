import { type Shown, shown } from './answer.ts'
import type { Visit } from './visit.ts'

/** Opened again by itself after so long, while we are busy. */
const BUSY_SECONDS = 5

/** What is shown in place of a page that cannot be shown. */
export function problemPageOf(
  visit: Visit,
  { status, code, id, saying }: { status: number; code: string; id: string; saying: string },
): Shown {
  const { errors } = visit.words
  const isBusy = status === 503 && visit.request.method === 'GET'
  const [title, text] =
    status === 404
      ? [code === 'not_found' ? errors.notFound : saying, errors.notFoundText]
      : isBusy
        ? [errors.busy, errors.busyText]
        : status >= 500
          ? [errors.fault, errors.faultText]
          : [errors.refused, saying]
  return shown({
    title,
    status,
    ...(isBusy ? { againAfterSeconds: BUSY_SECONDS } : {}),
    body: (
      <div className="narrow centre">
        <p className="big-status" aria-hidden="true">
          {status}
        </p>
        <h1>{title}</h1>
        <p>{text}</p>
        {status >= 500 && (
          <p className="quiet">
            {errors.number}: {id}
          </p>
        )}
        <p>
          <a className="button" href={visit.to('/')}>
            {errors.toHome}
          </a>
        </p>
      </div>
    ),
  })
}
