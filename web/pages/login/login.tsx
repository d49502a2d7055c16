import { type Refused, refused } from '../../../src/platform/refusal.ts'
import { Field } from '../../ui/field.tsx'
import { Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import { FORM_WAITING, languageIn, type Visit } from '../frame/visit.ts'
import { ProviderButtons } from './provider-buttons.tsx'
import { signIn } from './sign-in.ts'

/** Logging in and out. */
export function loginPages(site: Site): void {
  const { accounts } = site.world.identity
  site.personal('GET', '/login', async (visit) => {
    const next = nextIn(visit.query)
    if (await isSignedIn(site, visit)) return { kind: 'to', path: next }
    const trouble = troubleIn(site, visit)
    return pageOf(site, visit, {
      next,
      email: '',
      done: visit.query.get('done') ?? undefined,
      ...(trouble === undefined ? {} : { trouble }),
    })
  })
  site.personal('POST', '/login', async (visit) => {
    const [email, password] = [visit.form.get('email') ?? '', visit.form.get('password') ?? '']
    const next = nextIn(visit.form)
    const result = await accounts.login(visit.request, {
      email: email.slice(0, 500),
      password: password.slice(0, 500),
    })
    if (result.kind === 'refused') return againWith(site, visit, { next, email }, result)
    return signIn(site, visit, result, next)
  })
  site.signedIn('POST', '/logout', async (visit, actor) => {
    await accounts.logout(actor)
    site.browser.close(visit.reply)
    return to('/login?done=loggedOut')
  })
}

/** What became of a login at a provider, which leads back here by its code. */
const OF_PROVIDERS = [
  'login_cancelled',
  'login_not_proved',
  'login_provider_unavailable',
  'login_provider_unknown',
  'ticket_invalid',
  'too_many_requests',
]

function troubleIn(site: Site, visit: Visit): string | undefined {
  const code = OF_PROVIDERS.find((known) => known === visit.query.get('problem'))
  return code === undefined ? undefined : site.saying(visit, refused(code))
}

async function isSignedIn(site: Site, visit: Visit): Promise<boolean> {
  return typeof (await site.browser.identify(visit.request)) === 'object'
}

/** No address of ours is longer; proxies refuse answers whose headers are. */
const LONGEST_NEXT = 2_000

/** What leads a page on to another one that leads to the same place; nothing where it is the usual one. */
export function askingFor(next: string): string {
  return next === '/my' ? '' : `?${new URLSearchParams({ next })}`
}

/** Where the answer to a form is found by a link, which has none of its fields: in the other language it leads on, too. */
export function answerAt({ request }: Visit, address: string): { address?: string } {
  return request.method === 'POST' ? { address } : {}
}

/**
 * Where to go afterwards, without the language, which is that of the visit: only to a page of ours, so that no link can
 * send people elsewhere by way of us.
 */
export function nextIn(fields: URLSearchParams): string {
  const next = fields.get('next') ?? ''
  if (next.length > LONGEST_NEXT || !next.startsWith('/') || !URL.canParse(next, 'http://here')) return '/my'
  const { origin, pathname, search } = new URL(next, 'http://here')
  return origin === 'http://here' && !pathname.startsWith('//')
    ? `${languageIn(pathname).path}${search}`
    : '/my'
}

function againWith(
  site: Site,
  visit: Visit,
  form: { next: string; email: string },
  refusal: Refused,
): PageAnswer {
  const status = site.world.problems[refusal.code]?.status ?? 422
  // 401 would ask browsers for a kind of login that this is not.
  return pageOf(site, visit, { ...form, trouble: site.saying(visit, refusal) }, status === 401 ? 422 : status)
}

function pageOf(
  site: Site,
  visit: Visit,
  {
    next,
    email,
    trouble,
    done,
  }: { next: string; email: string; trouble?: string; done?: string | undefined },
  status = 200,
): PageAnswer {
  const { account } = visit.words
  const forNext = askingFor(next)
  return shown({
    title: account.loginTitle,
    status,
    ...answerAt(visit, `/login${forNext}`),
    tab: 'my',
    ...(visit.query.has(FORM_WAITING) ? { hasFormWaiting: true } : {}),
    body: (
      <div className="narrow">
        <h1>{account.loginTitle}</h1>
        {done === 'loggedOut' && <Notice kind="done">{account.loggedOut}</Notice>}
        {done === 'reset' && <Notice kind="done">{visit.words.entry.resetDone}</Notice>}
        {done === 'known' && <Notice kind="done">{visit.words.entry.knownDone}</Notice>}
        {done === 'withdrawn' && <Notice kind="done">{account.withdrawn}</Notice>}
        {forNext && !trouble && <p>{account.loginNeeded}</p>}
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        <ProviderButtons site={site} visit={visit} next={next} />
        <form className="box" action={visit.to('/login')} method="post" data-once="" data-between="">
          <input type="hidden" name="next" value={next} />
          <Field
            name="email"
            label={account.email}
            defaultValue={email}
            type="email"
            required
            maxLength={254}
            autoComplete="username"
          />
          <Field
            name="password"
            label={account.password}
            type="password"
            required
            maxLength={100}
            autoComplete="current-password"
          />
          <button className="button wide-button" type="submit">
            {account.loginTitle}
          </button>
        </form>
        <p className="centre">
          <a href={visit.to('/password/forgotten')}>{visit.words.entry.forgotten}</a>
        </p>
        {status === 429 && (
          <p className="centre">
            <a href={visit.to('/login/unknown')}>{visit.words.entry.heldBack}</a>
          </p>
        )}
        <p className="centre">
          {account.noAccount} <a href={visit.to(`/sign-up${forNext}`)}>{visit.words.frame.signUp}</a>
        </p>
      </div>
    ),
  })
}
