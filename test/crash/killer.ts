import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../src/platform/resilience/poll-until.ts'
import type { KillPlan } from './plan.ts'
import type { World } from './world.ts'

export interface Kills {
  server: number
  database: number
  redis: number
  whileStarting: number
  /** While a customer was on the way back from registering a payment method. */
  atRegistration: number
  /** From the kill until the server is ready again, in milliseconds, and who was killed. */
  recoveries: { victim: string; ms: number }[]
}

/**
 * Carries out the plan while customers buy. Every victim is up again before the next one dies.
 * @param crowd what the customers are at: purchases that are over, and registrations being completed
 * @param told called after each kill
 */
export async function killAsPlanned(
  world: World,
  plans: readonly KillPlan[],
  crowd: { over(): number; returning(): number },
  told: (kills: Kills) => void,
): Promise<Kills> {
  const kills: Kills = {
    server: 0,
    database: 0,
    redis: 0,
    whileStarting: 0,
    atRegistration: 0,
    recoveries: [],
  }
  for (const plan of plans) {
    await until(() => crowd.over() >= plan.afterPurchases, {
      what: `${plan.afterPurchases} purchases to be over`,
      deadlineMs: 300_000,
    })
    if (plan.atRegistration) await someoneReturns(crowd)
    await pause(plan.atRegistration ? plan.delayMs / SOONER : plan.delayMs)
    if (crowd.returning() > 0) kills.atRegistration++
    const killedAt = performance.now()
    if (plan.target === 'server') await killServer(world, plan, kills)
    else if (plan.target === 'redis') {
      await world.redis?.kill()
      kills.redis++
      // Meanwhile people go on buying without it; then it comes back, and has forgotten everything.
      await pause(plan.pauseMs)
      await world.redis?.restart()
    } else {
      await world.killDatabase()
      kills.database++
      // The old answer "ready" must not be mistaken for the recovery.
      await pause(plan.pauseMs)
    }
    told(kills)
    await world.waitUntilReady()
    const victim = plan.againAfterMs === undefined ? plan.target : 'server, twice'
    kills.recoveries.push({ victim, ms: performance.now() - killedAt })
  }
  return kills
}

/** A registration takes a fraction of a purchase. */
const SOONER = 4
const PATIENCE_MS = 4_000

/** Waits until a customer comes back from a provider's page, and no longer than a moment. */
async function someoneReturns(crowd: { returning(): number }): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (crowd.returning() === 0 && performance.now() < until) await pause(5)
}

async function killServer(world: World, plan: KillPlan, kills: Kills): Promise<void> {
  await world.killServer()
  kills.server++
  await pause(plan.pauseMs)
  world.launchServer()
  if (plan.againAfterMs === undefined) return
  await pause(plan.againAfterMs)
  await world.killServer()
  kills.server++
  kills.whileStarting++
  world.launchServer()
}
