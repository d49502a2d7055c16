import { wonText } from '../../ui/format.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import type { Rules } from './draft.ts'
import { lendingRulesWords } from './words.ts'

/** What rules say, in short. */
export function Said({ rules }: { rules: Rules }) {
  const t = useWords(lendingRulesWords)
  const language = useLanguage()
  const { copiesPerPatron } = rules
  return (
    <ul>
      <li>{t.limits(copiesPerPatron.adult, copiesPerPatron.child, copiesPerPatron.staff)}</li>
      <li>{t.period(rules.loanDays, rules.renewals)}</li>
      <li>
        <SaidLateFee lateFee={rules.lateFee} />
      </li>
      <li>{t.lost(rules.lostAfterDays, wonText(rules.replacementPerCopy, language))}</li>
    </ul>
  )
}

/** How late returns are charged. */
export function SaidLateFee({ lateFee: { mode, bands, cap } }: { lateFee: Rules['lateFee'] }) {
  const t = useWords(lendingRulesWords)
  const language = useLanguage()
  const fees = bands.map(({ fromDay, fee }) => `${t.fromDay(fromDay)} ${wonText(fee, language)}`)
  return (
    <>
      {t.modes[mode]}: {fees.join(' · ')}
      {cap !== undefined && ` (${t.numbers.cap} ${wonText(cap, language)})`}
    </>
  )
}
