import autocannon from 'autocannon'
import { percentile } from './figure.ts'

/** What came of sending requests as fast as they are answered. */
export interface Load {
  readonly perSecond: number
  readonly answered: number
  /** Not 2xx, with a wrong body, timed out or broken. */
  readonly bad: number
  /** Every answer's time in milliseconds. */
  readonly times: readonly number[]
}

export interface LoadOptions {
  readonly url: string
  readonly clients: number
  readonly seconds: number
  /** Sent in turn by every client. */
  readonly requests: readonly autocannon.Request[]
  /** Every client sends only its part of the requests, so that none is sent by two. */
  readonly shared?: boolean
  /** Cheap look at a body; a wrong one counts as bad. */
  verify(body: string): boolean
}

/**
 * Loads a server from this process, while the server runs in its own. Each client begins at another request, so that
 * they do not all ask for the same at the same time, and comes from an address of its own, as people do.
 */
export async function load({
  url,
  clients,
  seconds,
  requests,
  shared = false,
  verify,
}: LoadOptions): Promise<Load> {
  const times: number[] = []
  let client = 0
  const result = await new Promise<autocannon.Result>((done, failed) => {
    const instance = autocannon(
      {
        url,
        connections: clients,
        duration: seconds,
        timeout: 10,
        requests: [...requests],
        setupClient: (fresh) => {
          const from = Math.floor((client * requests.length) / clients)
          const address = {
            'x-forwarded-for': `198.51.${100 + Math.floor(client / 250)}.${1 + (client % 250)}`,
          }
          client += 1
          const turned = shared
            ? requests.slice(from, Math.floor((client * requests.length) / clients))
            : [...requests.slice(from), ...requests.slice(0, from)]
          fresh.setRequests(
            turned.map((request) => ({ ...request, headers: { ...request.headers, ...address } })),
          )
        },
        verifyBody: (body) => verify(String(body)),
      },
      (error: unknown, finished: autocannon.Result) =>
        error === null || error === undefined
          ? done(finished)
          : failed(new Error('the load did not run', { cause: error })),
    )
    instance.on('response', (_client, _status, _bytes, ms) => times.push(ms))
  })
  const { errors, timeouts, mismatches, non2xx, duration } = result
  const bad = errors + timeouts + mismatches + non2xx
  return { perSecond: (times.length - non2xx) / duration, answered: times.length, bad, times }
}

/** Several rounds as one. */
export function together(rounds: readonly Load[]): Load {
  const sum = (of: (round: Load) => number) => rounds.reduce((total, round) => total + of(round), 0)
  return {
    perSecond: sum((round) => round.perSecond) / rounds.length,
    answered: sum((round) => round.answered),
    bad: sum((round) => round.bad),
    times: rounds.flatMap((round) => round.times),
  }
}

/** Answers a second of the middle round: what else the machine did in one of them does not count. */
export function median(rounds: readonly Load[]): number {
  return percentile(
    rounds.map(({ perSecond }) => perSecond),
    0.5,
  )
}

export const p = (result: Load, part: number) => percentile(result.times, part)
