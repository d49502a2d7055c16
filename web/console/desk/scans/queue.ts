/**
 * Scans wait here until the server has answered each of them: in order, kept on the device, each with the one key that
 * was made when it was scanned, so that whatever is sent again has no second effect. What is kept is what sending needs,
 * and no longer than that: answers, which tell who borrowed what and owes how much, live in the open windows only.
 */

export type Wish =
  | {
      readonly kind: 'loan'
      readonly card: string
      readonly barcode: string
      /** Why a librarian lends against the rules. */
      readonly override?: string | undefined
    }
  | {
      readonly kind: 'return'
      readonly barcode: string
      /** When it came into the book drop. */
      readonly effectiveAt?: string | undefined
      /** When it was scanned. */
      readonly scannedAt?: string | undefined
    }

/** What became of a scan, as the desk shows it. */
export interface Outcome {
  readonly loanId: string
  readonly patronId: string
  readonly title: string | null
  readonly dueOn: string
  readonly loanState: string
  /** Number of the return; null for a loan. */
  readonly returnNo: number | null
  readonly lateDays: number
  /** Won. */
  readonly fee: number
  /** Won the patron owes; null where nobody said. */
  readonly balance: number | null
  /** Somebody waits for the title. */
  readonly awaited: boolean
}

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly fields: readonly { readonly code: string; readonly message: string }[]
}

export type ScanState =
  | { readonly kind: 'waiting'; readonly why?: 'unreachable' | 'catalogue' | undefined }
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'undone' }

export interface Scan {
  /** In the order of the scans. */
  readonly id: string
  readonly key: string
  readonly at: string
  readonly wish: Wish
  /** How often it was sent; what was never sent can still be taken back. */
  readonly tries: number
  readonly state: ScanState
}

/** The answer to a scan; `later`: there is none yet, and it is sent again. */
export type Sent =
  | Extract<ScanState, { kind: 'done' | 'refused' }>
  | { readonly kind: 'later'; readonly why: 'unreachable' | 'catalogue' }

export interface Keep {
  all(): readonly (readonly [id: string, text: string])[]
  /** Fails when there is no room. */
  put(id: string, text: string): void
  drop(id: string): void
}

export interface QueueParts {
  keep: Keep
  send(scan: Scan): Promise<Sent>
  newKey(): string
  /** Milliseconds. */
  now(): number
  /** Runs it when no other window of this device is sending. */
  alone(work: () => Promise<void>): Promise<void>
  /** After this window has the answer to a scan. */
  settled(scan: Scan): void
  /** Tells the other windows what became of a scan that they show as well. */
  tell(scan: Scan): void
}

export interface Queue {
  /** In the order in which they were scanned. */
  scans(): readonly Scan[]
  add(wish: Wish): Scan
  /** Notes that a scan was undone; one that was never sent is not sent any more. */
  undone(id: string): void
  /** Sends what waits. @returns whether something still waits */
  drain(): Promise<boolean>
  /** Looks again at what is kept: another window may have changed it. */
  reload(): void
  /** Another window has the answer to a scan. */
  learn(scan: Scan): void
  onChange(listener: () => void): () => void
  /** False when a scan could not be kept on the device; it is sent all the same while the page is open. */
  isKept(): boolean
}

/** Answered scans that are still shown. */
const MOST_SETTLED = 100

export function createQueue({
  keep,
  send,
  newKey,
  now,
  alone,
  settled,
  tell: tellOthers,
}: QueueParts): Queue {
  let scans: readonly Scan[] = []
  /** Those for which there was no room: known to this window only. */
  const unkept = new Set<string>()
  let draining: Promise<boolean> | undefined
  let counted = 0
  const listeners = new Set<() => void>()

  const tell = () => {
    for (const listener of listeners) listener()
  }
  const show = (scan: Scan) => {
    scans = [...scans.filter(({ id }) => id !== scan.id), scan].toSorted(byId)
    const old = scans.filter(isSettled).slice(0, -MOST_SETTLED)
    if (old.length > 0) scans = scans.filter((one) => !old.includes(one))
    tell()
  }
  const save = (scan: Scan) => {
    unkept.delete(scan.id)
    try {
      if (isSettled(scan)) keep.drop(scan.id)
      else keep.put(scan.id, JSON.stringify(scan))
    } catch {
      if (!isSettled(scan)) unkept.add(scan.id)
    }
    show(scan)
  }
  const settle = (scan: Scan) => {
    save(scan)
    tellOthers(scan)
  }
  const reload = () => {
    const answered = scans.filter(isSettled)
    const known = new Set(answered.map(({ id }) => id))
    const read = keep
      .all()
      .flatMap(([, text]) => scanOf(text) ?? [])
      .filter((scan) => !isSettled(scan) && !known.has(scan.id))
    // What waits no longer among what is kept was answered in another window, which tells of it.
    const mine = scans.filter((scan) => unkept.has(scan.id) && !isSettled(scan))
    scans = [...answered, ...read, ...mine].toSorted(byId)
    tell()
  }
  const sendAll = async () => {
    const held = new Set<string>()
    for (;;) {
      const next = scans.find(
        ({ state, wish, id }) => state.kind === 'waiting' && !held.has(id) && !held.has(wish.barcode),
      )
      if (next === undefined) return
      const tried = { ...next, tries: next.tries + 1 }
      save(tried)
      const sent = await send(tried)
      if (sent.kind === 'later') {
        save({ ...tried, state: { kind: 'waiting', why: sent.why } })
        if (sent.why === 'unreachable') return
        // Later scans of the same copy wait with it: their order is what they mean. The others go on.
        held.add(next.id).add(next.wish.barcode)
      } else {
        const done = { ...tried, state: sent }
        settle(done)
        settled(done)
      }
    }
  }
  const drainOnce = async () => {
    await alone(async () => {
      reload()
      await sendAll()
    })
    return scans.some(({ state }) => state.kind === 'waiting')
  }

  reload()
  return {
    scans: () => scans,
    isKept: () => unkept.size === 0,
    reload,
    learn: (scan) => {
      unkept.delete(scan.id)
      show(scan)
    },
    add: (wish) => {
      counted += 1
      const at = now()
      const id = `${String(at).padStart(15, '0')}-${String(counted).padStart(6, '0')}`
      const scan: Scan = {
        id,
        key: newKey(),
        at: new Date(at).toISOString(),
        wish,
        tries: 0,
        state: { kind: 'waiting' },
      }
      save(scan)
      return scan
    },
    undone: (id) => {
      const scan = scans.find((one) => one.id === id)
      if (scan) settle({ ...scan, state: { kind: 'undone' } })
    },
    drain: () => {
      // What was scanned while it ran is met by the run that follows.
      const run = (draining ?? Promise.resolve(false)).then(drainOnce)
      const mine = run.finally(() => {
        if (draining === mine) draining = undefined
      })
      draining = mine
      return mine
    },
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

const byId = (a: Scan, b: Scan) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
const isSettled = ({ state }: Scan) => state.kind !== 'waiting'

/** What was kept, by this or an earlier version of the page; what cannot be read is passed over. */
function scanOf(text: string): Scan | undefined {
  try {
    const read: unknown = JSON.parse(text)
    return isScan(read) ? read : undefined
  } catch {
    return undefined
  }
}

function isScan(read: unknown): read is Scan {
  return (
    has(read, 'id', 'string') &&
    has(read, 'key', 'string') &&
    has(read, 'tries', 'number') &&
    has(read, 'wish', 'object') &&
    has(read.wish, 'barcode', 'string') &&
    has(read, 'state', 'object') &&
    has(read.state, 'kind', 'string')
  )
}

function has<N extends string>(
  read: unknown,
  name: N,
  type: 'string' | 'number' | 'object',
): read is Record<N, unknown> {
  return typeof read === 'object' && read !== null && typeof Reflect.get(read, name) === type
}
