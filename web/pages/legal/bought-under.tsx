import type { LegalText } from '../../../src/identity/index.ts'
import { dayText } from '../../ui/format.ts'
import type { Visit } from '../frame/visit.ts'

/** Under which terms something was bought, by the day from which they counted, word for word a tap away. */
export function BoughtUnder({ visit, texts }: { visit: Visit; texts: readonly LegalText[] }) {
  if (texts.length === 0) return null
  const { words, language } = visit
  return (
    <p>
      {words.legal.boughtUnder}{' '}
      {texts.map(({ kind, version, effectiveOn }, index) => (
        <span key={kind}>
          {index > 0 && ' · '}
          <a href={visit.to(`/legal/${kind}/${version}`)}>{words.legal.titles[kind]}</a>{' '}
          <span className="quiet">{words.legal.from(dayText(effectiveOn.toString(), language))}</span>
        </span>
      ))}
    </p>
  )
}
