import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { newKey } from '../../api/call.ts'
import { dropAnswered, scansOf } from '../../api/kept-scans.ts'
import { createQueue, type Keep, type Queue, type Scan } from './queue.ts'
import { sendScan } from './send-scan.ts'

const AGAIN_MS = 3_000

/** The scans of one librarian on this device. */
function keepOf(userId: string): Keep {
  const prefix = scansOf(userId)
  try {
    // Earlier versions of the page kept answers as well.
    dropAnswered(localStorage, userId)
  } catch {
    // Nothing is kept here, then.
  }
  return {
    all: () => {
      try {
        return Object.keys(localStorage)
          .filter((name) => name.startsWith(prefix))
          .map((name) => [name.slice(prefix.length), localStorage.getItem(name) ?? ''] as const)
      } catch {
        return []
      }
    },
    put: (id, text) => localStorage.setItem(prefix + id, text),
    drop: (id) => localStorage.removeItem(prefix + id),
  }
}

/** One window sends at a time, so that scans keep their order; older browsers send without waiting. */
function aloneFor(userId: string): (work: () => Promise<void>) => Promise<void> {
  return async (work) => {
    if (!('locks' in navigator)) return work()
    await navigator.locks.request(`desk.${userId}`, work)
  }
}

interface Desk {
  readonly queue: Queue
  readonly scans: readonly Scan[]
  /** Sends what waits now. */
  send(): void
}

/**
 * The queue of whoever is logged in. What waits is sent at once, again every few seconds, and when the network is back.
 * @param settled after a scan of this window was answered; has to stay the same function
 */
export function useQueue(userId: string, settled: (scan: Scan) => void): Desk {
  const channel = useMemo(() => new BroadcastChannel(scansOf(userId)), [userId])
  const queue = useMemo(
    () =>
      createQueue({
        keep: keepOf(userId),
        send: sendScan,
        newKey,
        now: () => Date.now(),
        alone: aloneFor(userId),
        settled,
        tell: (scan) => channel.postMessage(scan),
      }),
    [userId, settled, channel],
  )
  const send = useMemo(() => () => void queue.drain(), [queue])
  useEffect(() => {
    send()
    const timer = setInterval(() => {
      if (queue.scans().some(({ state }) => state.kind === 'waiting')) send()
    }, AGAIN_MS)
    const onStorage = ({ key }: StorageEvent) => {
      if (key === null || key.startsWith(scansOf(userId))) queue.reload()
    }
    const onTold = ({ data }: MessageEvent<Scan>) => queue.learn(data)
    channel.addEventListener('message', onTold)
    window.addEventListener('online', send)
    window.addEventListener('storage', onStorage)
    return () => {
      clearInterval(timer)
      channel.removeEventListener('message', onTold)
      window.removeEventListener('online', send)
      window.removeEventListener('storage', onStorage)
    }
  }, [queue, send, userId, channel])
  const scans = useSyncExternalStore(queue.onChange, queue.scans)
  return { queue, scans, send }
}
