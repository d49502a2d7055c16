import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { inSpan } from '../telemetry/in-span.ts'

const MOST_SUMMARIES = 1_000
const summaries = new Map<string, string>()

/**
 * What a statement is about: its verb and the first table it names. Texts hold
 * no values, those are parameters; still no more of them is told than this.
 */
export function summaryOf(text: string): string {
  const known = summaries.get(text)
  if (known !== undefined) return known
  const bare = text.replaceAll(/\/\*.*?\*\/|"/g, '')
  const verb = /[a-z]+/i.exec(bare)?.[0].toLowerCase() ?? 'statement'
  const table = /\b(?:from|into|update|join)\s+(?:only\s+)?([a-z_]+\.[a-z_]+)\b/i.exec(bare)?.[1]
  const summary = table === undefined ? verb : `${verb} ${table}`
  if (summaries.size < MOST_SUMMARIES) summaries.set(text, summary)
  return summary
}

/** A pool whose statements are spans of what is being worked on; those of nobody are none. */
export function withSpans(pool: PostgresPool): PostgresPool {
  const about = { kind: 'client', attributes: { 'db.system.name': 'postgresql' } } as const
  const watch = (client: PostgresPoolClient): PostgresPoolClient => {
    const query: PostgresPoolClient['query'] = (...asked: unknown[]) => {
      const send = async (): Promise<unknown> => Reflect.apply(client.query, client, asked)
      return inSpan(summaryOf(String(asked[0])), about, send) as never
    }
    return { query, release: (destroy) => client.release(destroy) }
  }
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => watch(await pool.connect()),
  }
}
