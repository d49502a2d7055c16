import { setTimeout as pause } from 'node:timers/promises'

/** `on`: systems use a Redis; `dying`: and it is killed again and again, and comes back empty. Default: none. */
const FORMS = ['off', 'on', 'dying'] as const

const LIVES_MS = 4_000
const DEAD_MS = 1_000

/** The Redis of a system in this run (`JOURNEYS_REDIS`), of its own; undefined where it does without. */
export async function redisOfRun(): Promise<{ url: string; stop(): Promise<void> } | undefined> {
  const wanted = process.env.JOURNEYS_REDIS ?? 'off'
  const form = FORMS.find((one) => one === wanted)
  if (form === undefined) throw new Error(`JOURNEYS_REDIS must be one of ${FORMS.join(', ')}`)
  if (form === 'off') return undefined
  const { startRedis } = await import('../redis.ts')
  const redis = await startRedis()
  const over = new AbortController()
  const wait = (ms: number) => pause(ms, undefined, { signal: over.signal }).catch(() => undefined)
  const die = async () => {
    while (!over.signal.aborted) {
      await wait(LIVES_MS)
      if (over.signal.aborted) return
      await redis.kill()
      await wait(DEAD_MS)
      await redis.restart()
    }
  }
  const dying = form === 'dying' ? die() : undefined
  return {
    url: redis.url,
    stop: async () => {
      over.abort()
      await dying
      await redis.close()
    },
  }
}
