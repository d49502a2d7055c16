import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'

/** A server that stays read-only makes every write fail: connections are renewed no more often than this. */
const RENEWED_AT_MOST_EVERY_MS = 1_000

/**
 * A pool that lets go of all its connections once a write finds the server read-only (SQLSTATE 25006). After a
 * switch-over the old server goes on as a standby: connections to it live, and would refuse every write until the
 * process ends, while a new connection leads to the new server.
 */
export function withFreshConnections(pool: PostgresPool, now: () => number = Date.now): PostgresPool {
  const bornIn = new WeakMap<PostgresPoolClient, number>()
  const watched = new WeakMap<PostgresPoolClient, PostgresPoolClient>()
  let generation = 0
  let renewedAt = -Infinity

  function noticed(error: unknown): void {
    const isReadOnly = error instanceof pg.DatabaseError && error.code === '25006'
    if (!isReadOnly || now() - renewedAt < RENEWED_AT_MOST_EVERY_MS) return
    renewedAt = now()
    generation += 1
  }

  function watch(client: PostgresPoolClient): PostgresPoolClient {
    const query: PostgresPoolClient['query'] = (...asked: unknown[]) => {
      const answer: unknown = Reflect.apply(client.query, client, asked)
      if (answer instanceof Promise) answer.catch(noticed)
      return answer as never
    }
    return { query, release: (destroy) => client.release(destroy ?? bornIn.get(client) !== generation) }
  }

  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      for (;;) {
        const client = await pool.connect()
        const born = bornIn.get(client) ?? generation
        bornIn.set(client, born)
        if (born !== generation) {
          client.release(true)
          continue
        }
        const known = watched.get(client) ?? watch(client)
        watched.set(client, known)
        return known
      }
    },
  }
}
