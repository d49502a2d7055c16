import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useId, useState } from 'react'
import { wonText } from '../../ui/format.ts'
import { type AnswerOf, call } from '../api/call.ts'
import { ChangedMeanwhile } from '../frame/changed-meanwhile.tsx'
import { Danger } from '../frame/danger.tsx'
import { Said } from '../frame/states.tsx'
import { say } from '../frame/toasts.tsx'
import { Whole } from '../frame/whole.tsx'
import { ScrollTable } from '../table/scroll-table.tsx'
import { useLanguage, useWords } from '../words/use-words.ts'
import { Changes } from './changes.tsx'
import {
  type Draft,
  draftOf,
  fallingAway,
  leastOf,
  NAMES,
  NUMBERS,
  type Published,
  rulesOf,
} from './draft.ts'
import { FeeBands } from './fee-bands.tsx'
import { Said as SaidRules } from './said.tsx'
import { lendingRulesWords } from './words.ts'

type Checked = AnswerOf<'POST /api/loans/policy/check'>

interface NewRulesProps {
  /** Newest first. */
  versions: readonly Published[]
  inForce: Published
}

/**
 * Rules are written, beginning with those in force, seen by what late returns would cost, and then published; a change
 * after that is checked anew. What is typed stays when a colleague publishes others meanwhile.
 */
export function NewRules({ versions, inForce }: NewRulesProps) {
  const t = useWords(lendingRulesWords)
  const client = useQueryClient()
  const id = useId()
  // Undefined: nothing is typed, and what is shown are the rules in force.
  const [typed, setTyped] = useState<Draft>()
  const newest = versions[0] ?? inForce
  // The version that was last looked at: nothing newer is replaced unseen.
  const [seen, setSeen] = useState(newest.version)
  const [from, setFrom] = useState('')
  const [checked, setChecked] = useState<Checked>()
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<unknown>()
  const before = draftOf(inForce.rules)
  const draft = typed ?? before
  const isOther = typed !== undefined && seen !== newest.version
  const type = (now: Draft) => {
    if (typed === undefined) setSeen(newest.version)
    setTyped(now)
    setChecked(undefined)
  }
  const change = (more: Partial<Draft>) => type({ ...draft, ...more })
  const drop = () => {
    setTyped(undefined)
    setChecked(undefined)
    setFrom('')
  }
  const again = () => client.invalidateQueries({ queryKey: ['lending-rules'] })
  const check = async (event: FormEvent) => {
    event.preventDefault()
    if (running) return
    type(draft)
    setRunning(true)
    setError(undefined)
    try {
      setChecked(await call('POST /api/loans/policy/check', { body: { rules: rulesOf(draft) } }))
    } catch (failure) {
      setError(failure)
    }
    setRunning(false)
  }
  const publish = async () => {
    const body = { version: seen, rules: rulesOf(draft), ...(from === '' ? {} : { inForceOn: from }) }
    try {
      return await call('PUT /api/loans/policy', { body })
    } catch (failure) {
      // What a colleague has published meanwhile is shown beside what was typed.
      await again()
      throw failure
    }
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
        <button type="submit" className="main" disabled={running || isOther}>
          {t.check}
        </button>
      </form>
      {isOther && (
        <ChangedMeanwhile
          says={t.changedMeanwhile}
          keep={() => {
            setSeen(newest.version)
            setChecked(undefined)
          }}
          drop={drop}
        >
          <p>{t.versionFrom(newest.version, newest.inForceOn ?? t.atOnce)}</p>
          <SaidRules rules={newest.rules} />
        </ChangedMeanwhile>
      )}
      {checked && !isOther && (
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
            act={publish}
            done={(policy) => {
              say(t.published(policy.version))
              drop()
              void again()
            }}
          >
            <Changes before={before} after={draft} fallAway={fallingAway(versions, from)} />
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
