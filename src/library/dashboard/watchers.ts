import Type from 'typebox'
import { type Broadcast, defineTopic } from '../../platform/broadcast/broadcast.ts'

/** What a patron sees has changed. */
export const dashboardChanged = defineTopic(
  'library.dashboard',
  Type.Object({ patronId: Type.String({ format: 'uuid' }) }),
)

/** Who in this process looks at which patron's dashboard now. */
export interface Watchers {
  /**
   * @param look called when the patron's dashboard may have changed
   * @param end called when the process goes down
   * @returns ends the watch
   */
  watch(patronId: string, look: () => void, end: () => void): () => void
  /** Begins to hear of changes, in this process and others. @returns a function that stops it */
  start(broadcast: Broadcast): () => void
  /** Ends all watches. */
  close(): void
}

interface Watch {
  patronId: string
  look(): void
  end(): void
}

/** The pages of this process that watch a dashboard. */
export function createWatchers(): Watchers {
  const watches = new Set<Watch>()
  return {
    watch: (patronId, look, end) => {
      const watch = { patronId, look, end }
      watches.add(watch)
      return () => watches.delete(watch)
    },
    start: (broadcast) =>
      broadcast.subscribe(dashboardChanged, {
        heard: ({ patronId }) => {
          for (const watch of watches) if (watch.patronId === patronId) watch.look()
        },
        missed: () => {
          for (const watch of watches) watch.look()
        },
      }),
    close: () => {
      for (const watch of watches) watch.end()
    },
  }
}
