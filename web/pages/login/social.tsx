import type { ProviderName } from '../../../src/identity/index.ts'
import { noteSecurity } from '../../../src/platform/http/security-log.ts'
import type { Refused } from '../../../src/platform/refusal.ts'
import { Field, type Wrong, wrongOf } from '../../ui/field.tsx'
import { Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import { type Agreed, Agreement, agreedIn, missingIn, readNow } from './agreement.tsx'
import { type KeptFlow, keepFlow, takeFlow } from './flow-cookie.ts'
import { nextIn } from './login.tsx'
import { PersonFields, type PersonForm, personIn } from './person-fields.tsx'
import { loginProviderIn } from './provider-buttons.tsx'
import { signIn } from './sign-in.ts'

/** Logging in at a provider: there, back, and for newcomers the step in between. */
export function socialPages(site: Site): void {
  const { social } = site.world.identity
  site.personal('GET', '/login/:provider', async (visit) => {
    const provider = loginProviderIn(visit.params.provider)
    const next = nextIn(visit.query)
    if (!provider) return failed(visit.language, 'login_provider_unknown', next)
    const begun = await social.begin(visit.request, provider)
    if (begun.kind === 'refused') return failed(visit.language, begun.code, next)
    keepFlow(site, visit, begun.flow, next)
    return { kind: 'to', path: begun.url }
  })
  site.personal('GET', '/login/:provider/return', async (visit) => {
    const kept = takeFlow(site, visit)
    if (!kept) {
      noteSecurity(visit.request, 'login_not_proved')
      return failed(visit.language, 'login_not_proved', '/my')
    }
    const { language, next } = kept
    const returned = { flow: kept.flow, query: visit.query.toString() }
    if (social.isLinking(kept.flow)) return finishLinking(site, visit, returned, kept)
    const result = await social.finish(visit.request, returned)
    if (result.kind === 'refused') return failed(language, result.code, next)
    if (result.kind === 'signed_in') return signIn(site, visit, result, next, language)
    site.browser.keep(visit.reply, 'sign-up-ticket', result.ticket, social.keptSeconds.ticket)
    return to(`/sign-up/more?${new URLSearchParams({ next })}`, language)
  })
  morePages(site)
}

/** The step between a first login and an account: what is still missing, or the account that is there already. */
function morePages(site: Site): void {
  const { social } = site.world.identity
  const ticketOf = (visit: Visit) => {
    const ticket = site.browser.kept(visit.request, 'sign-up-ticket') ?? ''
    const told = social.ticket(ticket)
    return told && { ticket, told }
  }
  site.personal('GET', '/sign-up/more', async (visit) => {
    const next = nextIn(visit.query)
    const found = ticketOf(visit)
    if (!found) return failed(visit.language, 'ticket_invalid', next)
    const { provider, email, name, phone } = found.told
    const form = {
      ...personIn(new URLSearchParams()),
      email: email ?? '',
      realName: name ?? '',
      phone: phone ?? '',
    }
    return morePage(visit, await readNow(site.world.identity.legal), { provider, form, next })
  })
  site.personal('POST', '/sign-up/more', async (visit) => {
    const next = nextIn(visit.form)
    const found = ticketOf(visit)
    if (!found) return failed(visit.language, 'ticket_invalid', next)
    const { provider } = found.told
    const form = personIn(visit.form)
    const { errors } = visit.words
    const wrong = missingIn(visit)
    if (wrong) {
      return morePage(
        visit,
        await readNow(site.world.identity.legal),
        { provider, form, next, wrong, trouble: errors.check },
        422,
      )
    }
    const { postalCode, city, detail, ...person } = form
    const typed = { ...person, address: { city, detail, postalCode }, agreedTo: agreedIn(visit.form) }
    const result = await social.signUp(visit.request, { ticket: found.ticket, typed })
    if (result.kind === 'refused') return againWith(site, visit, { provider, form, next }, result)
    site.browser.forget(visit.reply, 'sign-up-ticket')
    return signIn(site, visit, result, next)
  })
  site.personal('POST', '/sign-up/connect', async (visit) => {
    const next = nextIn(visit.form)
    const found = ticketOf(visit)
    if (!found) return failed(visit.language, 'ticket_invalid', next)
    const text = (name: string) => (visit.form.get(name) ?? '').slice(0, 500)
    const [email, password] = [text('connectEmail'), text('connectPassword')]
    const result = await social.connect(visit.request, { ticket: found.ticket, email, password })
    if (result.kind === 'refused') {
      const { provider, name, phone } = found.told
      const form = { ...personIn(new URLSearchParams()), email, realName: name ?? '', phone: phone ?? '' }
      return againWith(site, visit, { provider, form, next, connecting: true }, result)
    }
    site.browser.forget(visit.reply, 'sign-up-ticket')
    return signIn(site, visit, result, next)
  })
}

async function finishLinking(
  site: Site,
  visit: Visit,
  returned: { flow: string; query: string },
  { next, language }: KeptFlow,
): Promise<PageAnswer> {
  const actor = await site.browser.identify(visit.request)
  if (typeof actor !== 'object') {
    noteSecurity(visit.request, 'login_not_proved')
    return failed(language, 'login_not_proved', '/profile/logins')
  }
  const result = await site.world.identity.social.finishLinking(visit.request, actor, returned)
  const said: Record<string, string> =
    result.kind === 'refused' ? { problem: result.code } : { done: 'linked' }
  return to(`${next}?${new URLSearchParams(said)}`, language)
}

/** Back to the login page, which says why: the address of the return is good once, and not for showing anything. */
function failed(language: Visit['language'], problem: string, next: string): PageAnswer {
  return to(`/login?${new URLSearchParams({ problem, next })}`, language)
}

interface More {
  provider: ProviderName
  form: PersonForm
  next: string
  wrong?: Wrong
  trouble?: string
  connecting?: boolean
}

async function againWith(site: Site, visit: Visit, more: More, refusal: Refused): Promise<PageAnswer> {
  const status = site.world.problems[refusal.code]?.status ?? 422
  const trouble = refusal.errors ? visit.words.errors.check : site.saying(visit, refusal)
  // 401 would ask browsers for a kind of login that this is not.
  return morePage(
    visit,
    await readNow(site.world.identity.legal),
    { ...more, trouble, wrong: wrongOf(visit, refusal) },
    status === 401 ? 422 : status,
  )
}

function morePage(
  visit: Visit,
  agreed: Agreed,
  { provider, form, next, wrong, trouble, connecting = false }: More,
  status = 200,
): PageAnswer {
  const { account, logins } = visit.words
  // Somebody has the address already: most likely they themselves.
  const open = connecting || wrong?.email !== undefined
  return shown({
    title: logins.moreTitle,
    status,
    address: `/sign-up/more?${new URLSearchParams({ next })}`,
    tab: 'my',
    body: (
      <div className="narrow">
        <h1>{logins.moreTitle}</h1>
        <p>{logins.moreLead(logins.names[provider])}</p>
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        <form className="box" action={visit.to('/sign-up/more')} method="post" data-once="">
          <input type="hidden" name="next" value={next} />
          <Field
            name="email"
            label={account.email}
            defaultValue={form.email}
            wrong={wrong}
            type="email"
            required
            maxLength={254}
            autoComplete="email"
          />
          <PersonFields visit={visit} form={form} wrong={wrong} />
          <Agreement visit={visit} agreed={agreed} wrong={wrong} />
          <button className="button wide-button" type="submit">
            {logins.moreDo}
          </button>
        </form>
        <details className="box" open={open}>
          <summary>{logins.connectTitle}</summary>
          <form action={visit.to('/sign-up/connect')} method="post" data-once="">
            <input type="hidden" name="next" value={next} />
            <p className="quiet">{logins.connectLead}</p>
            <Field
              name="connectEmail"
              label={account.email}
              defaultValue={form.email}
              type="email"
              required
              maxLength={254}
              autoComplete="username"
            />
            <Field
              name="connectPassword"
              label={account.password}
              type="password"
              required
              maxLength={100}
              autoComplete="current-password"
            />
            <button className="button plain wide-button" type="submit">
              {logins.connectDo}
            </button>
          </form>
        </details>
      </div>
    ),
  })
}
