import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { Danger } from '../frame/danger.tsx'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { type Draft, draftOf, leastOf, NUMBERS, type NumberName, type Published, rulesOf } from './draft.ts'
import { FeeBands } from './fee-bands.tsx'
import { Whole } from './whole.tsx'
import { lendingRulesWords } from './words.ts'

type Checked = AnswerOf<'POST /api/loans/policy/check'>

const NAMES = Object.keys(NUMBERS) as readonly NumberName[]

/** Rules are written, seen by what late returns would cost, and then published; a change after that is checked anew. */
export function NewRules({ newest }: { newest: Published }) {
  const t = useWords(lendingRulesWords)
  const client = useQueryClient()
  const id = useId()
  const [draft, setDraft] = useState(draftOf(newest.rules))
  const [from, setFrom] = useState('')
  const [checked, setChecked] = useState<Checked>()
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const change = (more: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...more }))
    setChecked(undefined)
  }
  const check = async (event: FormEvent) => {
    event.preventDefault()
    if (running) return
    setRunning(true)
    setError(undefined)
    try {
      setChecked(await call('POST /api/loans/policy/check', { body: { rules: rulesOf(draft) } }))
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  return (
    <section className="panel" aria-labelledby={id}>
      <h2 id={id}>{t.write}</h2>
      <form aria-label={t.write} onSubmit={(event) => void check(event)}>
        <div className="tools">
          {NAMES.map((name) => (
            <Whole
              key={name}
              label={t.numbers[name]}
              least={leastOf(name)}
              most={NUMBERS[name]}
              value={draft.numbers[name]}
              take={(text) => change({ numbers: { ...draft.numbers, [name]: text } })}
            />
          ))}
        </div>
        <FeeBands draft={draft} change={change} />
        {error !== undefined && (
          <div className="state-failed" role="alert">
            <Said error={error} />
          </div>
        )}
        <button type="submit" className="main" disabled={running}>
          {t.check}
        </button>
      </form>
      {checked && (
        <>
          <Examples checked={checked} />
          <div className="field">
            <label htmlFor={`${id}-from`}>{t.inForceOn}</label>
            <input
              id={`${id}-from`}
              type="date"
              value={from}
              aria-describedby={`${id}-hint`}
              onChange={({ target }) => setFrom(target.value)}
            />
            <p className="quiet" id={`${id}-hint`}>
              {t.inForceHint}
            </p>
          </div>
          {/* Beside the form: in React what a dialog sends would reach the form around it, too. */}
          <Danger
            label={t.publish}
            title={t.publish}
            confirm={t.publish}
            reason="none"
            act={() =>
              call('PUT /api/loans/policy', {
                body: {
                  version: newest.version,
                  rules: rulesOf(draft),
                  ...(from === '' ? {} : { inForceOn: from }),
                },
              })
            }
            done={(policy) => {
              say(t.published(policy.version))
              void client.invalidateQueries({ queryKey: ['lending-rules'] })
            }}
          >
            <p>{t.publishText(from === '' ? t.atOnce : from)}</p>
          </Danger>
        </>
      )}
    </section>
  )
}

function Examples({ checked: { lateFees } }: { checked: Checked }) {
  const t = useWords(lendingRulesWords)
  const language = useLanguage()
  return (
    <>
      <h3>{t.examples}</h3>
      <ScrollTable label={t.examples} look="low">
        <thead>
          <tr>
            <th scope="col">{t.late}</th>
            <th scope="col" className="right">
              {t.now}
            </th>
            <th scope="col" className="right">
              {t.newly}
            </th>
          </tr>
        </thead>
        <tbody>
          {lateFees.map(({ days, fee, feeNow }) => (
            <tr key={days}>
              <th scope="row">{t.daysLate(days)}</th>
              <td className="figures right">{wonText(feeNow, language)}</td>
              <td className="figures right">
                {fee === feeNow ? wonText(fee, language) : <strong>{wonText(fee, language)}</strong>}
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </>
  )
}
