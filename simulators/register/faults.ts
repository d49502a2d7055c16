/** Which of the two registers. */
export const SOURCES = ['c003', 'htfs'] as const
export type Source = (typeof SOURCES)[number]

/** What can go wrong with the connection; `slow` gives a letter now and then, `huge` blanks without end. */
const WIRE_FAULTS = ['reset', 'cut_off', 'slow', 'huge'] as const
export type WireFault = (typeof WIRE_FAULTS)[number]

/**
 * What can be wrong with an answer. `html`, `xml`, `bad_key`, `echo_key` (which quotes the key), `quota`, `bad_request`,
 * `server_error`, `no_data` and `empty` come with status 200, as from the real ones; the rest damage a good answer.
 */
const ANSWER_FAULTS = [
  'html',
  'xml',
  'bad_key',
  'echo_key',
  'quota',
  'bad_request',
  'server_error',
  'no_data',
  'empty',
  'status_503',
  'status_429',
  'status_401',
  'redirect',
  'truncated',
  'short_page',
  'more_rows',
  'same_page',
  'damaged_row',
  'other_encoding',
  'total_too_high',
  'total_too_low',
] as const
export type AnswerFault = (typeof ANSWER_FAULTS)[number]

export const FAULTS = [...WIRE_FAULTS, ...ANSWER_FAULTS] as const
export type Fault = (typeof FAULTS)[number]

interface Set {
  readonly fault: Fault
  /** How many more answers it spoils. */
  left: number
}

/** The faults that are set, by register: they are used up in the order in which they were set. */
export interface Faults {
  set(source: Source, fault: Fault, times: number): void
  clear(source: Source): void
  /** The fault of the answer that is given now. */
  take(source: Source): Fault | undefined
}

export function createFaults(): Faults {
  const waiting: Record<Source, Set[]> = { c003: [], htfs: [] }
  return {
    set: (source, fault, times) => void waiting[source].push({ fault, left: times }),
    clear: (source) => void waiting[source].splice(0),
    take: (source) => {
      const [first] = waiting[source]
      if (first === undefined) return undefined
      first.left -= 1
      if (first.left <= 0) waiting[source].shift()
      return first.fault
    },
  }
}

export const isSource = (text: string | null): text is Source => SOURCES.some((one) => one === text)
export const isFault = (text: string | null): text is Fault => FAULTS.some((one) => one === text)
export const isWireFault = (fault: Fault): fault is WireFault => WIRE_FAULTS.some((one) => one === fault)
