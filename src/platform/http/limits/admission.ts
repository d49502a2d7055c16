import type { Metrics } from '../../telemetry/metrics.ts'
import { createDoor, type Door, type Inside, type Turned } from './door.ts'
import {
  type LimitRange,
  nextLimit,
  type Pace,
  paceAfter,
  paceMeasured,
  queueRule,
  slowdownOf,
} from './gradient-limit.ts'

/** A request that was taken on. */
export interface Admitted {
  kind: 'entered'
  /**
   * It has been worked on, or never will be: gives its place to the next one. Once, however often it is called.
   * @param counts whether how long it took says something of how long such work takes
   */
  done(counts: boolean): void
}

/** What one route takes; made once for each. */
export interface Work {
  pace: Pace | undefined
}

/** What a process takes on at once, as measured by how long its work takes. */
export interface Admission {
  enter(work: Work): Admitted | Turned | Promise<Admitted | Turned>
  /** Whether whoever came now would be sent away; who is goes by {@link Admission.turn}, who is not by `letOn`. */
  isFull(): boolean
  /** Lets somebody on to where places are given, see {@link Door.letOn}. @returns tells that they have arrived, or never will */
  letOn(): () => void
  /** Whether somebody waits to be taken on, or was sent away a moment ago. */
  isPressed(): boolean
  /** Counts somebody who was sent away. @returns seconds after which to come again, spread so that not all do at once */
  turn(why: Turned['kind']): number
  state(): {
    limit: number
    inside: number
    waiting: number
    turned: Readonly<Record<Turned['kind'], number>>
  }
}

/** A window is at least so long and has at least so many requests; its middle one is what counts. */
const WINDOW_MS = 250
const LEAST_SAMPLES = 10
/** More say nothing more of the middle one. */
const MOST_SAMPLES = 256
const MOST_SECONDS = 3
/**
 * Work may become slower for good (a table has grown), and under steady load nobody would see it work with room. So a
 * process that sends people away at a low limit takes on half of the least for as long as so many requests take to
 * begin, but not longer than so many milliseconds, and learns from these what is normal: as Envoy measures its minRTT.
 */
const MEASURE_EVERY_MS = 30_000
const MEASURED_REQUESTS = 50
const MEASURE_MS = 2_000
/** So long it counts that somebody was sent away. */
const PRESSED_FOR_MS = 250
/** In times of the least; with a higher limit nobody suffers from what is not known. */
const LOW_LIMIT = 2

/** Beside how many others a request was worked on. */
type Load = 'roomy' | 'pressed' | 'measured'

/**
 * Makes the admission of a process. It starts at the least, learns what its routes take, and takes on more as long as
 * that makes nobody wait.
 * @param now milliseconds of a clock that only goes forward
 */
export function createAdmission(range: LimitRange, now = () => performance.now()): Admission {
  let limit = range.floor
  let slowdowns: number[] = []
  /** Of all routes together. */
  let all: Pace | undefined
  let peak = 0
  let windowFrom = now()
  const turned = { full: 0, late: 0 }
  let turnedAt = -Infinity
  let measure = { from: windowFrom, toBegin: 0 }
  let turnedBefore = 0
  const isMeasuring = () => measure.toBegin > 0 && now() - measure.from < MEASURE_MS
  const door: Door = createDoor({
    slots: () => (isMeasuring() ? Math.max(1, range.floor / 2) : limit),
    queue: (standsForMs) => queueRule(standsForMs, limit, all?.typicalMs ?? 0),
    now,
  })

  /** Begins to measure normal anew where that is due: a limit that sends nobody away harms nobody, whatever it is. */
  function measureAnew(): void {
    const sent = turned.full + turned.late
    if (limit > LOW_LIMIT * range.floor || now() - measure.from < MEASURE_EVERY_MS) return
    if (sent > turnedBefore) measure = { from: now(), toBegin: MEASURED_REQUESTS }
    turnedBefore = sent
  }

  function learn(work: Work, ms: number, load: Load): void {
    const pace =
      load === 'measured' ? paceMeasured(work.pace, ms) : paceAfter(work.pace, ms, load === 'pressed')
    work.pace = pace
    all = paceAfter(all, ms, true)
    // What is done while few are let in says nothing of the limit.
    if (isMeasuring()) return
    if (slowdowns.length < MOST_SAMPLES) slowdowns.push(slowdownOf(ms, pace))
    if (slowdowns.length < LEAST_SAMPLES || now() - windowFrom < WINDOW_MS) return
    limit = nextLimit(limit, { slowdown: middleOf(slowdowns), peak }, range)
    slowdowns = []
    peak = door.inside()
    windowFrom = now()
    measureAnew()
    door.admit()
  }

  function begin(work: Work, place: Inside): Admitted {
    const from = now()
    const load: Load = isMeasuring() ? 'measured' : door.inside() > limit / 2 ? 'pressed' : 'roomy'
    if (load === 'measured') measure.toBegin -= 1
    peak = Math.max(peak, door.inside())
    let over = false
    return {
      kind: 'entered',
      done: (counts) => {
        if (over) return
        over = true
        place.leave()
        if (counts) learn(work, now() - from, load)
      },
    }
  }

  return {
    enter: (work) => {
      const entry = door.enter()
      if (!('then' in entry)) return entry.kind === 'entered' ? begin(work, entry) : entry
      return entry.then((later) => (later.kind === 'entered' ? begin(work, later) : later))
    },
    isFull: door.isFull,
    letOn: door.letOn,
    isPressed: () => door.waiting() > 0 || now() - turnedAt < PRESSED_FOR_MS,
    turn: (why) => {
      turned[why] += 1
      turnedAt = now()
      // Who is sent away because of a measurement is no reason for the next one.
      if (isMeasuring()) turnedBefore += 1
      return 1 + ((turned.full + turned.late) % MOST_SECONDS)
    },
    state: () => ({ limit: Math.floor(limit), inside: door.inside(), waiting: door.waiting(), turned }),
  }
}

function middleOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1
}

/** Shows what a process takes on, and whom it sent away. */
export function showAdmission(metrics: Metrics, { state }: Admission): void {
  metrics.observe('http_admission_limit', 'Requests this process takes on at once', () => state().limit)
  metrics.observe('http_admission_in_flight', 'Requests it is at work on', () => state().inside)
  metrics.observe('http_admission_waiting', 'Requests that wait to be taken on', () => state().waiting)
  metrics.countEach(
    'http_admission_refused_total',
    'Requests refused with 503 because there were too many: at once (full), or after waiting too long (late)',
    'why',
    () => Object.entries(state().turned),
  )
}
