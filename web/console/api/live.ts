import type { QueryClient } from '@tanstack/react-query'
import type { ServiceApart } from '../../pages/console/session.ts'
import { callStream } from './call.ts'
import { readEvents } from './events.ts'
import { isHeardAt, type News, placesOf } from './places.ts'
import { sessionState } from './session.ts'

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: News
  }
}

/** What the shell says of it: whether what is on the screen follows what happens. */
export type Liveness = 'live' | 'away'

const AGAIN_MS = 3_000
const BREATH_MS = 2_000

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

/** A process whose changes are followed; undefined: the shop's, or the only one. */
type Place = ServiceApart | undefined

/**
 * Follows what happens, and has the lists on the screen asked again that say that they live by it. After a gap all of
 * them are: nobody knows what happened meanwhile. Each process tells of its own database; only those are listened to
 * that something on the screen lives by, since a browser holds few connections.
 * @returns ends it
 */
export function followChanges(client: QueryClient, tell: (state: Liveness) => void): () => void {
  const over = new AbortController()
  const followed = new Map<Place, { end(): void; isLive: boolean }>()
  const tellAll = () => {
    if (!over.signal.aborted) tell([...followed.values()].every(({ isLive }) => isLive) ? 'live' : 'away')
  }
  const look = () => {
    const state = sessionState()
    const apart = state.kind === 'open' ? state.session.apart : []
    const shown = client.getQueryCache().findAll({ type: 'active' })
    const news = shown.flatMap(({ meta }): News[] => (meta === undefined ? [] : [meta]))
    const wanted = placesOf(news, apart)
    for (const [place, { end }] of followed) {
      if (wanted.has(place)) continue
      end()
      followed.delete(place)
    }
    for (const place of wanted) {
      if (followed.has(place)) continue
      const own = new AbortController()
      const one = { end: () => own.abort(), isLive: false }
      followed.set(place, one)
      void follow(client, { place, apart, signal: AbortSignal.any([own.signal, over.signal]) }, (isLive) => {
        one.isLive = isLive
        tellAll()
      })
    }
    tellAll()
  }
  const end = client.getQueryCache().subscribe(({ type }) => {
    if (type === 'observerAdded' || type === 'observerRemoved') look()
  })
  look()
  return () => {
    end()
    over.abort()
  }
}

async function follow(
  client: QueryClient,
  { place, apart, signal }: { place: Place; apart: readonly ServiceApart[]; signal: AbortSignal },
  tell: (isLive: boolean) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const stream = await callStream('GET /api/admin/changes', signal, { at: place })
      for await (const { name, data } of readEvents(stream)) {
        if (name === 'ready') {
          tell(true)
          askAgain(client, (news) => isHeardAt(news, place, apart))
        }
        const types = Array.isArray(data) ? data.map(String) : []
        if (name === 'changed') {
          askAgain(client, (news) => isHeardAt(news, place, apart, types))
          // Where much happens, what has come meanwhile is told together.
          await pause(BREATH_MS)
        }
      }
    } catch {
      // Looked at below: whatever it was, it is tried again.
    }
    if (signal.aborted) return
    tell(false)
    await pause(AGAIN_MS)
  }
}

function askAgain(client: QueryClient, isMeant: (news: News) => boolean): void {
  void client.invalidateQueries({ predicate: ({ meta }) => meta !== undefined && isMeant(meta) })
}
