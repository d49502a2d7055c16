import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose'
import { every, type Loop } from '../resilience/loop.ts'
import type { Logger } from '../telemetry/log.ts'

/** Public keys of identity, kept by a process that does not host it. */
export interface IdentityKeys {
  /** Finds the key of a token; what was not fetched in time is fetched for it. */
  keyOf: JWTVerifyGetKey
  /** Whether there are some that are not too old. */
  hasSome(): boolean
  /** Fetches them in the background, and again and again until they are had; nobody waits for it. */
  start(): void
  stop(): Promise<void>
}

/** A key is fetched when first met; a dropped one is forgotten this long after it was last had, as all are. */
const KEPT_MS = 60 * 60 * 1_000
/** With more than the life of an access token (30 minutes) left: while identity is away, no token outlives the keys. */
const FRESH_MS = 20 * 60 * 1_000
const LOOK_EVERY_MS = 1_000
const MOST_BACK_OFF_MS = 5_000

/**
 * The keys that identity publishes at an address. A process has them from its start on, whether or not somebody asked
 * it anything, and the last ones it had stay good for an hour while identity is away.
 */
export function identityKeys(address: URL, log: Pick<Logger, 'warn'>): IdentityKeys {
  const keyOf = createRemoteJWKSet(address, { cacheMaxAge: KEPT_MS })
  let fetchedAt = Number.NEGATIVE_INFINITY
  let loop: Loop | undefined
  const renew = async () => {
    if (Date.now() < fetchedAt + FRESH_MS) return
    await keyOf.reload()
    fetchedAt = Date.now()
  }
  return {
    keyOf,
    hasSome: () => keyOf.fresh,
    start: () => {
      loop ??= every({
        name: 'auth.identity-keys',
        intervalMs: LOOK_EVERY_MS,
        maxBackOffMs: MOST_BACK_OFF_MS,
        run: renew,
        onError: (error, { consecutive }) => {
          if (consecutive === 1)
            log.warn({ err: error }, 'the public keys of identity cannot be had, trying on')
        },
      })
    },
    stop: async () => loop?.stop(),
  }
}
