/** How long one may wait in front of a door, and with how many others. */
export interface DoorRules {
  /** Requests inside at one time; asked anew whenever somebody comes or goes. */
  slots(): number
  /** @param standsForMs for how long somebody has been waiting, without a break worth the name */
  queue(standsForMs: number): { readonly room: number; readonly ageMs: number }
  /** Milliseconds of a clock that only goes forward. */
  now(): number
}

export interface Inside {
  kind: 'entered'
  /** Gives the place to the next one; once, however often it is called. */
  leave(): void
}
/** Nobody may wait any more, or who waited has waited too long. */
export interface Turned {
  kind: 'full' | 'late'
}

export interface Door {
  /** At once where there is a place, else after waiting for one. */
  enter(): Inside | Turned | Promise<Inside | Turned>
  /**
   * Lets somebody on who is on the way and will enter in a moment: others are not let on for the same place meanwhile.
   * @returns tells that they have arrived, or never will; who does not tell is soon forgotten, so that nobody who is slow
   * keeps others out
   */
  letOn(): () => void
  /** Whether somebody who came now would be sent away, when all who were let on have entered. */
  isFull(): boolean
  /** Lets in who waits, after there have come to be more places. */
  admit(): void
  inside(): number
  waiting(): number
}

/** A shorter time with nobody waiting is no break: under pressure a queue empties now and then, and fills again. */
const BREAK_MS = 1_000

/** Who was let on arrives within this time, or is not waited for. */
const ON_THE_WAY_MS = 100

/** Those who were let on and have not arrived, forgotten in the order in which they came: no timer for each. */
function createWay(now: () => number) {
  const coming: { since: number; isOver: boolean }[] = []
  let count = 0
  const end = (one: { isOver: boolean }) => {
    if (!one.isOver) count -= 1
    one.isOver = true
  }
  return {
    letOn: () => {
      const one = { since: now(), isOver: false }
      coming.push(one)
      count += 1
      return () => end(one)
    },
    count: () => {
      for (let [first] = coming; first !== undefined; [first] = coming) {
        if (!first.isOver && now() - first.since < ON_THE_WAY_MS) break
        end(first)
        coming.shift()
      }
      return count
    },
  }
}

/** A door that lets so many in at a time, in the order in which they came. */
export function createDoor({ slots, queue, now }: DoorRules): Door {
  const waiting: (() => void)[] = []
  const way = createWay(now)
  let inside = 0
  let standingSince = -Infinity
  let emptySince = -Infinity

  const isBreak = () => waiting.length === 0 && now() - emptySince >= BREAK_MS
  const standsFor = () => (isBreak() ? 0 : now() - standingSince)
  const places = () => Math.max(0, Math.floor(slots()) - inside)
  const isTaken = () => places() === 0

  function come(): Inside {
    inside += 1
    let gone = false
    return {
      kind: 'entered',
      leave: () => {
        if (gone) return
        gone = true
        inside -= 1
        admit()
      },
    }
  }

  function admit(): void {
    while (waiting.length > 0 && !isTaken()) {
      waiting.shift()?.()
      emptySince = now()
    }
  }

  function wait(ageMs: number): Promise<Inside | Turned> {
    if (isBreak()) standingSince = now()
    const { promise, resolve } = Promise.withResolvers<Inside | Turned>()
    const until = now() + ageMs
    const called = () => {
      clearTimeout(timer)
      // A timer may be behind on a busy process.
      resolve(now() > until ? { kind: 'late' } : come())
    }
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(called), 1)
      emptySince = now()
      resolve({ kind: 'late' })
    }, ageMs)
    waiting.push(called)
    return promise
  }

  return {
    enter: () => {
      if (waiting.length === 0 && !isTaken()) return come()
      const { room, ageMs } = queue(standsFor())
      return waiting.length >= room ? { kind: 'full' } : wait(ageMs)
    },
    letOn: way.letOn,
    isFull: () => waiting.length + way.count() >= places() + queue(standsFor()).room,
    admit,
    inside: () => inside,
    waiting: () => waiting.length,
  }
}
