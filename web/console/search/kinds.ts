/** What somebody may have typed or pasted into the search. */
export type Sought =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'email'; readonly email: string }
  | { readonly kind: 'phone'; readonly phone: string }
  | { readonly kind: 'number'; readonly number: string }
  | { readonly kind: 'nothing' }

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** A number of an order, or its beginning, which is a day: `20261121-7K3QX9`. */
const NUMBER = /^20\d{6}(-[0-9A-Z]{0,6})?$/i

/** What a text is to be searched as. */
export function soughtIn(typed: string): Sought {
  const text = typed.trim()
  if (ID.test(text)) return { kind: 'id', id: text.toLowerCase() }
  if (/^\S+@\S+$/.test(text)) return { kind: 'email', email: text }
  if (NUMBER.test(text)) return { kind: 'number', number: text.toUpperCase() }
  const digits = text.replaceAll(/[\s-]/g, '')
  if (/^\d{4,12}$/.test(digits)) return { kind: 'phone', phone: digits }
  return { kind: 'nothing' }
}
