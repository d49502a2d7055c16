import { refused } from '../../../src/platform/refusal.ts'
import { legal } from '../../words/legal.ts'
import { shown } from '../frame/answer.ts'
import { kept, type Site } from '../frame/site.tsx'

/** Pages that are only read: terms, privacy policy, what was agreed to. */
export function textPages(site: Site): void {
  const { merchant } = site.world.settings
  for (const name of ['terms', 'privacy'] as const) {
    site.open(`/${name}`, async (visit) =>
      kept(name, () => {
        const title = name === 'terms' ? visit.words.legal.termsTitle : visit.words.legal.privacyTitle
        return shown({
          title,
          description: `${title} · ${merchant.name}`,
          body: (
            <article className="narrow text">
              <h1>{title}</h1>
              {legal(merchant)[name][visit.language].map(({ heading, text }) => (
                <section key={heading}>
                  <h2>{heading}</h2>
                  <p className="lines">{text}</p>
                </section>
              ))}
            </article>
          ),
        })
      }),
    )
  }
  site.personal('GET', '/consents/:version', async (visit) => {
    const version = visit.params.version ?? ''
    const isVersion = /^[0-9a-z.-]{1,50}$/.test(version)
    const consent = isVersion ? await site.world.orders.pages.agreedConsent(version) : undefined
    if (!consent) return refused('not_found')
    return shown({
      title: visit.words.checkout.consentTitle,
      body: (
        <article className="narrow text">
          <h1>{visit.words.checkout.consentTitle}</h1>
          <p className="quiet">{version}</p>
          <p className="lines">{visit.say(consent.text)}</p>
        </article>
      ),
    })
  })
}
