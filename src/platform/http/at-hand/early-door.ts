import type { IncomingMessage, ServerResponse } from 'node:http'
import { takesGzip } from '../headers.ts'
import { callerAddress, clientAddressOf } from '../limits/client-address.ts'
import { type Note, requestIdOf } from '../measure.ts'
import type { KnownAddress, KnownAddresses } from './addresses.ts'
import { isKnown, type Ready } from './ready.ts'

/** What whoever answers before a request is taken apart needs to do it as it is always done. */
export interface AtTheDoor {
  /** Headers of every answer, by names in small letters. */
  security: Readonly<Record<string, string>>
  note: Note
  /** Every request is told one by one, or a drain has begun: then requests take the usual way. */
  closed(): boolean
  trustedProxies: number
  /** Counts a request of a client; after how many seconds it may ask again if these were too many. */
  countRequest?: ((client: string) => number | undefined) | undefined
}

export interface EarlyDoorDeps extends AtTheDoor {
  addresses: KnownAddresses
}

/** @returns whether it has answered; if not, the request was not touched */
export type EarlyDoor = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * Answers what most people ask for, before a request is taken apart: GETs of known addresses whose answer is kept at this
 * moment. The answer is that of the usual way, headers and all, and it is limited, counted, timed and given an id like
 * any other. Whatever is unusual about a request goes the usual way, refusals too.
 */
export function createEarlyDoor(deps: EarlyDoorDeps): EarlyDoor {
  const { addresses, note, trustedProxies, countRequest } = deps
  const prepare = preparing(deps.security)
  return (request, response) => {
    const { url } = request
    if (request.method !== 'GET' || url === undefined) return false
    const known = addresses.get(url)
    if (known === undefined || deps.closed()) return false
    const startedAt = performance.now()
    const { headers } = request
    const ready = headers.host === undefined ? undefined : found(known)
    if (ready === undefined || (ready.isPacked && !takesGzip(headers['accept-encoding']))) return false
    // Who asks too often is counted once more and refused by the usual way.
    const client = () => clientAddressOf(callerAddress(request, trustedProxies))
    if (countRequest !== undefined && countRequest(client()) !== undefined) return false

    const requestId = requestIdOf(headers['x-request-id'])
    const isSame = isKnown(headers['if-none-match'], ready.etag)
    const status = isSame ? 304 : 200
    const prepared = prepare(ready)
    const head = isSame ? prepared.same : prepared.whole
    head[ID_AT] = requestId
    response.writeHead(status, head)
    if (isSame) response.end()
    else response.end(prepared.body, 'latin1')
    const noted = () =>
      note({ requestId, method: 'GET', route: known.route, status, ms: performance.now() - startedAt })
    // Nearly always all of it is on its way at once; else its time ends when the rest is.
    if (response.socket?.writableLength === 0) noted()
    else response.on('finish', noted)
    return true
  }
}

/** What fails here fails again on the usual way, which tells it. */
function found(known: KnownAddress): Ready | undefined {
  try {
    return known.find()
  } catch {
    return undefined
  }
}

interface Prepared {
  /** Heads of the answer and of the one that it is still the same: names and values in turns, as Node sends them. */
  readonly whole: string[]
  readonly same: string[]
  /** The bytes as a text of one byte a letter: Node sends such a text together with its head, in one piece. */
  readonly body: string
}

/** Where the id of a request stands, which is written over the one before. */
const ID_AT = 1

/** Puts the heads of answers together once for each, and forgets them together with it. */
function preparing(security: Readonly<Record<string, string>>): (ready: Ready) => Prepared {
  const kept = new WeakMap<Ready, Prepared>()
  return (ready) => {
    const known = kept.get(ready)
    if (known !== undefined) return known
    const same = ['x-request-id', '', ...Object.entries({ ...security, ...ready.headers }).flat()]
    const about = {
      'content-type': ready.type,
      'content-length': String(ready.bytes.length),
      ...(ready.isPacked ? { 'content-encoding': 'gzip' } : {}),
    }
    const whole = [...same, ...Object.entries(about).flat()]
    const prepared = { same, whole, body: ready.bytes.toString('latin1') }
    kept.set(ready, prepared)
    return prepared
  }
}
