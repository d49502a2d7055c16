import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import type { Fleet } from './fleet.ts'
import type { Strike } from './plan.ts'

export interface Kills {
  /** How often each was killed. */
  by: Map<string, number>
  /** Strikes so far, and how many of them hit nobody. */
  strikes: number
  unfelt: number
  whileStarting: number
  together: number
  /** From the kill until everything is ready again, less the time the victim was kept down, in milliseconds. */
  recoveries: { victim: string; ms: number }[]
}

const STORM_LIMIT_MS = 1_200_000

/**
 * Carries out the plan while readers come and go. Everything is up again before the next one dies.
 * @param crowd visits that are over, and those that are under way
 * @param told called after each strike
 */
export async function strikeAsPlanned(
  fleet: Pick<Fleet, 'kill' | 'waitUntilReady'>,
  strikes: readonly Strike[],
  crowd: { over(): number; underWay(): number; letIn(): void },
  told: (kills: Kills) => void,
): Promise<Kills> {
  const kills: Kills = { by: new Map(), strikes: 0, unfelt: 0, whileStarting: 0, together: 0, recoveries: [] }
  const count = (victim: string) => kills.by.set(victim, (kills.by.get(victim) ?? 0) + 1)
  for (const { afterVisits, delayMs, victims, pauseMs, againAfterMs } of strikes) {
    crowd.letIn()
    await until(() => crowd.over() >= afterVisits, {
      what: `${afterVisits} visits to be over`,
      deadlineMs: STORM_LIMIT_MS,
    })
    await pause(delayMs)
    await somebodyIsThere(crowd)
    if (crowd.underWay() === 0) kills.unfelt++
    const killedAt = performance.now()
    await Promise.all(victims.map((victim) => fleet.kill(victim, pauseMs)))
    for (const victim of victims) count(victim)
    if (victims.length > 1) kills.together++
    const [first] = victims
    if (againAfterMs !== undefined && first !== undefined) {
      await pause(againAfterMs)
      await fleet.kill(first, 0)
      count(first)
      kills.whileStarting++
    }
    kills.strikes++
    told(kills)
    await fleet.waitUntilReady()
    const twice = againAfterMs === undefined ? '' : ', twice'
    const ms = performance.now() - killedAt - pauseMs - (againAfterMs ?? 0)
    kills.recoveries.push({ victim: `${victims.join(' and ')}${twice}`, ms })
  }
  return kills
}

const PATIENCE_MS = 4_000

/** Waits until somebody is in the middle of a visit, and no longer than a moment. */
async function somebodyIsThere(crowd: { underWay(): number }): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (crowd.underWay() === 0 && performance.now() < until) await pause(5)
}

/** How many there were. */
export const killed = ({ by }: Kills): number => [...by.values()].reduce((sum, n) => sum + n, 0)
