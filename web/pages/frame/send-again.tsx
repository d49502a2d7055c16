import { Field } from '../../ui/field.tsx'
import type { Visit } from './visit.ts'

/** Of what a form sent, what is not written into a page: it is typed again. */
const SECRET = /password/i
/** The longest of our forms, a full cart, has a third of them. */
const MOST_FIELDS = 500

/**
 * A form that could not be dealt with, with everything that was typed, to be sent again as it was. It keeps the key it
 * came with, so that what has been done after all is not done twice.
 */
export function SendAgain({ visit: { words, form, path, query, to } }: { visit: Visit }) {
  const { errors, account } = words
  const labels = new Map([
    ['currentPassword', account.currentPassword],
    ['newPassword', account.newPassword],
  ])
  const fields = [...form].map(([name, value], place) => ({ name, value, place }))
  // It is none of ours, and writing it out would cost more than it did to send it.
  if (fields.length > MOST_FIELDS) return null
  const secrets = fields.filter(({ name }) => SECRET.test(name))
  return (
    <form
      className="send-again"
      action={to(query.size > 0 ? `${path}?${query}` : path)}
      method="post"
      data-once=""
    >
      {fields.map(
        ({ name, value, place }) =>
          !SECRET.test(name) && <input key={place} type="hidden" name={name} value={value} />,
      )}
      {secrets.length > 0 && <p>{errors.secretAgain}</p>}
      {secrets.map(({ name, place }) => (
        <Field
          key={place}
          name={name}
          label={labels.get(name) ?? account.password}
          type="password"
          required
          autoComplete={name === 'newPassword' ? 'new-password' : 'current-password'}
        />
      ))}
      {form.has('key') && <p>{errors.onlyOnce}</p>}
      <button className="button" type="submit">
        {errors.again}
      </button>
    </form>
  )
}
