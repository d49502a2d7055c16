import { useWords } from '../words/use-words.ts'
import { type Draft, NAMES, type Published, rulesOf } from './draft.ts'
import { SaidLateFee } from './said.tsx'
import { lendingRulesWords } from './words.ts'

interface ChangesProps {
  /** The rules in force, and those to be published, both as they are written. */
  before: Draft
  after: Draft
  /** To come, and never in force when these are published. */
  fallAway: readonly Published[]
}

/** What publishing changes: every value, and the versions to come that it takes the place of. */
export function Changes({ before, after, fallAway }: ChangesProps) {
  const t = useWords(lendingRulesWords)
  const numbers = NAMES.filter((name) => Number(before.numbers[name]) !== Number(after.numbers[name]))
  const [feeBefore, feeAfter] = [rulesOf(before).lateFee, rulesOf(after).lateFee]
  const isOtherFee = JSON.stringify(feeBefore) !== JSON.stringify(feeAfter)
  return (
    <>
      <p>{numbers.length > 0 || isOtherFee ? t.changes : t.noChanges}</p>
      <ul>
        {numbers.map((name) => (
          <li key={name}>
            {t.numbers[name]}: {Number(before.numbers[name])} → <strong>{Number(after.numbers[name])}</strong>
          </li>
        ))}
        {isOtherFee && (
          <li>
            {t.lateFee}: <SaidLateFee lateFee={feeBefore} /> →{' '}
            <strong>
              <SaidLateFee lateFee={feeAfter} />
            </strong>
          </li>
        )}
      </ul>
      {fallAway.length > 0 && (
        <>
          <p>{t.fallAway}</p>
          <ul>
            {fallAway.map(({ version, inForceOn }) => (
              <li key={version}>{t.versionFrom(version, inForceOn ?? t.atOnce)}</li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
