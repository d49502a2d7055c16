import { Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'

/**
 * Where the letter that proves an address leads. Opening it does nothing yet: programs that look through mail open
 * every link, and the one tap is the reader's.
 */
export function verifyEmailPages(site: Site): void {
  const { accounts } = site.world.identity
  site.personal('GET', '/verify-email', (visit) =>
    pageOf(visit, { token: visit.query.get('token') ?? undefined }),
  )
  site.personal('POST', '/verify-email', async (visit) => {
    const result = await accounts.verifyEmail((visit.form.get('token') ?? '').slice(0, 100))
    if (result.kind === 'verified') return pageOf(visit, { isDone: true })
    return pageOf(visit, { trouble: site.saying(visit, result) }, 422)
  })
}

function pageOf(
  visit: Visit,
  { token, trouble, isDone = false }: { token?: string | undefined; trouble?: string; isDone?: boolean },
  status = 200,
): PageAnswer {
  const { verify, account } = visit.words
  const isAsking = token !== undefined && !isDone && trouble === undefined
  return shown({
    title: verify.title,
    status,
    tab: 'my',
    isAddressSecret: true,
    body: (
      <div className="narrow">
        <h1>{verify.title}</h1>
        {isDone && <Notice kind="done">{verify.done}</Notice>}
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        {isAsking ? (
          <form className="box" action={visit.to('/verify-email')} method="post" data-once="">
            <input type="hidden" name="token" value={token.slice(0, 100)} />
            <p>{verify.lead}</p>
            <button className="button wide-button" type="submit">
              {verify.confirm}
            </button>
          </form>
        ) : (
          <p className="centre">
            {isDone ? (
              <a className="button" href={visit.to('/')}>
                {verify.goOn}
              </a>
            ) : (
              <>
                {verify.again} <a href={visit.to('/profile')}>{account.profileTitle}</a>
              </>
            )}
          </p>
        )}
      </div>
    ),
  })
}
