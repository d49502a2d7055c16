import { Field, type Wrong, wrongOf } from '../../ui/field.tsx'
import { Notice } from '../../ui/parts.tsx'
import { type PageAnswer, shown } from '../frame/answer.ts'
import type { Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import { type Agreed, Agreement, agreedIn, missingIn, readNow } from './agreement.tsx'
import { answerAt, askingFor, nextIn } from './login.tsx'
import { PersonFields, type PersonForm, personIn } from './person-fields.tsx'
import { signIn } from './sign-in.ts'

/** Signing up; whoever has done so is signed in and goes on where they were. */
export function signUpPages(site: Site): void {
  const { accounts } = site.world.identity
  const { legal } = site.world.identity
  site.personal('GET', '/sign-up', async (visit) =>
    pageOf(visit, await readNow(legal), { form: personIn(new URLSearchParams()), next: nextIn(visit.query) }),
  )
  site.personal('POST', '/sign-up', async (visit) => {
    const form = personIn(visit.form)
    const next = nextIn(visit.form)
    const password = (visit.form.get('password') ?? '').slice(0, 500)
    const { errors } = visit.words
    const wrong = missingIn(visit)
    if (wrong) {
      return pageOf(visit, await readNow(legal), { form, next, wrong, trouble: errors.check }, 422)
    }
    const { email, displayName, realName, phone, postalCode, city, detail } = form
    const address = { city, detail, postalCode }
    const typed = { email, password, displayName, realName, phone, address, agreedTo: agreedIn(visit.form) }
    const result = await accounts.signUp(visit.request, typed)
    if (result.kind === 'refused') {
      const wrong = wrongOf(visit, result)
      const trouble = result.errors ? errors.check : site.saying(visit, result)
      return pageOf(
        visit,
        await readNow(legal),
        { form, next, wrong, trouble },
        site.world.problems[result.code]?.status ?? 422,
      )
    }
    const opened = await accounts.login(visit.request, { email, password })
    if (opened.kind === 'refused') return { kind: 'to', path: `/login?${new URLSearchParams({ next })}` }
    return signIn(site, visit, opened, next)
  })
}

function pageOf(
  visit: Visit,
  agreed: Agreed,
  { form, next, wrong, trouble }: { form: PersonForm; next: string; wrong?: Wrong; trouble?: string },
  status = 200,
): PageAnswer {
  const { account, frame } = visit.words
  return shown({
    title: account.signUpTitle,
    status,
    ...answerAt(visit, `/sign-up${askingFor(next)}`),
    tab: 'my',
    body: (
      <div className="narrow">
        <h1>{account.signUpTitle}</h1>
        <p>{account.signUpLead}</p>
        {trouble && <Notice kind="wrong">{trouble}</Notice>}
        <form className="box" action={visit.to('/sign-up')} method="post" data-once="">
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
          <Field
            name="password"
            label={account.password}
            hint={account.passwordHint}
            wrong={wrong}
            type="password"
            required
            maxLength={100}
            autoComplete="new-password"
          />
          <PersonFields visit={visit} form={form} wrong={wrong} />
          <Agreement visit={visit} agreed={agreed} wrong={wrong} />
          <button className="button wide-button" type="submit">
            {account.signUpDo}
          </button>
        </form>
        <p className="centre">
          {account.hasAccount} <a href={visit.to(`/login${askingFor(next)}`)}>{frame.login}</a>
        </p>
      </div>
    ),
  })
}
