import type { QueryClient } from '@tanstack/react-query'
import { callStream } from './call.ts'
import { readEvents } from './events.ts'

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: {
      /** What types of events begin with after which the query is asked again: `shop.order.`. */
      live?: readonly string[]
    }
  }
}

/** What the shell says of it: whether what is on the screen follows what happens. */
export type Liveness = 'live' | 'away'

const AGAIN_MS = 3_000
const BREATH_MS = 2_000

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

/**
 * Follows what happens, and has the lists on the screen asked again that say that they live by it. After a gap all of
 * them are: nobody knows what happened meanwhile.
 * @returns ends it
 */
export function followChanges(client: QueryClient, tell: (state: Liveness) => void): () => void {
  const over = new AbortController()
  void follow(client, tell, over.signal)
  return () => over.abort()
}

async function follow(
  client: QueryClient,
  tell: (state: Liveness) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { name, data } of readEvents(await callStream('GET /api/admin/changes', signal))) {
        if (name === 'ready') {
          tell('live')
          askAgain(client, () => true)
        }
        const types = Array.isArray(data) ? data.map(String) : []
        if (name === 'changed') {
          askAgain(client, (prefix) => types.some((type) => type.startsWith(prefix)))
          // Where much happens, what has come meanwhile is told together: every look at customers is written down.
          await pause(BREATH_MS)
        }
      }
    } catch {
      // Looked at below: whatever it was, it is tried again.
    }
    if (signal.aborted) return
    tell('away')
    await pause(AGAIN_MS)
  }
}

function askAgain(client: QueryClient, isMeant: (prefix: string) => boolean): void {
  void client.invalidateQueries({ predicate: ({ meta }) => meta?.live?.some(isMeant) ?? false })
}
