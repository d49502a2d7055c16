import { useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { ChangedMeanwhile } from '../frame/changed-meanwhile.tsx'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { Whole } from '../frame/whole.tsx'
import { useWords } from '../words/use-words.ts'
import { type Draft, draftOf, fallingAway, MOST, momentOf, NAMES, termsOf } from './draft.ts'
import { Term } from './term.tsx'
import { sellingTermsWords } from './words.ts'

type Said = AnswerOf<'GET /api/admin/selling-terms'>

/** Terms are written, beginning with those in force, and published; what is typed stays when a colleague publishes others. */
export function NewTerms({ said }: { said: Said }) {
  const t = useWords(sellingTermsWords)
  const client = useQueryClient()
  const id = useId()
  const newest = said.data[0]?.version ?? 0
  // Undefined: nothing is typed, and what is shown are the terms in force.
  const [typed, setTyped] = useState<Draft>()
  // The version that was last looked at: nothing newer is replaced unseen.
  const [seen, setSeen] = useState(newest)
  const [from, setFrom] = useState('')
  const before = said.inForce
  const draft = typed ?? draftOf(before)
  const after = termsOf(draft)
  const isOther = typed !== undefined && seen !== newest
  const changed = NAMES.filter((name) => before[name] !== after[name])
  const isSound = NAMES.every((name) => isWhole(draft[name], MOST[name]))
  const validFrom = momentOf(from)
  const fallAway = fallingAway(said.data, validFrom)
  const change = (name: keyof Draft, text: string) => {
    if (typed === undefined) setSeen(newest)
    setTyped({ ...draft, [name]: text })
  }
  const drop = () => {
    setTyped(undefined)
    setFrom('')
  }
  const again = () => client.invalidateQueries({ queryKey: ['selling-terms'] })
  const publish = async () => {
    const body = { version: seen, terms: after, ...(validFrom === undefined ? {} : { validFrom }) }
    try {
      return await call('PUT /api/admin/selling-terms', { body })
    } catch (failure) {
      // What a colleague has published meanwhile is shown beside what was typed.
      await again()
      throw failure
    }
  }
  return (
    <section className="panel" aria-labelledby={id}>
      <h2 id={id}>{t.write}</h2>
      <div className="tools">
        {NAMES.map((name) => (
          <Whole
            key={name}
            label={t.fields[name]}
            least={0}
            most={MOST[name]}
            value={draft[name]}
            take={(text) => change(name, text)}
          />
        ))}
      </div>
      <div className="field">
        <label htmlFor={`${id}-from`}>{t.validFrom}</label>
        <input
          id={`${id}-from`}
          type="datetime-local"
          value={from}
          aria-describedby={`${id}-hint`}
          onChange={({ target }) => setFrom(target.value)}
        />
        <p className="quiet" id={`${id}-hint`}>
          {t.validFromHint}
        </p>
      </div>
      {isOther && (
        <ChangedMeanwhile says={t.changedMeanwhile} keep={() => setSeen(newest)} drop={drop}>
          <ul>
            {NAMES.map((name) => (
              <li key={name}>
                {t.short[name]}: <Term name={name} value={said.data[0]?.terms[name] ?? before[name]} />
              </li>
            ))}
          </ul>
        </ChangedMeanwhile>
      )}
      <Danger
        label={t.publish}
        title={t.publish}
        confirm={t.publish}
        reason="none"
        disabled={changed.length === 0 || !isSound || isOther}
        act={publish}
        done={({ version }) => {
          say(t.published(version))
          drop()
          void again()
        }}
      >
        <p>{t.changes}</p>
        <ul>
          {changed.map((name) => (
            <li key={name}>
              {t.short[name]}: <Term name={name} value={before[name]} /> →{' '}
              <strong>
                <Term name={name} value={after[name]} />
              </strong>
            </li>
          ))}
        </ul>
        {changed.includes('recurringDiscount') && <p>{t.consent}</p>}
        {fallAway.length > 0 && (
          <>
            <p>{t.fallAway}</p>
            <ul>
              {fallAway.map((one) => (
                <li key={one.version}>
                  {t.version} {one.version}
                </li>
              ))}
            </ul>
          </>
        )}
        <p>{t.publishText(validFrom === undefined ? t.soon : stampText(validFrom))}</p>
      </Danger>
    </section>
  )
}

const isWhole = (text: string, most: number) => /^\d{1,10}$/.test(text) && Number(text) <= most
