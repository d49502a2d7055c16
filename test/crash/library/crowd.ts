import { showProgress } from '../report.ts'
import { type Kills, killed } from './killer.ts'
import { planVisit, type Strike, type VisitPlan } from './plan.ts'
import type { House } from './steps.ts'
import { visit } from './visits.ts'

export interface Crowd {
  finished: Promise<void>
  /** How each visit ended. */
  endings: string[]
  /** Answers that nobody should ever get. */
  surprises: string[]
  over(): number
  underWay(): number
  elapsedMs(): number
  /** The next strike is about to come: let those in whom it is to hit. */
  letIn(): void
  toldOfKills(kills: Kills): void
}

/** The visits of a run. */
export const planVisits = (seed: number, visits: number): VisitPlan[] =>
  Array.from({ length: visits }, (_, number) => planVisit(seed, number))

/**
 * Lets the visits happen, so many at a time. Readers are in several at once, as people with two tabs are.
 * @param strikes those to come. While the house recovers from one, only those come in who are not needed for the next,
 * or the next would hit an empty house
 */
export function openLibrary(
  house: House,
  plans: readonly VisitPlan[],
  strikes: readonly Strike[],
  atATime: number,
): Crowd {
  const startedAt = performance.now()
  const progress = showProgress(plans.length, 'visits')
  const waiting = [...plans]
  const endings: string[] = []
  const surprises: string[] = []
  let kills = 0
  let fired = 0
  let isNextDue = false
  let underWay = 0
  let mayGoOn = Promise.withResolvers<void>()
  let endedAt = startedAt
  const mayComeIn = () => strikes[isNextDue ? fired + 1 : fired]?.afterVisits ?? Number.POSITIVE_INFINITY
  const open = () => {
    mayGoOn.resolve()
    mayGoOn = Promise.withResolvers<void>()
  }
  const visitor = async () => {
    for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
      const { number, journey } = plan
      while (number >= mayComeIn()) await mayGoOn.promise
      underWay++
      const ending = await visit(house, plan).catch((error: unknown) => {
        surprises.push(`(visit ${number}, ${journey}) ${error instanceof Error ? error.message : error}`)
        return 'surprised'
      })
      underWay--
      endings.push(`${journey}: ${ending}`)
      progress.update(endings.length, `${kills} kills | ${house.trouble.connection} lost connections`)
    }
  }
  const finished = Promise.all(Array.from({ length: atATime }, visitor)).then(() => {
    endedAt = performance.now()
    progress.stop()
  })
  return {
    finished,
    endings,
    surprises,
    over: () => endings.length,
    underWay: () => underWay,
    letIn: () => {
      isNextDue = true
      open()
    },
    elapsedMs: () => endedAt - startedAt,
    toldOfKills: (so) => {
      kills = killed(so)
      fired = so.strikes
      isNextDue = false
      open()
    },
  }
}
