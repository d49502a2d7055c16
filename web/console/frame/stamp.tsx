import { numberText, stampText, wonText } from '../../ui/format.ts'
import { useLanguage } from '../words/use-words.ts'

/** A moment in Seoul, with seconds. */
export function Stamp({ at }: { at: string | null | undefined }) {
  if (at === null || at === undefined) return <>–</>
  return (
    <time dateTime={at} className="figures">
      {stampText(at)}
    </time>
  )
}

export function Won({ amount }: { amount: number }) {
  return <span className="figures">{wonText(amount, useLanguage())}</span>
}

export function Count({ of }: { of: number }) {
  return <span className="figures">{numberText(of)}</span>
}

/** What a state means at a glance: by its colour, and always by its words. */
export type Tone = 'good' | 'bad' | 'waiting' | 'plain'

/** Of versions that are published from a moment to come: of terms of selling, and of rules of lending. */
export const VERSION_TONES = {
  planned: 'waiting',
  in_force: 'good',
  past: 'plain',
  replaced: 'plain',
} as const satisfies Record<string, Tone>

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: string }) {
  return <span className={`badge badge-${tone}`}>{children}</span>
}
