import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { type Refused, refused } from '../platform/refusal.ts'
import { normalisePassword } from './rules/account.ts'

export interface PasswordSettings {
  /** Hashes computed at a time. Each keeps one of libuv's (by default four) threads busy for about 30 ms. */
  parallel?: number
  /** Longest wait for a turn in milliseconds. */
  waitMs?: number
}

export interface Passwords {
  /** argon2id in PHC form. */
  hash(password: string): Promise<{ kind: 'hashed'; hash: string } | NoTurn>
  /**
   * Compares. Without a stored hash it does the same work and answers false, so that the time taken does not
   * tell whether an account exists.
   */
  matches(stored: string | null, password: string): Promise<boolean | NoTurn>
}

/** Too many passwords are being looked at. */
type NoTurn = Refused<'temporarily_unavailable'>

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Hashing costs processor and memory on purpose, so only few run at a time and nobody waits for long. */
export function createPasswords({ parallel = 2, waitMs = 3_000 }: PasswordSettings = {}): Passwords {
  const inTurn = createTurns(parallel, waitMs)
  let nobodys: Promise<string> | undefined
  const hashOfNobody = () => {
    nobodys ??= hash(randomBytes(32), COST)
    return nobodys
  }
  return {
    hash: (password) =>
      inTurn(async () => ({ kind: 'hashed' as const, hash: await hash(normalisePassword(password), COST) })),
    matches: (stored, password) =>
      inTurn(async () => {
        const same = await verify(stored ?? (await hashOfNobody()), normalisePassword(password))
        return stored !== null && same
      }),
  }
}

/**
 * Lets `parallel` pieces of work run at a time, in the order they came.
 * @returns a function giving the work's result, or temporarily_unavailable when its turn did not come in time
 */
export function createTurns(parallel: number, waitMs: number) {
  let running = 0
  const waiting = new Set<() => void>()

  async function enter(): Promise<boolean> {
    if (running < parallel) {
      running += 1
      return true
    }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const begin = () => {
      clearTimeout(timer)
      waiting.delete(begin)
      resolve(true)
    }
    const timer = setTimeout(() => {
      waiting.delete(begin)
      resolve(false)
    }, waitMs)
    waiting.add(begin)
    return promise
  }

  function leave(): void {
    const [next] = waiting
    // The place passes to the next one; it never becomes free in between.
    if (next) next()
    else running -= 1
  }

  return async function inTurn<T>(work: () => Promise<T>): Promise<T | NoTurn> {
    if (!(await enter())) return refused('temporarily_unavailable', { retryAfterSeconds: 3 })
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
