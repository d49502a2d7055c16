import type { ReactNode } from 'react'
import { LEGAL_KINDS, type LegalText } from '../../../src/identity/index.ts'
import { refused } from '../../../src/platform/refusal.ts'
import { dayText } from '../../ui/format.ts'
import { Notice } from '../../ui/parts.tsx'
import { shown } from '../frame/answer.ts'
import { kept, type Site } from '../frame/site.tsx'
import type { Visit } from '../frame/visit.ts'
import { legalWordings, passagesIn } from './legal-wordings.ts'

/** Pages that are only read: terms, privacy policy, what was agreed to. */
export function textPages(site: Site): void {
  const { merchant } = site.world.settings
  const { legal } = site.world.identity
  const seller = sellerIn(legalWordings(merchant).find(({ kind }) => kind === 'terms')?.text.ko)
  const hasMoved = ({ kind, text }: LegalText) => kind === 'terms' && sellerIn(text.ko) !== seller
  for (const kind of LEGAL_KINDS) {
    site.open(`/${kind}`, async (visit) => {
      const { current, next, earlier } = await legal.of(kind)
      if (!current) return refused('not_found')
      const tag = [kind, current, next, earlier.length].map((one) =>
        typeof one === 'object' ? one.version : one,
      )
      return kept(tag.join(' '), () => {
        const title = visit.words.legal.titles[kind]
        return shown({
          title,
          description: `${title} · ${merchant.name}`,
          body: (
            <LegalArticle visit={visit} text={current}>
              {hasMoved(current) && <SellerMoved visit={visit} />}
              {next && (
                <Notice kind="wait">
                  {visit.words.legal.announced(dayText(next.effectiveOn.toString(), visit.language))}{' '}
                  <a href={visit.to(`/legal/${kind}/${next.version}`)}>{visit.words.legal.readNext}</a>
                </Notice>
              )}
              {earlier.length > 0 && <Earlier visit={visit} texts={earlier} />}
            </LegalArticle>
          ),
        })
      })
    })
  }
  site.personal('GET', '/legal/:kind/:version', async (visit) => {
    const kind = LEGAL_KINDS.find((known) => known === visit.params.kind)
    const text = kind && (await legal.find(kind, visit.params.version ?? ''))
    if (!text) return refused('not_found')
    return shown({
      title: visit.words.legal.titles[text.kind],
      body: (
        <LegalArticle visit={visit} text={text}>
          {hasMoved(text) && <SellerMoved visit={visit} />}
          <p>
            <a href={visit.to(`/${text.kind}`)}>{visit.words.legal.toCurrent}</a>
          </p>
        </LegalArticle>
      ),
    })
  })
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

/** Who sells, as terms say it in their first part. */
const sellerIn = (text: string | undefined) => passagesIn(text ?? '')[0]?.text

/** Who sells is shown as it is today at the foot of every page; of terms that say it otherwise that is told. */
const SellerMoved = ({ visit }: { visit: Visit }) => (
  <Notice kind="wait">{visit.words.legal.sellerMoved}</Notice>
)

/** A version word for word, with what is to be said of it. */
function LegalArticle({ visit, text, children }: { visit: Visit; text: LegalText; children: ReactNode }) {
  const { words, language } = visit
  return (
    <article className="narrow text">
      <h1>{words.legal.titles[text.kind]}</h1>
      <p className="quiet">
        {text.withdrawnAt === null
          ? words.legal.from(dayText(text.effectiveOn.toString(), language))
          : words.legal.takenBack}{' '}
        · {text.version}
      </p>
      {passagesIn(visit.say(text.text)).map(({ heading, text: said }) => (
        <section key={heading}>
          <h2>{heading}</h2>
          <p className="lines">{said}</p>
        </section>
      ))}
      {children}
    </article>
  )
}

function Earlier({ visit, texts }: { visit: Visit; texts: readonly LegalText[] }) {
  const { words, language } = visit
  return (
    <section>
      <h2>{words.legal.earlier}</h2>
      <ul>
        {texts.map(({ id, kind, version, effectiveOn }) => (
          <li key={id}>
            <a href={visit.to(`/legal/${kind}/${version}`)}>
              {words.legal.from(dayText(effectiveOn.toString(), language))} · {version}
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
