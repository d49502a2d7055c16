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

/** What is still to be agreed to, by its field; undefined when everything is. Each consent is given by itself. */
export function missingIn({ form, words }: Visit): Wrong | undefined {
  const missing = ['agreeTerms', 'agreePrivacy'].filter((name) => form.get(name) !== 'yes')
  if (missing.length === 0) return undefined
  return Object.fromEntries(missing.map((name) => [name, words.account.agreeNeeded]))
}

/** The agreements to the terms and to the privacy policy, each with the way to read it. */
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
      <Tick name="agreeTerms" value="yes" wrong={wrong}>
        {account.agreeTerms}
      </Tick>
      <p className="quiet">
        <a href={visit.to(`/legal/terms/${agreed.terms}`)}>{footer.terms}</a>
      </p>
      <Tick name="agreePrivacy" value="yes" wrong={wrong}>
        {account.agreePrivacy}
      </Tick>
      <p className="quiet">
        <a href={visit.to(`/legal/privacy/${agreed.privacy}`)}>{footer.privacy}</a>
      </p>
    </>
  )
}
