import { randomUUID } from 'node:crypto'

/**
 * The key in a form's hidden field `key`: it names one wish, however often the form is sent. Undefined when it is none
 * of those we make.
 */
export function givenKey(form: URLSearchParams): string | undefined {
  const given = form.get('key') ?? ''
  return /^[\w-]{16,64}$/.test(given) ? given : undefined
}

/** The same; a new one for a form that came without. */
export function keyIn(form: URLSearchParams): string {
  return givenKey(form) ?? randomUUID()
}
