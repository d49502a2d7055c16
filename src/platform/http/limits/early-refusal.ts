import { randomUUID } from 'node:crypto'
import { refused, type Text } from '../../refusal.ts'
import type { AtTheDoor, EarlyDoor } from '../at-hand/early-door.ts'
import { requestIdOf } from '../measure.ts'
import { platformProblems } from '../platform-problems.ts'
import { languageOf, problemDocument } from '../problem.ts'
import { callerAddress, clientAddressOf } from './client-address.ts'
import type { TurnedAtOnce } from './use-admission.ts'

/**
 * Refuses what cannot be finished before a request is taken apart. Under many times the load nearly all that a process
 * does is to refuse, and what that costs is taken from those it has taken on. The answer is that of the usual way,
 * headers and all, put together once for each language, and it is limited, counted, timed and given an id like any other.
 * Whatever is unusual about a request goes the usual way, pages and addresses with parameters too.
 */
export function createEarlyRefusal(deps: AtTheDoor & { turned: TurnedAtOnce }): EarlyDoor {
  const { turned, security, note, closed, trustedProxies, countRequest } = deps
  const prepared = { ko: prepare('ko', security), en: prepare('en', security) }
  const { status } = PROBLEM
  return (request, response) => {
    const { url, method, headers } = request
    if (url === undefined || method === undefined || headers.host === undefined) return false
    const route = turned.refuses(method, url)
    if (route === undefined || closed()) return false
    const startedAt = performance.now()
    // Who asks too often is counted once more and refused by the usual way.
    const client = () => clientAddressOf(callerAddress(request, trustedProxies))
    if (countRequest !== undefined && countRequest(client()) !== undefined) return false

    const requestId = requestIdOf(headers['x-request-id'])
    const { head, before, after } = prepared[languageOf(request)]
    head[ID_AT] = requestId
    head[RETRY_AT] = String(turned.turn())
    head[LENGTH_AT] = String(before.length + requestId.length + after.length)
    response.writeHead(status, head)
    if (method === 'HEAD') response.end()
    else response.end(before + requestId + after, 'latin1')
    note({ requestId, method, route, status, ms: performance.now() - startedAt, isOneOfMany: true })
    return true
  }
}

const PROBLEM = platformProblems.temporarily_unavailable
/** Where in the head stands what differs between two refusals, which is written over that of the one before. */
const ID_AT = 1
const RETRY_AT = 3
const LENGTH_AT = 5

interface Prepared {
  /** Names and values in turns, as Node sends them. */
  readonly head: string[]
  /**
   * The document in front of the id of the request, and behind it: bytes as a text of one byte a letter, which Node sends
   * together with the head, in one piece. An id has no letter that JSON or UTF-8 writes in another way.
   */
  readonly before: string
  readonly after: string
}

function prepare(language: keyof Text, security: AtTheDoor['security']): Prepared {
  const instance = randomUUID()
  const document = problemDocument(PROBLEM, refused('temporarily_unavailable'), { language, instance })
  const [before = '', after = ''] = Buffer.from(JSON.stringify(document)).toString('latin1').split(instance)
  const about = {
    'x-request-id': '',
    'retry-after': '',
    'content-length': '',
    ...security,
    'content-language': language,
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
  }
  return { head: Object.entries(about).flat(), before, after }
}
