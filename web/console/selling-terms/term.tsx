import { wonText } from '../../ui/format.ts'
import { useLanguage } from '../words/use-words.ts'
import type { TermName } from './draft.ts'

/** An amount, or a percentage. */
export function Term({ name, value }: { name: TermName; value: number }) {
  const language = useLanguage()
  return <>{name === 'recurringDiscount' ? `${value}%` : wonText(value, language)}</>
}
