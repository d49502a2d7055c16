import type { InputHTMLAttributes, ReactNode } from 'react'
import type { Refused } from '../../src/platform/refusal.ts'
import type { Visit } from '../pages/frame/visit.ts'

/** What was wrong with a form, by the names of its fields. */
export type Wrong = Readonly<Record<string, string>>

/** Errors of a refusal by the fields of a form: `body.address.city` belongs to the field `city`. */
export function wrongOf(visit: Visit, refusal: Refused): Wrong {
  return Object.fromEntries(
    (refusal.errors ?? []).map(({ field, message }) => [
      field.split('.').at(-1) ?? field,
      visit.say(message),
    ]),
  )
}

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'className'> {
  name: string
  label: string
  hint?: string | undefined
  wrong?: Wrong | undefined
}

/** A labelled field with what to do about its error beside it. Several of one name on a page each need an id. */
export function Field({ label, hint, wrong, name, id = name, ...input }: FieldProps) {
  const error = wrong?.[name]
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`]
  const described = [error ? errorId : undefined, hint ? hintId : undefined].filter(Boolean).join(' ')
  return (
    <div className="field">
      <label htmlFor={`field-${id}`}>{label}</label>
      <input
        id={`field-${id}`}
        name={name}
        aria-invalid={error ? true : undefined}
        aria-describedby={described || undefined}
        {...input}
      />
      {hint && (
        <p className="hint" id={hintId}>
          {hint}
        </p>
      )}
      {error && (
        <p className="error" id={errorId}>
          {error}
        </p>
      )}
    </div>
  )
}

/** A single box to tick, never ticked beforehand. */
export function Tick({
  name,
  value,
  wrong,
  children,
}: {
  name: string
  value: string
  wrong?: Wrong | undefined
  children: ReactNode
}) {
  const error = wrong?.[name]
  return (
    <div className="field">
      <label className="tick">
        <input
          type="checkbox"
          name={name}
          value={value}
          required
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${name}-error` : undefined}
        />
        <span>{children}</span>
      </label>
      {error && (
        <p className="error" id={`${name}-error`}>
          {error}
        </p>
      )}
    </div>
  )
}
