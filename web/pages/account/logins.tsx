import { PROVIDERS } from '../../../src/identity/index.ts'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import { Field } from '../../ui/field.tsx'
import { dayText } from '../../ui/format.ts'
import { Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import { keepFlow } from '../login/flow-cookie.ts'
import { loginProviderIn } from '../login/provider-buttons.tsx'

const PATH = '/profile/logins'
/** What becomes of a way to a provider and back, which leads here by its code. */
const OF_LINKING = [
  'login_cancelled',
  'login_not_proved',
  'login_provider_unavailable',
  'login_provider_unknown',
  'login_already_linked',
  'provider_already_linked',
  'too_many_requests',
]

/** The ways into one's account: providers are added with the password, and taken away while another way is left. */
export function loginsPages(site: Site): void {
  const { social } = site.world.identity
  site.signedIn('GET', PATH, (visit, actor) => {
    const code = OF_LINKING.find((known) => known === visit.query.get('problem'))
    const trouble = code === undefined ? undefined : site.saying(visit, refused(code))
    return pageOf(site, visit, actor, { done: visit.query.get('done'), trouble })
  })
  site.signedIn('POST', `${PATH}/:provider/link`, async (visit, actor) => {
    const provider = loginProviderIn(visit.params.provider)
    if (!provider) return refused('login_provider_unknown')
    const password = (visit.form.get('password') ?? '').slice(0, 500)
    const begun = await social.beginLinking(visit.request, actor, { provider, password })
    if (begun.kind === 'refused') return again(site, visit, actor, begun)
    keepFlow(site, visit, begun.flow, PATH)
    return { kind: 'to', path: begun.url }
  })
  site.signedIn('POST', `${PATH}/:provider/unlink`, async (visit, actor) => {
    const provider = loginProviderIn(visit.params.provider)
    if (!provider) return refused('login_provider_unknown')
    const result = await social.unlink(actor, provider)
    return result.kind === 'refused' ? again(site, visit, actor, result) : to(`${PATH}?done=unlinked`)
  })
}

function again(site: Site, visit: Visit, actor: Actor, refusal: Refused): Promise<PageAnswer | Refused> {
  const status = site.world.problems[refusal.code]?.status ?? 422
  return pageOf(site, visit, actor, { done: null, trouble: site.saying(visit, refusal) }, status)
}

async function pageOf(
  site: Site,
  visit: Visit,
  actor: Actor,
  { done, trouble }: { done: string | null; trouble: string | undefined },
  status = 200,
): Promise<PageAnswer | Refused> {
  const { social } = site.world.identity
  const ways = await social.ways(actor)
  if (ways.kind === 'refused') return ways
  const { logins, account } = visit.words
  const said = done === 'linked' ? logins.linked : done === 'unlinked' ? logins.unlinked : undefined
  const linkedAt = new Map(ways.logins.map((login) => [login.provider, login.linkedAt]))
  // One that is no longer offered can still be taken away.
  const shownProviders = PROVIDERS.filter((name) => linkedAt.has(name) || social.providers.includes(name))
  return shown({
    title: logins.title,
    status,
    tab: 'my',
    leadsToProvider: true,
    body: (
      <div className="narrow">
        <h1>{logins.title}</h1>
        <p>{logins.lead}</p>
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        {said && <Notice kind="done">{said}</Notice>}
        <ul className="box plain-list">
          <li className="way">
            <p>
              <strong>{logins.byPassword}</strong>
            </p>
            {!ways.hasPassword && (
              <p className="quiet">
                {logins.noPassword} <a href={visit.to('/password/forgotten')}>{logins.setPassword}</a>
              </p>
            )}
          </li>
          {shownProviders.map((provider) => {
            const since = linkedAt.get(provider)
            const path = visit.to(`${PATH}/${provider}/${since ? 'unlink' : 'link'}`)
            return (
              <li key={provider} className="way">
                <p>
                  <strong>{logins.names[provider]}</strong>
                </p>
                <p className="quiet">
                  {since ? logins.connected(dayText(since.toString(), visit.language)) : logins.notConnected}
                </p>
                {(since || ways.hasPassword) && (
                  <form action={path} method="post" data-once="">
                    {!since && (
                      <Field
                        id={`password-${provider}`}
                        name="password"
                        label={account.currentPassword}
                        hint={logins.proveHint}
                        type="password"
                        required
                        maxLength={100}
                        autoComplete="current-password"
                      />
                    )}
                    <button className="button plain small" type="submit">
                      {since ? logins.unlink : logins.link}
                      <span className="unseen"> {logins.names[provider]}</span>
                    </button>
                  </form>
                )}
              </li>
            )
          })}
        </ul>
        <p>
          <a href={visit.to('/profile')}>{account.profileTitle}</a>
        </p>
      </div>
    ),
  })
}
