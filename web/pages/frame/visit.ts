import type { FastifyRequest } from 'fastify'
import { cookiesOf } from '../../../src/platform/http/headers.ts'
import { isFormWithFiles } from '../../../src/platform/http/input/form-with-files.ts'
import { languageOf } from '../../../src/platform/http/problem.ts'
import type { Text } from '../../../src/platform/refusal.ts'
import { type Language, type Words, words } from '../../words/index.ts'

/** One request for a page, as pages see it. */
export interface Visit {
  readonly language: Language
  readonly words: Words
  readonly request: FastifyRequest
  /** Without the language and the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** What a form sent; empty for other requests. */
  readonly form: URLSearchParams
  /** Files it sent with its fields. */
  readonly files: readonly Buffer[]
  /** The address of a page of ours in the language of the visit. */
  to(path: string): string
  say(text: Text): string
}

function sentIn(body: unknown): Pick<Visit, 'form' | 'files'> {
  if (isFormWithFiles(body)) return { form: body.fields, files: body.files }
  return { form: body instanceof URLSearchParams ? body : new URLSearchParams(), files: [] }
}

/** In the address of the login page: somebody's form waits until they have logged in. */
export const FORM_WAITING = 'waiting'

const ENGLISH = '/en'

/** The language is part of the address: `/en/…` is English, everything else Korean. */
export function visitOf(request: FastifyRequest): Visit {
  const [whole = '/', query = ''] = request.url.split('?', 2)
  const { language, path } = languageIn(whole)
  return {
    language,
    words: words[language],
    request,
    path,
    query: new URLSearchParams(query),
    ...sentIn(request.body),
    to: (path) => localPath(path, language),
    say: (text) => text[language],
  }
}

/**
 * The language an address is in, and its path without it. The path begins with one slash, whatever was asked for: two
 * would be the address of another host.
 */
export function languageIn(address: string): { language: Language; path: string } {
  const isEnglish = address === ENGLISH || address.startsWith(`${ENGLISH}/`)
  const rest = isEnglish ? address.slice(ENGLISH.length) : address
  return { language: isEnglish ? 'en' : 'ko', path: `/${rest.replace(/^[/\\]+/, '')}` }
}

/** The address of a page in a language. */
export function localPath(path: string, language: Language): string {
  // What programs ask for is in no language, a return from a provider after signing in; the console asks its reader.
  if (language === 'ko' || path.startsWith('/api/') || isConsole(path)) return path
  return path === '/' ? ENGLISH : `${ENGLISH}${path}`
}

const isConsole = (path: string) => /^\/console($|[/?])/.test(path)

/** The browser's language, where no address says it: the one read last in the shop, else the one it asks for. */
export function browserLanguage(request: FastifyRequest): Language {
  const read = cookieOf(request, 'language')
  return read === 'en' || read === 'ko' ? read : languageOf(request)
}

/** The value of a cookie; the first where it was sent twice. */
export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  return cookiesOf(request.headers.cookie, name)[0]
}

/** The page of a list that an address asks for: the first for anything that is none, or lies behind the deepest one. */
export function pageIn(query: URLSearchParams, deepest = Number.MAX_SAFE_INTEGER): number {
  const page = Number(query.get('page') ?? 1)
  return Number.isSafeInteger(page) && page >= 1 && page <= deepest ? page : 1
}

/** An id as it stands in an address, or undefined for anything else. */
export function idOf(text: string | null | undefined): string | undefined {
  return text && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : undefined
}
