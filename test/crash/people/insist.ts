import { setTimeout as pause } from 'node:timers/promises'
import { problemCode } from '../views.ts'

/** A complete HTTP answer; `body` is parsed when it is JSON, otherwise text. */
export interface Answer {
  status: number
  body: unknown
  code: string
  location: string | undefined
}

export interface Ask {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  json?: unknown
  form?: Readonly<Record<string, string>>
  key?: string
  token?: string
  accept?: string
}

/** Trouble met on the way, for the report. */
export interface Trouble {
  connection: number
  unavailable: number
  /** Answers 500: each is a defect of the server, whatever the world did to it. */
  errors: string[]
}

const ONE_TRY_MS = 20_000

/** One request, without any repetition. Rejects when there is no complete answer. */
export async function ask(request: Ask): Promise<Answer> {
  const { method = 'GET', url, json, form, key, token, accept = 'application/json' } = request
  const headers: Record<string, string> = { accept }
  if (key !== undefined) headers['idempotency-key'] = key
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  if (json !== undefined) headers['content-type'] = 'application/json'
  const body = json !== undefined ? JSON.stringify(json) : form && new URLSearchParams(form)
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(ONE_TRY_MS),
  })
  const text = await response.text()
  const parsed = (response.headers.get('content-type') ?? '').includes('json') ? parseJson(text) : text
  return {
    status: response.status,
    body: parsed,
    code: problemCode(parsed),
    location: response.headers.get('location') ?? undefined,
  }
}

/**
 * Sends the same request again, with the same key, until there is a final answer: after broken connections, 5xx
 * answers that say "later", and "the same request is being processed". Undefined when `patienceMs` is over.
 */
export async function insist(
  request: Ask,
  trouble: Trouble,
  patienceMs = 90_000,
): Promise<Answer | undefined> {
  const deadline = Date.now() + patienceMs
  for (let tries = 0; Date.now() < deadline; tries++) {
    if (tries > 0) await pause(Math.min(1_000, 50 * 2 ** tries) * (0.5 + Math.random() / 2))
    try {
      const answer = await ask(request)
      if (!isPassing(answer)) return answer
      if (answer.status === 500) trouble.errors.push(`${request.method ?? 'GET'} ${request.url}`)
      trouble.unavailable++
    } catch {
      trouble.connection++
    }
  }
  return undefined
}

/** What a gateway says when it does not know whether a change was made. */
const PERHAPS_DONE: readonly string[] = ['service_broke_off', 'service_too_slow']

function isPassing({ status, code }: Answer): boolean {
  const later = status === 500 || status === 503 || status === 429 || code === 'request_in_progress'
  return later || PERHAPS_DONE.includes(code)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** What to throw at an answer that no customer should ever get. */
export function surprise(wanted: string, answer: Answer | undefined): Error {
  return new Error(
    answer === undefined
      ? `no answer in time instead of ${wanted}`
      : `${answer.status} instead of ${wanted}: ${JSON.stringify(answer.body).slice(0, 300)}`,
  )
}
