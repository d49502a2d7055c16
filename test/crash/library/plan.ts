import { between, drawByWeight, type Random, randomFor } from '../plan.ts'

/** What one visit of a reader is about. */
export const JOURNEYS = {
  /** Borrows some copies and brings them all back. */
  return_all: 20,
  /** Brings one back, and later the rest. */
  return_some: 12,
  /** Presses every button twice: one key sent in parallel, when borrowing and when returning. */
  double_click: 10,
  renew: 8,
  keep: 8,
  /** Changes their mind at once, while the catalogue may be taking the copies. */
  cancel: 12,
  /** Asks for more than anybody may have, in three requests at the same time. */
  greedy: 6,
  /** Wants what is scarce: waits in the queue, gives up or collects. */
  hold: 12,
  /** Is served by a librarian with card and barcode. */
  desk: 10,
  /** Helps themselves at a self-check machine. */
  machine: 10,
  /** Brings back late what was lent weeks ago, in parts, and pays. */
  late: 12,
  /** Copies are given up for lost, and some are found again. */
  lost: 5,
} as const
export type Journey = keyof typeof JOURNEYS

const JOURNEY_NAMES = Object.keys(JOURNEYS).filter((name): name is Journey => name in JOURNEYS)

export interface VisitPlan {
  number: number
  journey: Journey
  /** Indexes into the readers and into the titles of that kind. */
  reader: number
  title: number
  scarce: boolean
  copies: number
  random: Random
}

/** What visit number n is about. */
export function planVisit(seed: number, number: number): VisitPlan {
  const random = randomFor(seed, `visit:${number}`)
  const journey = drawByWeight(random, JOURNEY_NAMES, JOURNEYS)
  return {
    number,
    journey,
    reader: between(random, 0, 1_000_000),
    title: between(random, 0, 1_000_000),
    scarce: journey === 'hold' || random() < 0.25,
    copies: journey === 'return_some' ? between(random, 2, 3) : between(random, 1, 3),
    random,
  }
}

export interface Strike {
  /** Not before so many visits are over. */
  afterVisits: number
  /** Then so long, in milliseconds. */
  delayMs: number
  /** Who dies, all at the same moment. */
  victims: string[]
  /** How long they stay dead. */
  pauseMs: number
  /** The first of them is killed again so long after it was started anew; counts as one more kill. */
  againAfterMs: number | undefined
}

/**
 * When who is killed: spread over the visits. Nobody is killed a second time before everybody was killed once.
 * @param twice those that may also be killed while they are starting
 */
export function planStrikes(
  seed: number,
  {
    kills,
    visits,
    victims,
    twice,
  }: { kills: number; visits: number; victims: readonly string[]; twice: readonly string[] },
): Strike[] {
  const random = randomFor(seed, 'strikes')
  const strikes: Strike[] = []
  let bag: string[] = []
  const draw = (): string => {
    if (bag.length === 0) bag = shuffled(random, victims)
    return bag.shift() ?? ''
  }
  for (let done = 0; done < kills; ) {
    const first = draw()
    const left = kills - done - 1
    const both = left > 0 && bag.length > 0 && random() < 0.25
    const again = !both && left > 0 && twice.includes(first) && random() < 0.2
    strikes.push({
      // Never close together, so that there is somebody to be hit each time.
      afterVisits: Math.floor(((done + 0.3 + 0.4 * random()) / (kills + 1)) * visits),
      delayMs: between(random, 0, 400),
      victims: both ? [first, draw()] : [first],
      pauseMs: between(random, 0, 1_500),
      againAfterMs: again ? between(random, 50, 1_500) : undefined,
    })
    done += both || again ? 2 : 1
  }
  return strikes
}

function shuffled<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((one) => ({ one, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ one }) => one)
}
