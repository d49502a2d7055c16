/** Text shown to people, in both languages of the software. */
export interface Text {
  ko: string
  en: string
}

export interface FieldError {
  /** Place in the request, e.g. `body.receiver.phone`. */
  field: string
  code: string
  message: Text
}

/**
 * An expected "no" of a use case. `code` is stable and public; the HTTP edge maps it to a problem document.
 * Use cases return it as a value, so the compiler makes callers deal with it; one that names its codes lets it also
 * see whether they dealt with all of them. Between contexts whatever the caller must act on is a kind with its data,
 * not a code.
 */
export interface Refused<Code extends string = string> {
  kind: 'refused'
  code: Code
  /** More than the code's general title says, for this one case. */
  detail?: Text
  errors?: readonly FieldError[]
  retryAfterSeconds?: number
  /** Further public facts, e.g. `{ currentTotal: 21000 }`. */
  facts?: Readonly<Record<string, unknown>>
}

/** The refusal with a code, and with what more there is to say of this one case. */
export function refused<const Code extends string>(
  code: Code,
  more: Omit<Refused, 'kind' | 'code'> = {},
): Refused<Code> {
  return { kind: 'refused', code, ...more }
}

/** How a function refuses, for the type of one that passes it on, and for the route that documents it. */
export type RefusedBy<UseCase extends (...args: never[]) => unknown> = Extract<
  Awaited<ReturnType<UseCase>>,
  { kind: 'refused' }
>

/** What a code means in HTTP and to people. */
export interface Problem {
  status: number
  title: Text
}

/** Every context declares the codes it may answer with. */
export type ProblemCatalog = Readonly<Record<string, Problem>>
