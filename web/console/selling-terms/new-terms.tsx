import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useId, useState } from 'react'
import { stampText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { serverNow } from '../api/server-clock.ts'
import { ChangedMeanwhile } from '../frame/changed-meanwhile.tsx'
import { Danger } from '../frame/danger.tsx'
import { say } from '../frame/toasts.tsx'
import { Whole } from '../frame/whole.tsx'
import { useWords } from '../words/use-words.ts'
import {
  beginningOf,
  draftOf,
  fallingAway,
  heldBefore,
  MOST,
  momentOf,
  NAMES,
  type Typed,
  termsOf,
} from './draft.ts'
import { Term } from './term.tsx'
import { sellingTermsWords } from './words.ts'

type Said = AnswerOf<'GET /api/admin/selling-terms'>

/** Terms are written, beginning with those that hold until then, and published; what is typed stays when a colleague publishes others. */
export function NewTerms({ said }: { said: Said }) {
  const t = useWords(sellingTermsWords)
  const client = useQueryClient()
  const id = useId()
  const newest = said.data[0]?.version ?? 0
  // Undefined: nothing is typed, not even a moment, and what is shown are the terms in force.
  const [typed, setTyped] = useState<Typed>()
  // The version that was last looked at: nothing newer is replaced unseen.
  const [seen, setSeen] = useState(newest)
  const [from, setFrom] = useState('')
  const validFrom = momentOf(from)
  const isMoment = validFrom !== null
  const begins = beginningOf(validFrom ?? undefined, useNow())
  // What is not typed is as it would be at that moment: nothing that is planned is undone unseen.
  const before = heldBefore(said, begins)
  const draft = { ...draftOf(before), ...typed }
  const after = termsOf(draft)
  const isOther = typed !== undefined && seen !== newest
  const changed = NAMES.filter((name) => before[name] !== after[name])
  const isSound = NAMES.every((name) => isWhole(draft[name], MOST[name]))
  const fallAway = fallingAway(said.data, begins)
  // The same terms again are how planned ones are taken back.
  const isOfUse = changed.length > 0 || fallAway.length > 0
  const change = (more: Typed) => {
    if (typed === undefined) setSeen(newest)
    setTyped({ ...typed, ...more })
  }
  const drop = () => {
    setTyped(undefined)
    setFrom('')
  }
  const again = () => client.invalidateQueries({ queryKey: ['selling-terms'] })
  const publish = async () => {
    const version = typed === undefined ? newest : seen
    const body = { version, terms: after, ...(validFrom ? { validFrom } : {}) }
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
            take={(text) => change({ [name]: text })}
          />
        ))}
      </div>
      <div className="field">
        <label htmlFor={`${id}-from`}>{t.validFrom}</label>
        <input
          id={`${id}-from`}
          type="datetime-local"
          value={from}
          aria-describedby={isMoment ? `${id}-hint` : `${id}-wrong ${id}-hint`}
          aria-invalid={!isMoment}
          onChange={({ target }) => {
            change({})
            setFrom(target.value)
          }}
        />
        {!isMoment && (
          <p className="error" id={`${id}-wrong`} role="alert">
            {t.noMoment}
          </p>
        )}
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
        disabled={!isOfUse || !isSound || !isMoment || isOther}
        act={publish}
        done={({ version }) => {
          say(t.published(version))
          drop()
          void again()
        }}
      >
        {changed.length === 0 ? (
          <p>{t.stays}</p>
        ) : (
          <>
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
          </>
        )}
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
        <p>{t.publishText(validFrom ? stampText(validFrom) : t.soon)}</p>
      </Danger>
    </section>
  )
}

const EVERY_MS = 5_000

/** The time of the server, as far as somebody who writes terms has to know it. */
function useNow(): Date {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return now
}

const isWhole = (text: string, most: number) => /^\d{1,10}$/.test(text) && Number(text) <= most
