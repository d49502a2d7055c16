import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Person } from '../../crash/library/people.ts'
import { ask } from '../../crash/people/insist.ts'
import { type Told, toldBy } from './kept.ts'
import { type Deed, type Deeds, OPERATIONS, type Operation } from './operations.ts'

/** How one request went. */
export interface Outcome {
  operation: Operation
  accepted: boolean
  /** What an acceptance told of; none when its answer says nothing of what was to be done. */
  told: Told | undefined
  /** Status and code of what was refused, or that there was no answer. */
  why: string
  ms: number
}

/**
 * Does everything that is to be done, evenly spread over the time, each request once.
 * @param forMs how long it takes altogether, in milliseconds
 * @param patienceMs longer than this nobody waits: what comes later counts as refused
 */
export async function sendDeeds(
  url: string,
  deeds: Deeds,
  { forMs, patienceMs, tokens }: { forMs: number; patienceMs: number; tokens: ReadonlyMap<Person, string> },
): Promise<Outcome[]> {
  const startedAt = performance.now()
  const line = OPERATIONS.flatMap((operation, row) =>
    deeds[operation].map((deed, n) => ({
      operation,
      deed,
      atMs: ((n + row / OPERATIONS.length) / deeds[operation].length) * forMs,
    })),
  ).toSorted((a, b) => a.atMs - b.atMs)
  const sent: Promise<Outcome>[] = []
  for (const { operation, deed, atMs } of line) {
    const early = atMs - (performance.now() - startedAt)
    if (early > 0) await pause(early)
    sent.push(
      once(url, deed, { tokens, patienceMs }).then(({ body, ...how }) => ({
        operation,
        told: toldBy(operation, body),
        ...how,
      })),
    )
  }
  return Promise.all(sent)
}

async function once(
  url: string,
  { by, method, path, json }: Deed,
  { tokens, patienceMs }: { tokens: ReadonlyMap<Person, string>; patienceMs: number },
) {
  const startedAt = performance.now()
  const token = by && tokens.get(by)
  const sent = ask({
    method,
    url: `${url}${path}`,
    ...(json === undefined ? {} : { json }),
    ...(method === 'POST' ? { key: randomUUID() } : {}),
    ...(token === undefined ? {} : { token }),
  }).then(
    ({ status, code, body }) => ({ accepted: status < 300, why: `${status} ${code}`, body }),
    () => ({ accepted: false, why: 'no answer', body: undefined }),
  )
  const late = pause(patienceMs, {
    accepted: false,
    why: `no answer within ${patienceMs / 1_000} s`,
    body: undefined,
  })
  const how = await Promise.race([sent, late])
  return { ...how, ms: performance.now() - startedAt }
}

/** What the requests of one operation came to. */
export interface Share {
  sent: number
  accepted: number
  /** Of the accepted ones, in milliseconds. */
  p95: number
  /** How often for which reason the others were refused. */
  refused: ReadonlyMap<string, number>
}

/** Sums up by operation. */
export function sharesOf(outcomes: readonly Outcome[]): ReadonlyMap<Operation, Share> {
  return new Map(
    [...Map.groupBy(outcomes, ({ operation }) => operation)].map(([operation, list]) => {
      const accepted = list.filter((one) => one.accepted)
      const times = accepted.map(({ ms }) => ms).toSorted((a, b) => a - b)
      const refused = Map.groupBy(
        list.filter((one) => !one.accepted),
        ({ why }) => why,
      )
      return [
        operation,
        {
          sent: list.length,
          accepted: accepted.length,
          p95: times[Math.floor(times.length * 0.95)] ?? 0,
          refused: new Map([...refused].map(([why, some]) => [why, some.length])),
        },
      ]
    }),
  )
}
