import { refused } from '../../refusal.ts'
import type { AtTheDoor, EarlyDoor } from '../at-hand/early-door.ts'
import { requestIdOf } from '../measure.ts'
import { platformProblems } from '../platform-problems.ts'
import { languageOf, problemDocument } from '../problem.ts'
import { callerAddress, clientAddressOf } from './client-address.ts'
import type { TurnedAtOnce } from './use-admission.ts'

/**
 * Refuses what cannot be finished before a request is taken apart. Under many times the load nearly all that a process
 * does is to refuse, and what that costs is taken from those it has taken on. The answer is that of the usual way,
 * headers and all, and it is limited, counted, timed and given an id like any other. Whatever is unusual about a request
 * goes the usual way, pages and addresses with parameters too.
 */
export function createEarlyRefusal(deps: AtTheDoor & { turned: TurnedAtOnce }): EarlyDoor {
  const { turned, security, note, closed, trustedProxies, countRequest } = deps
  const problem = platformProblems.temporarily_unavailable
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
    const refusal = refused('temporarily_unavailable', { retryAfterSeconds: turned.turn() })
    const language = languageOf(request)
    const body = JSON.stringify(problemDocument(problem, refusal, { language, instance: requestId }))
    const about = {
      'x-request-id': requestId,
      ...security,
      'retry-after': String(refusal.retryAfterSeconds),
      'content-language': language,
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
    }
    response.writeHead(problem.status, about)
    response.end(method === 'HEAD' ? undefined : body)
    const ms = performance.now() - startedAt
    note({ requestId, method, route, status: problem.status, ms, isOneOfMany: true })
    return true
  }
}
