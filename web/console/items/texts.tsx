import { useId } from 'react'
import type { InputOf } from '../api/call.ts'
import { Badge } from '../frame/stamp.tsx'
import { useWords } from '../words/use-words.ts'
import { writeWords } from './write-words.ts'

/** What a merchant writes of an item. */
export type Texts = Omit<InputOf<'PUT /api/admin/items/:id/texts'>['body'], 'version'>
export type TextName = keyof Required<Texts>
/** All of them, as they stand in the fields. */
export type WrittenTexts = Readonly<Record<TextName, string>>

/** So many letters the API takes; a field that is missing here does not compile. */
const MOST: Readonly<Record<TextName, number>> = {
  name: 200,
  enterprise: 100,
  mainFunction: 5_000,
  servingUse: 5_000,
  intakeHint: 5_000,
  distributionPeriod: 5_000,
  appearance: 5_000,
  preservation: 5_000,
  baseStandard: 5_000,
  rawMaterials: 5_000,
  shape: 5_000,
}
export const TEXT_NAMES = Object.keys(MOST) as TextName[]
const NEEDED: readonly TextName[] = ['name', 'enterprise']

export const NO_TEXTS: WrittenTexts = {
  name: '',
  enterprise: '',
  mainFunction: '',
  servingUse: '',
  intakeHint: '',
  distributionPeriod: '',
  appearance: '',
  preservation: '',
  baseStandard: '',
  rawMaterials: '',
  shape: '',
}

/** The texts without what stands around them, as they are sent. */
export function trimmed(texts: WrittenTexts): WrittenTexts {
  const next: Record<TextName, string> = { ...NO_TEXTS }
  for (const name of TEXT_NAMES) next[name] = texts[name].trim()
  return next
}

/** The fields in which the texts are written. `registerTexts`: what the register says where our own words stand. */
export function TextFields({
  texts,
  registerTexts = {},
  change,
}: {
  texts: WrittenTexts
  registerTexts?: Readonly<Record<string, string>>
  change: (name: TextName, text: string) => void
}) {
  const t = useWords(writeWords)
  const id = useId()
  return TEXT_NAMES.map((name) => {
    const field = {
      id: `${id}-${name}`,
      value: texts[name],
      required: NEEDED.includes(name),
      maxLength: MOST[name],
    }
    return (
      <div key={name} className="field">
        <label htmlFor={field.id}>{t.fields[name]}</label>
        {NEEDED.includes(name) ? (
          <input {...field} autoComplete="off" onChange={(event) => change(name, event.target.value)} />
        ) : (
          <textarea {...field} rows={2} onChange={(event) => change(name, event.target.value)} />
        )}
        <OwnWords said={registerTexts[name]} giveBack={(said) => change(name, said)} label={t.fields[name]} />
      </div>
    )
  })
}

/** Says that a text is the merchant's own, what the register has instead, and gives it back where it has something. */
function OwnWords({
  said,
  label,
  giveBack,
}: {
  said: string | undefined
  label: string
  giveBack: (said: string) => void
}) {
  const t = useWords(writeWords)
  if (said === undefined) return null
  return (
    <p className="quiet">
      <Badge tone="plain">{t.own}</Badge> {said !== '' && t.registerSays(said)}{' '}
      {said !== '' && (
        <button type="button" aria-label={`${label}: ${t.giveBack}`} onClick={() => giveBack(said)}>
          {t.giveBack}
        </button>
      )}
    </p>
  )
}
