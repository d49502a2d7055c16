import type { Profile, WaysIn } from '../../../src/identity/index.ts'
import type { Actor } from '../../../src/platform/http/actor.ts'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import { Field, Tick, type Wrong, wrongOf } from '../../ui/field.tsx'
import { dayText, phoneText } from '../../ui/format.ts'
import { Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown, to } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import { PersonFields } from '../login/person-fields.tsx'

interface Said {
  done?: string
  trouble?: string
  wrong?: Wrong
  /** What was typed, in place of what is stored. */
  typed?: URLSearchParams
}

/** One's own data, password, and leaving. */
export function profilePages(site: Site): void {
  const { accounts } = site.world.identity
  site.signedIn('GET', '/profile', (visit, actor) => {
    const { account } = visit.words
    const done = visit.query.get('done')
    const texts = new Map([
      ['saved', account.saved],
      ['password', account.passwordSaved],
      ['link', visit.words.verify.sent],
    ])
    const text = texts.get(done ?? '')
    return pageOf(site, visit, actor, text === undefined ? {} : { done: text })
  })
  site.signedIn('POST', '/profile', async (visit, actor) => {
    const text = (name: string) => (visit.form.get(name) ?? '').slice(0, 500)
    const result = await accounts.change(visit.request, actor, {
      displayName: text('displayName'),
      realName: text('realName'),
      phone: text('phone'),
      address: { city: text('city'), detail: text('detail'), postalCode: text('postalCode') },
    })
    if (result.kind === 'changed') return to('/profile?done=saved')
    return again(site, visit, actor, result, visit.form)
  })
  site.signedIn('POST', '/profile/password', async (visit, actor) => {
    const text = (name: string) => (visit.form.get(name) ?? '').slice(0, 500)
    const result = await accounts.change(visit.request, actor, {
      newPassword: text('newPassword'),
      currentPassword: text('currentPassword'),
    })
    if (result.kind === 'changed') return to('/profile?done=password')
    return again(site, visit, actor, result)
  })
  site.signedIn('POST', '/profile/verify-email', async (visit, actor) => {
    const result = await accounts.askForVerification(actor)
    // Confirmed meanwhile, in another tab: the page shows it.
    if (result.kind === 'sent') return to('/profile?done=link')
    return result.code === 'already_verified' ? to('/profile') : again(site, visit, actor, result)
  })
  site.signedIn('POST', '/profile/withdraw', async (visit, actor) => {
    if (visit.form.get('sure') !== 'yes')
      return pageOf(site, visit, actor, { trouble: visit.words.errors.check }, 422)
    const password = (visit.form.get('password') ?? '').slice(0, 500)
    const result = await accounts.withdraw(visit.request, actor, password)
    if (result.kind === 'refused') return again(site, visit, actor, result)
    site.browser.close(visit.reply)
    return to('/login?done=withdrawn')
  })
}

function again(site: Site, visit: Visit, actor: Actor, refusal: Refused, typed?: URLSearchParams) {
  const trouble = refusal.errors ? visit.words.errors.check : site.saying(visit, refusal)
  const said = { trouble, wrong: wrongOf(visit, refusal), ...(typed ? { typed } : {}) }
  return pageOf(site, visit, actor, said, site.world.problems[refusal.code]?.status ?? 422)
}

function formOf({ displayName, realName, phone, address }: Profile, typed: URLSearchParams | undefined) {
  const stored = { displayName, realName, phone: phoneText(phone), ...address }
  const text = (name: keyof typeof stored) => typed?.get(name) ?? stored[name]
  return {
    displayName: text('displayName'),
    realName: text('realName'),
    phone: text('phone'),
    postalCode: text('postalCode'),
    city: text('city'),
    detail: text('detail'),
  }
}

/** The address, and whether it is known to be theirs. */
function EmailAddress({ visit, profile }: { visit: Visit; profile: Profile }) {
  const { account, verify } = visit.words
  return (
    <form className="box" action={visit.to('/profile/verify-email')} method="post" data-once="">
      <p className="fixed">
        <span>{account.email}</span> <strong>{profile.email}</strong>{' '}
        <span className="badge">{profile.emailVerified ? verify.isVerified : verify.isUnverified}</span>
        <small className="quiet">{account.emailFixed}</small>
      </p>
      {!profile.emailVerified && (
        <>
          <p>{verify.why}</p>
          <button className="button" type="submit">
            {verify.send}
          </button>
        </>
      )}
    </form>
  )
}

/** Who knows the password changes it; who has none gets one by a letter, as that is how they prove the address. */
function PasswordChange({
  visit,
  wrong,
  hasPassword,
}: {
  visit: Visit
  wrong: Wrong | undefined
  hasPassword: boolean
}) {
  const { account, logins } = visit.words
  if (!hasPassword) {
    return (
      <section className="box">
        <h2>{account.passwordTitle}</h2>
        <p>
          {logins.noPassword} <a href={visit.to('/password/forgotten')}>{logins.setPassword}</a>
        </p>
      </section>
    )
  }
  return (
    <form className="box" action={visit.to('/profile/password')} method="post" data-once="">
      <h2>{account.passwordTitle}</h2>
      <Field
        name="currentPassword"
        label={account.currentPassword}
        wrong={wrong}
        type="password"
        required
        maxLength={100}
        autoComplete="current-password"
      />
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
        {account.passwordDo}
      </button>
    </form>
  )
}

/** The password, or a way to log in anew for who has none. Links, because a form would end elsewhere. */
function OwnersProof({ visit, wrong, ways }: { visit: Visit; wrong: Wrong | undefined; ways: WaysIn }) {
  const { account, logins } = visit.words
  if (ways.hasPassword) {
    return (
      <Field
        id="withdraw-password"
        name="password"
        label={account.currentPassword}
        wrong={wrong}
        type="password"
        required
        maxLength={100}
        autoComplete="current-password"
      />
    )
  }
  return (
    <>
      <p>{account.withdrawFresh}</p>
      <div className="ways">
        {ways.logins.map(({ provider }) => (
          <a
            key={provider}
            className={`button ${provider}`}
            href={`${visit.to(`/login/${provider}`)}?${new URLSearchParams({ next: '/profile' })}`}
            rel="nofollow"
          >
            {logins.begin[provider]}
          </a>
        ))}
      </div>
    </>
  )
}

async function pageOf(
  site: Site,
  visit: Visit,
  actor: Actor,
  { done, trouble, wrong, typed }: Said,
  status = 200,
): Promise<PageAnswer | Refused> {
  const profile = await site.world.identity.profileOf(actor.userId)
  if (!profile) return refused('not_signed_in')
  const ways = await site.world.identity.social.ways(actor)
  if (ways.kind === 'refused') return ways
  const agreed = await site.world.identity.legal.agreementsOf(actor)
  const { account } = visit.words
  const form = formOf(profile, typed)
  return shown({
    title: account.profileTitle,
    status,
    tab: 'my',
    body: (
      <div className="narrow">
        <h1>{account.profileTitle}</h1>
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        {done && <Notice kind="done">{done}</Notice>}
        <EmailAddress visit={visit} profile={profile} />
        <form className="box" action={visit.to('/profile')} method="post" data-once="">
          <PersonFields visit={visit} form={form} wrong={wrong} />
          <button className="button wide-button" type="submit">
            {account.save}
          </button>
        </form>
        <PasswordChange visit={visit} wrong={wrong} hasPassword={ways.hasPassword} />
        <p>
          <a href={visit.to('/profile/logins')}>{visit.words.logins.title}</a> ·{' '}
          <a href={visit.to('/profile/devices')}>{visit.words.entry.devices}</a>
        </p>
        {agreed.length > 0 && (
          <section className="box">
            <h2>{visit.words.legal.agreed}</h2>
            <ul>
              {agreed.map(({ kind, version, agreedAt }) => (
                <li key={kind + version}>
                  <a href={visit.to(`/legal/${kind}/${version}`)}>{visit.words.legal.titles[kind]}</a>{' '}
                  <span className="quiet">
                    {version} · {visit.words.legal.agreedOn(dayText(agreedAt.toString(), visit.language))}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )}
        <details className="danger" open={wrong?.password !== undefined}>
          <summary>{account.withdraw}</summary>
          <form action={visit.to('/profile/withdraw')} method="post" data-once="">
            <p>{account.withdrawText}</p>
            <OwnersProof visit={visit} wrong={wrong} ways={ways} />
            <Tick name="sure" value="yes">
              {account.withdrawConfirm}
            </Tick>
            <button className="button red" type="submit">
              {account.withdrawDo}
            </button>
          </form>
        </details>
      </div>
    ),
  })
}
