import { type InputHTMLAttributes, useId } from 'react'
import { BannerCard } from '../../ui/banner.tsx'
import type { AnswerOf, InputOf } from '../api/call.ts'
import { useCategories } from '../api/use-categories.ts'
import { fieldOf, momentOf } from '../table/days.ts'
import { useLanguage, useWords } from '../words/use-words.ts'
import { bannerWords } from './words.ts'

type Sent = InputOf<'POST /api/admin/banners'>['body']
type Listed = AnswerOf<'GET /api/admin/banners'>['data'][number]
type Kind = Sent['target']['kind']

/** What is being written; moments as their fields have them. */
export interface Draft {
  readonly title: Listed['title']
  readonly text: Listed['text']
  readonly kind: Kind
  readonly value: string
  readonly tone: Sent['tone']
  readonly from: string
  readonly until: string
  readonly isHidden: boolean
}

const KINDS = ['item', 'category', 'search', 'page'] as const
const TONES = ['green', 'amber', 'rose', 'blue'] as const
const MOST = { item: 36, search: 100, page: 200 } as const
const NO_TEXT = { ko: '', en: '' }

export const NEW_DRAFT: Draft = {
  title: NO_TEXT,
  text: NO_TEXT,
  kind: 'category',
  value: 'EYE',
  tone: 'green',
  from: '',
  until: '',
  isHidden: false,
}

/** A banner as it is written on. */
export function draftOf({ title, text, target, tone, startsAt, endsAt, isHidden }: Listed): Draft {
  const { kind, value } = target
  return { title, text, kind, value, tone, from: fieldOf(startsAt), until: fieldOf(endsAt), isHidden }
}

/** What is sent of it; what is no category of ours the server refuses. */
export function sentOf({ title, text, kind, value, tone, from, until, isHidden }: Draft): Sent {
  return {
    title,
    text,
    target: { kind, value } as Sent['target'],
    tone,
    startsAt: momentOf(from),
    endsAt: momentOf(until),
    isHidden,
  }
}

interface FieldsProps {
  draft: Draft
  change(more: Partial<Draft>): void
}

/** Everything a banner says, and when. */
export function BannerFields({ draft, change }: FieldsProps) {
  const t = useWords(bannerWords)
  const { title, text, tone, from, until, isHidden } = draft
  return (
    <>
      <Given
        label={t.titleKo}
        value={title.ko}
        maxLength={40}
        take={(ko) => change({ title: { ...title, ko } })}
      />
      <Given
        label={t.titleEn}
        value={title.en}
        maxLength={40}
        take={(en) => change({ title: { ...title, en } })}
      />
      <Given
        label={t.textKo}
        value={text.ko}
        maxLength={100}
        take={(ko) => change({ text: { ...text, ko } })}
      />
      <Given
        label={t.textEn}
        value={text.en}
        maxLength={100}
        take={(en) => change({ text: { ...text, en } })}
      />
      <TargetFields draft={draft} change={change} />
      <Choice
        label={t.tone}
        value={tone}
        choices={TONES.map((one) => [one, t.tones[one]])}
        take={(value) => change({ tone: TONES.find((one) => one === value) ?? tone })}
      />
      <Given label={t.from} type="datetime-local" value={from} take={(next) => change({ from: next })} />
      <Given label={t.until} type="datetime-local" value={until} take={(next) => change({ until: next })} />
      <p>
        <label>
          <input
            type="checkbox"
            checked={isHidden}
            onChange={(event) => change({ isHidden: event.target.checked })}
          />{' '}
          {t.isHidden}
        </label>
      </p>
    </>
  )
}

function TargetFields({ draft: { kind, value }, change }: FieldsProps) {
  const t = useWords(bannerWords)
  const language = useLanguage()
  const categories = useCategories()
  const known = categories.data?.data ?? []
  return (
    <>
      <Choice
        label={t.kind}
        value={kind}
        choices={KINDS.map((one) => [one, t.kinds[one]])}
        take={(next) => {
          const chosen = KINDS.find((one) => one === next) ?? kind
          change({ kind: chosen, value: chosen === 'category' ? NEW_DRAFT.value : '' })
        }}
      />
      {kind === 'category' ? (
        <Choice
          label={t.values.category}
          value={value}
          choices={known.map(({ code, name }) => [code, name[language]])}
          take={(next) => change({ value: next })}
        />
      ) : (
        <Given
          label={t.values[kind]}
          value={value}
          maxLength={MOST[kind]}
          hint={kind === 'item' ? t.itemHint : undefined}
          take={(next) => change({ value: next.trim() })}
        />
      )}
    </>
  )
}

/** How customers will see it, in both languages. */
export function Preview({ draft, picture }: { draft: Draft; picture: Listed['picture'] }) {
  const t = useWords(bannerWords)
  const { title, text, tone } = draft
  const shown = picture && {
    address: picture.address,
    sizes: picture.sizes.map(({ address, width }) => `${address} ${width}w`).join(', '),
  }
  return (
    <section className="banner-preview" aria-label={t.preview}>
      <h2>{t.preview}</h2>
      <BannerCard banner={{ title: title.ko, text: text.ko, tone, picture: shown }} />
      <BannerCard banner={{ title: title.en, text: text.en, tone, picture: shown }} />
    </section>
  )
}

interface GivenProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> {
  label: string
  hint?: string | undefined
  take(text: string): void
}

function Given({ label, hint, take, ...input }: GivenProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        required
        autoComplete="off"
        aria-describedby={hint && `${id}-hint`}
        onChange={(event) => take(event.target.value)}
        {...input}
      />
      {hint && (
        <p className="quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

interface ChoiceProps {
  label: string
  value: string
  choices: readonly (readonly [value: string, label: string])[]
  take(value: string): void
}

function Choice({ label, value, choices, take }: ChoiceProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => take(event.target.value)}>
        {choices.map(([one, shown]) => (
          <option key={one} value={one}>
            {shown}
          </option>
        ))}
      </select>
    </div>
  )
}
