import { Field, type Wrong, wrongOf } from '../../ui/field.tsx'
import { Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'

/** Getting in again by a letter: a new password, or a browser that strangers' guesses do not hold back. */
export function enterAgainPages(site: Site): void {
  const { accounts } = site.world.identity
  const textIn = (visit: Visit, name: string) => (visit.form.get(name) ?? '').slice(0, 500)
  const statusOf = (code: string) => site.world.problems[code]?.status ?? 422

  for (const [path, purpose] of [
    ['/password/forgotten', 'reset_password'],
    ['/login/unknown', 'know_browser'],
  ] as const) {
    site.personal('GET', path, (visit) => askPage(visit, path, {}))
    site.personal('POST', path, async (visit) => {
      const email = textIn(visit, 'email')
      const result = await accounts.sendLink(visit.request, email, purpose)
      if (result.kind === 'sent') return askPage(visit, path, { sent: true })
      return askPage(visit, path, { email, trouble: site.saying(visit, result) }, statusOf(result.code))
    })
  }

  site.personal('GET', '/password/reset', (visit) =>
    resetPage(visit, { token: visit.query.get('token') ?? '' }),
  )
  site.personal('POST', '/password/reset', async (visit) => {
    const token = textIn(visit, 'token').slice(0, 100)
    const result = await accounts.resetPassword(visit.request, {
      token,
      newPassword: textIn(visit, 'newPassword'),
    })
    if (result.kind === 'refused') {
      const trouble = result.errors ? visit.words.errors.check : site.saying(visit, result)
      return resetPage(visit, { token, trouble, wrong: wrongOf(visit, result) }, statusOf(result.code))
    }
    visit.reply.header('set-cookie', result.knownDevice)
    return to('/login?done=reset')
  })

  site.personal('GET', '/login/known', (visit) => knownPage(visit, visit.query.get('token') ?? ''))
  site.personal('POST', '/login/known', async (visit) => {
    const token = textIn(visit, 'token').slice(0, 100)
    const result = await accounts.knowBrowser(visit.request, token)
    if (result.kind === 'refused')
      return knownPage(visit, token, site.saying(visit, result), statusOf(result.code))
    visit.reply.header('set-cookie', result.knownDevice)
    return to('/login?done=known')
  })
}

function askPage(
  visit: Visit,
  path: '/password/forgotten' | '/login/unknown',
  { email, sent = false, trouble }: { email?: string; sent?: boolean; trouble?: string },
  status = 200,
): PageAnswer {
  const { account, entry } = visit.words
  const [title, lead] =
    path === '/password/forgotten'
      ? [entry.forgotten, entry.forgottenLead]
      : [entry.unknown, entry.unknownLead]
  return shown({
    title,
    status,
    tab: 'my',
    body: (
      <div className="narrow">
        <h1>{title}</h1>
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        {sent ? (
          <Notice kind="done">{entry.sent}</Notice>
        ) : (
          <>
            <p>{lead}</p>
            <form className="box" action={visit.to(path)} method="post" data-once="">
              <Field
                name="email"
                label={account.email}
                defaultValue={email}
                type="email"
                required
                maxLength={254}
                autoComplete="username"
              />
              <button className="button wide-button" type="submit">
                {entry.send}
              </button>
            </form>
          </>
        )}
        <p className="centre">
          <a href={visit.to('/login')}>{entry.toLogin}</a>
        </p>
      </div>
    ),
  })
}

function resetPage(
  visit: Visit,
  { token, trouble, wrong }: { token: string; trouble?: string; wrong?: Wrong },
  status = 200,
): PageAnswer {
  const { account, entry } = visit.words
  return shown({
    title: entry.reset,
    status,
    tab: 'my',
    isAddressSecret: true,
    body: (
      <div className="narrow">
        <h1>{entry.reset}</h1>
        <p>{entry.resetLead}</p>
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        <form className="box" action={visit.to('/password/reset')} method="post" data-once="">
          <input type="hidden" name="token" value={token.slice(0, 100)} />
          <Field
            name="newPassword"
            label={account.newPassword}
            hint={account.passwordHint}
            wrong={wrong}
            type="password"
            required
            maxLength={100}
            autoComplete="new-password"
          />
          <button className="button wide-button" type="submit">
            {entry.resetDo}
          </button>
        </form>
        <p className="centre">
          <a href={visit.to('/password/forgotten')}>{entry.anotherLink}</a>
        </p>
      </div>
    ),
  })
}

/** Opening the letter's link does nothing yet: programs that look through mail open every link. */
function knownPage(visit: Visit, token: string, trouble?: string, status = 200): PageAnswer {
  const { entry } = visit.words
  return shown({
    title: entry.unknown,
    status,
    tab: 'my',
    isAddressSecret: true,
    body: (
      <div className="narrow">
        <h1>{entry.unknown}</h1>
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        <form className="box" action={visit.to('/login/known')} method="post" data-once="">
          <input type="hidden" name="token" value={token.slice(0, 100)} />
          <p>{entry.knownLead}</p>
          <button className="button wide-button" type="submit">
            {entry.knownDo}
          </button>
        </form>
        <p className="centre">
          <a href={visit.to('/login/unknown')}>{entry.anotherLink}</a>
        </p>
      </div>
    ),
  })
}
