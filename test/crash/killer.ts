import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../src/platform/resilience/poll-until.ts'
import type { KillPlan } from './plan.ts'
import type { World } from './world.ts'

export interface Kills {
  server: number
  database: number
  whileStarting: number
  /** From the kill until the server is ready again, in milliseconds, and who was killed. */
  recoveries: { victim: string; ms: number }[]
}

/**
 * Carries out the plan while customers buy. Every victim is up again before the next one dies.
 * @param purchasesOver how many purchases have come to an end so far
 * @param told called after each kill
 */
export async function killAsPlanned(
  world: World,
  plans: readonly KillPlan[],
  purchasesOver: () => number,
  told: (kills: Kills) => void,
): Promise<Kills> {
  const kills: Kills = { server: 0, database: 0, whileStarting: 0, recoveries: [] }
  for (const plan of plans) {
    await until(() => purchasesOver() >= plan.afterPurchases, {
      what: `${plan.afterPurchases} purchases to be over`,
      deadlineMs: 300_000,
    })
    await pause(plan.delayMs)
    const killedAt = performance.now()
    if (plan.target === 'server') await killServer(world, plan, kills)
    else {
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
