import type { Logger } from '../platform/telemetry/log.ts'
import { targetOf, type Upstream } from './routing.ts'

type Members = Record<string, unknown>

const FRESH_MS = 10_000
const FETCH_WITHIN_MS = 3_000

/**
 * The OpenAPI document of everything behind the gateway: of each upstream the operations that are routed to it. One
 * that is down is there with what it said last; one that has never answered is missing, and is asked again.
 */
export function mergedDocument(origins: ReadonlyMap<Upstream, string>, log: Logger): () => Promise<Members> {
  const said = new Map<string, Members>()
  let askedAt = -Infinity
  let asking: Promise<void> | undefined

  const ask = async () => {
    const distinct = [...new Set(origins.values())]
    await Promise.all(
      distinct.map(async (origin) => {
        try {
          const answer = await fetch(`${origin}/openapi.json`, {
            signal: AbortSignal.timeout(FETCH_WITHIN_MS),
          })
          const document: unknown = answer.ok ? await answer.json() : undefined
          if (isMembers(document)) said.set(origin, document)
        } catch (error) {
          log.warn({ err: error, origin }, 'an upstream did not tell its operations')
        }
      }),
    )
    askedAt = said.size === distinct.length ? Date.now() : -Infinity
  }
  return async () => {
    if (Date.now() - askedAt > FRESH_MS) {
      asking ??= ask().finally(() => {
        asking = undefined
      })
      await asking
    }
    return merge(origins, said)
  }
}

function merge(origins: ReadonlyMap<Upstream, string>, said: ReadonlyMap<string, Members>): Members {
  const paths: Members = {}
  let components: Members = {}
  for (const [origin, document] of said) {
    for (const [path, item] of Object.entries(membersOf(document.paths))) {
      const target = targetOf(path.replaceAll(/\{\w+\}/g, 'x'))
      if (target.kind === 'forward' && origins.get(target.upstream) === origin) paths[path] = item
    }
    components = mergeComponents(components, membersOf(document.components))
  }
  const [first = {}] = said.values()
  const sorted = Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return { ...first, paths: sorted, components }
}

/** All are made of the same sources: what has the same name is the same. */
function mergeComponents(some: Members, more: Members): Members {
  const kinds = new Set([...Object.keys(some), ...Object.keys(more)])
  return Object.fromEntries(
    [...kinds].map((kind) => [kind, { ...membersOf(some[kind]), ...membersOf(more[kind]) }]),
  )
}

function membersOf(value: unknown): Members {
  return isMembers(value) ? value : {}
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
