import type { WindowNow } from '../../../src/platform/maintenance/shown-window.ts'
import { momentText } from '../../ui/format.ts'
import type { Language, Words } from '../../words/index.ts'

/** What every page says of the maintenance that is announced or under way. */
export function MaintenanceNotice({
  window: { state, startsAt, endsAt, text },
  words: { maintenance },
  language,
}: {
  window: WindowNow
  words: Words
  language: Language
}) {
  const [from, until] = [startsAt, endsAt].map((at) => momentText(at.toString(), language))
  return (
    <aside className="maintenance" aria-label={maintenance.label}>
      <p className="wide">
        <strong>
          {state === 'announced'
            ? maintenance.announced(from ?? '', until ?? '')
            : maintenance.underWay(until ?? '')}
        </strong>{' '}
        {text[language]}
      </p>
    </aside>
  )
}
