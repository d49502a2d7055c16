import type { LegalText } from '../../../src/identity/index.ts'
import type { Visit } from '../frame/visit.ts'

/** Under which terms something was bought, by version, word for word a tap away. */
export function BoughtUnder({ visit, texts }: { visit: Visit; texts: readonly LegalText[] }) {
  if (texts.length === 0) return null
  const { words } = visit
  return (
    <p>
      {words.legal.boughtUnder}{' '}
      {texts.map(({ kind, version }, index) => (
        <span key={kind}>
          {index > 0 && ' · '}
          <a href={visit.to(`/legal/${kind}/${version}`)}>{words.legal.titles[kind]}</a>{' '}
          <span className="quiet">{version}</span>
        </span>
      ))}
    </p>
  )
}
