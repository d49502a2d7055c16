import type { Effect } from '../../../simulators/bank/faults/rule.ts'
import type { FaultRule } from '../faults.ts'
import { CHARGE_TIMEOUT_MS } from './faults.ts'

/** What is believed of a charge that no sign speaks of: a person decides, or it was not charged. */
export const UNCHANGED = ['review', 'not_charged'] as const
export type Unchanged = (typeof UNCHANGED)[number]

/** Charges on their way at once in one billing worker. */
export const CONCURRENCY = 30

/** What was done to billing while it worked, as far as it can be known from outside. */
export interface Storm {
  cycles: number
  workers: number
  /** Seconds between two kills, on average. */
  killEvery: number
  seconds: number
  /** Processes that SIGKILL really ended. */
  kills: { worker: number; server: number }
  /** Cycles that no worker had opened when the storm was over. */
  notBegun: number
  faults: readonly FaultRule[]
  /** How often the bank says that each fault struck. */
  struck: ReadonlyMap<string, number>
  unchanged: Unchanged
}

/** What hardly ever fails to happen: less than one run in ten thousand goes without it. */
const ALMOST_NEVER = 1e-4

/** Whether something that happens with this probability must have happened at least once in so many trials. */
export function mustHappen(probability: number, trials: number): boolean {
  return trials > 0 && (1 - probability) ** trials <= ALMOST_NEVER
}

const WITHOUT_CHARGE: readonly Effect['kind'][] = ['timeout_before', 'reset_before']
const WITH_CHARGE: readonly Effect['kind'][] = ['timeout_after', 'reset_after']

/** Share of charges that meet one of these effects. */
function shareOf(faults: readonly FaultRule[], kinds: readonly Effect['kind'][]): number {
  return faults
    .filter(({ match, effect }) => match.operation === 'subscription' && kinds.includes(effect.kind))
    .reduce((sum, { match }) => sum + (match.probability ?? 1), 0)
}

/**
 * How many cycles must be paid in the end, by the rates of the faults alone. The bank's word is final for one day after
 * two refusals; a lost answer is not, unless a person has to decide. Nothing else keeps a cycle of this test from being
 * paid: there is stock for all, nobody cancels, nobody skips.
 */
export function leastPaid(storm: Storm): number {
  const { cycles, faults, kills, seconds, unchanged } = storm
  const refused = shareOf(faults, ['decline'])
  const lost = shareOf(faults, WITHOUT_CHARGE)
  // A kill loses the answers that are on their way; of those, the refusals look like no charge at all.
  const onTheirWay = Math.min(CONCURRENCY, (cycles / Math.max(1, seconds)) * (CHARGE_TIMEOUT_MS / 1_000))
  const inDoubt = cycles * (1 + refused) * lost + (kills.worker + kills.server) * onTheirWay * refused
  const unpaid = cycles * refused ** 2 + (unchanged === 'review' ? inDoubt : 0)
  // Four deviations of a count of rare events, and four for small runs.
  return Math.max(0, Math.floor(cycles - unpaid - 4 * Math.sqrt(unpaid) - 4))
}

/** The longest wait between two kills, in multiples of the average, and what the killing itself takes, in seconds. */
const LONGEST_WAIT = 1.7
const KILLING_SECONDS = 1

/** How many kills a storm of this length must have seen: half of what the longest waits would leave. */
export function leastKills({ seconds, killEvery }: Storm): number {
  const planned = Math.floor(seconds / (LONGEST_WAIT * killEvery + KILLING_SECONDS))
  return planned === 0 ? 0 : Math.max(1, Math.floor(planned / 2))
}

/** How many calls of an operation the bank must have had during the storm. */
function leastCalls({ cycles, notBegun, workers, faults }: Storm, operation: string | undefined): number {
  // What was opened last may have been sent after the storm.
  const sent = Math.max(0, cycles - notBegun - workers * CONCURRENCY)
  if (operation === undefined || operation === 'subscription') return sent
  if (operation !== 'sid_status') throw new Error(`nobody said how often ${operation} is called`)
  // Each lost answer is looked into at least once; half of them during the storm is little.
  return Math.floor((sent * shareOf(faults, [...WITHOUT_CHARGE, ...WITH_CHARGE])) / 2)
}

/** Faults that a run of this size cannot have been spared. */
export function certainFaults(storm: Storm): FaultRule[] {
  return storm.faults.filter(({ match }) =>
    mustHappen(match.probability ?? 1, leastCalls(storm, match.operation)),
  )
}

/** Whether a run of this size cannot have had an answer to every charge. */
export function losesAnswers(storm: Storm): boolean {
  return mustHappen(
    shareOf(storm.faults, [...WITHOUT_CHARGE, ...WITH_CHARGE]),
    leastCalls(storm, 'subscription'),
  )
}

/** How often charges were lost before the bank took the money: these leave no sign. */
export const lostWithoutCharge = (storm: Storm): number => struckBy(storm, WITHOUT_CHARGE)

/** How often the answer to a charge was lost, with or without the money. */
export const lostAnswers = (storm: Storm): number => struckBy(storm, [...WITHOUT_CHARGE, ...WITH_CHARGE])

function struckBy({ faults, struck }: Storm, kinds: readonly Effect['kind'][]): number {
  return faults
    .filter(({ effect }) => kinds.includes(effect.kind))
    .reduce((sum, { id }) => sum + (struck.get(id) ?? 0), 0)
}
