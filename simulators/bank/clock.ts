/** The bank's own idea of the time. `manual` stands still until it is moved, in any direction. */
export interface Clock {
  readonly mode: 'real' | 'manual'
  /** Milliseconds since the epoch. */
  now(): number
  /** Moves a manual clock; a real clock answers false and stays as it is. */
  moveTo(milliseconds: number): boolean
}

/** A clock of the given kind. `startAt` (milliseconds) is where a manual clock stands at first. */
export function createClock(mode: 'real' | 'manual', startAt: number): Clock {
  if (mode === 'real') return { mode, now: () => Date.now(), moveTo: () => false }
  let standing = startAt
  return {
    mode,
    now: () => standing,
    moveTo: (milliseconds) => {
      standing = milliseconds
      return true
    },
  }
}

/** Korea has no daylight saving time, so a fixed offset is exact. */
const SEOUL_OFFSET_MS = 9 * 60 * 60 * 1000

/** Local time in Seoul without a zone, e.g. `2023-07-15T21:18:22`: the form KakaoPay answers with. */
export function seoulLocal(milliseconds: number): string {
  return new Date(milliseconds + SEOUL_OFFSET_MS).toISOString().slice(0, 19)
}

/** The same with its offset, e.g. `2023-07-15T21:18:22+09:00`: the form Toss Payments answers with. */
export function seoulOffset(milliseconds: number): string {
  return `${seoulLocal(milliseconds)}+09:00`
}

/** Calendar month in Seoul, `2026-01`: the unit of the monthly limit of a SID. */
export function seoulMonth(milliseconds: number): string {
  return seoulLocal(milliseconds).slice(0, 7)
}
