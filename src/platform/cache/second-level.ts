import { hash } from 'node:crypto'
import { newId } from '../ids.ts'
import type { Redis } from '../redis/redis.ts'

/** What processes keep for one another. */
export interface SecondLevel<T> {
  look(key: string): Promise<Looked<T>>
}

export interface Looked<T> {
  /** What somebody keeps, and for how long it may still be answered. */
  found?: { value: T; forMs: number }
  /**
   * Keeps what was loaded after this look. Not for anybody if what it was made of has changed since the look: then nobody
   * will find it.
   */
  keep(value: T, forMs: number): void
}

/** How a value is written down. */
export interface Written<T> {
  /** Changes with what is written, so that servers of different releases do not read each other. */
  version: string
  write(value: T): string
  /** @throws when the text is no such value */
  read(text: string): T
}

/** Several caches that go out of date together. */
export interface SharedSpace {
  level<T>(name: string, written: Written<T>): SecondLevel<T>
  /** What is kept so far is out of date; once it resolves nobody finds it any more. */
  changed(): Promise<void>
}

/** Long enough for any value; a space nobody uses goes. */
const GENERATION_SECONDS = 86_400

/**
 * A second level of caches in Redis. Everything kept has the mark of the generation in which its loading began, and counts
 * as long as that is the current one. So what was read before a change and is written after it is never found, and neither is
 * anything when Redis has lost the mark. A change that could not be told to Redis leaves old values for the rest of their
 * time, as in the memory of a process.
 */
export function createSharedSpace(redis: Redis, space: string): SharedSpace {
  const generationKey = `cache:${space}`

  async function look<T>(key: string, { read, write }: Written<T>): Promise<Looked<T>> {
    const asked = await redis.ask((client) => client.multi().mget(generationKey, key).pttl(key).exec())
    const [generation, text, forMs] = asked.kind === 'answered' ? answersOf(asked.value) : []
    if (generation === undefined) {
      // Whoever looks next finds one.
      void redis.ask((client) => client.set(generationKey, newId(), 'EX', GENERATION_SECONDS, 'NX'))
      return { keep: () => {} }
    }
    const mark = `${generation} `
    const kept = text?.startsWith(mark) ? readable(read, text.slice(mark.length)) : undefined
    return {
      ...(kept !== undefined && forMs !== undefined && forMs > 0 ? { found: { ...kept, forMs } } : {}),
      keep: (value, keptForMs) => {
        void redis.ask((client) => client.set(key, mark + write(value), 'PX', keptForMs))
      },
    }
  }
  return {
    level: (name, written) => ({
      // A key may be what somebody searched for: that is not written down.
      look: (key) =>
        look(`${generationKey}:${name}:${written.version}:${hash('sha256', key, 'base64url')}`, written),
    }),
    changed: async () => {
      await redis.ask((client) => client.set(generationKey, newId(), 'EX', GENERATION_SECONDS))
    },
  }
}

/** What is kept may be harmed, or written by somebody else: then it is as good as not there. */
function readable<T>(read: (text: string) => T, text: string): { value: T } | undefined {
  try {
    return { value: read(text) }
  } catch {
    return undefined
  }
}

/** What a transaction of both commands answered. */
function answersOf(
  answers: [error: Error | null, result: unknown][] | null,
): [generation?: string, text?: string, forMs?: number] {
  const [[, values] = [], [, forMs] = []] = answers ?? []
  if (!Array.isArray(values) || typeof forMs !== 'number') return []
  const both: unknown[] = values
  const [generation, text] = both
  if (typeof generation !== 'string') return []
  return typeof text === 'string' ? [generation, text, forMs] : [generation]
}
