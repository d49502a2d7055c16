import type { Identity } from '../../../src/identity/index.ts'
import { Tick, type Wrong } from '../../ui/field.tsx'
import type { Visit } from '../frame/visit.ts'

/** The versions somebody agrees to who signs up now. */
export interface Agreed {
  terms: string
  privacy: string
}

/** The versions in force, which the form shows and sends back. */
export async function readNow(legal: Identity['legal']): Promise<Agreed> {
  const [terms, privacy] = await Promise.all([legal.of('terms'), legal.of('privacy')])
  return { terms: terms.current?.version ?? '', privacy: privacy.current?.version ?? '' }
}

/** What the form was sent with: what its reader had before them. */
export function agreedIn(form: URLSearchParams): Agreed {
  const text = (name: string) => (form.get(name) ?? '').slice(0, 50)
  return { terms: text('terms'), privacy: text('privacy') }
}

/** The agreement to the terms and the privacy policy, with the way to read them. */
export function Agreement({
  visit,
  agreed,
  wrong,
}: {
  visit: Visit
  agreed: Agreed
  wrong: Wrong | undefined
}) {
  const { account, footer } = visit.words
  return (
    <>
      <input type="hidden" name="terms" value={agreed.terms} />
      <input type="hidden" name="privacy" value={agreed.privacy} />
      <Tick name="agree" value="yes" wrong={wrong}>
        {account.agreeTerms}
      </Tick>
      <p className="quiet">
        <a href={visit.to(`/legal/terms/${agreed.terms}`)}>{footer.terms}</a> ·{' '}
        <a href={visit.to(`/legal/privacy/${agreed.privacy}`)}>{footer.privacy}</a>
      </p>
    </>
  )
}
