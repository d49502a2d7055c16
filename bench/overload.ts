import { failures } from './borrow.ts'
import type { Borrowed } from './library/generator.ts'
import { openHouse } from './library/house.ts'
import { countLoans, settled } from './library/loan-books.ts'
import { meterOf, type Spent } from './measure/cost.ts'
import {
  equalFigure,
  type Figure,
  mostFigure,
  percentile,
  ratioFigure,
  timeFigure,
} from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import { processorsApart } from './measure/processors.ts'
import type { Shop } from './measure/shop.ts'

/** A siege: so many people, each of whom goes on when they are answered. Their loans a second are the capacity. */
const PEOPLE = 20
const SIEGE_TIMES = 4
/** Of a hundred: those who come while the machine does something else. */
const MOST_PUT_OFF = 1
const WARM_UP = { clients: 4, seconds: 5 }
/** Times the capacity that new people come at. */
const LOADS = [1, 2, 5, 10] as const
const LEAST_OF_ONE = 0.8
const REFUSED_WITHIN_MS = 50
const ACCEPTED_WITHIN_MS = 1_000
/** Who sends the load may be behind by so much, or it is not the load that is said. */
const SENT_WITHIN_MS = 20

/**
 * More loans asked for than can be made: of twenty people nobody fails and hardly anybody is refused; beyond, as many are accepted as
 * before and the rest is refused at once. Afterwards every accepted loan stands, and no other.
 */
export async function measureOverload(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const processors = processorsApart()
  const apart = 'shared' in processors ? undefined : processors
  console.log(
    'shared' in processors
      ? `  the load shares its processors with what it loads: ${processors.shared}`
      : `  server and PostgreSQL on processors ${processors.measured}, the load on processor ${processors.load}`,
  )
  const house = await openHouse(shop, options, apart)
  try {
    const spent = meterOf(shop, house)
    const warm = await house.lend({ seconds: WARM_UP.seconds, load: WARM_UP })
    const siege = await house.lend({ seconds: SIEGE_TIMES * options.seconds, load: { clients: PEOPLE } })
    const ofSiege = siege.accepted.length + siege.regular.length
    const capacity = ofSiege / siege.seconds
    let answered = warm.accepted.length + warm.regular.length + ofSiege
    const figures: Figure[] = [
      equalFigure(`siege of ${PEOPLE}, ${Math.round(capacity)}/s, failed`, failures(siege), 0),
      mostFigure(
        `siege of ${PEOPLE}, put off`,
        (100 * siege.refused.length) / (ofSiege + siege.refused.length),
        MOST_PUT_OFF,
        '%',
      ),
    ]
    let single: number | undefined
    const settleAfter = async (what: string) => {
      const seconds = await settled(house.db)
      console.log(`  everybody had heard of the last loan ${seconds.toFixed(1)} s after ${what}`)
    }
    await settleAfter('the siege')
    for (const times of LOADS) {
      const load = { perSecond: Math.ceil(times * capacity) }
      const before = await spent()
      const rush = await house.lend({ seconds: options.seconds, load })
      console.log(spentLine(`load × ${times}`, rush, before, await spent()))
      await settleAfter(`load × ${times}`)
      answered += rush.accepted.length
      const perSecond = rush.accepted.length / rush.seconds
      single ??= perSecond
      const name = `load × ${times}`
      figures.push(
        ratioFigure(`${name}, accepted`, perSecond, { name: '× 1', perSecond: single }, LEAST_OF_ONE),
        timeFigure(`${name}, accepted, p95`, percentile(rush.accepted, 0.95), ACCEPTED_WITHIN_MS),
        ...(rush.refused.length === 0
          ? []
          : [timeFigure(`${name}, refused, p95`, percentile(rush.refused, 0.95), REFUSED_WITHIN_MS)]),
        equalFigure(`${name}, neither lent nor put off`, failures(rush), 0),
        equalFigure(`${name}, not sent`, rush.unsent, 0),
        timeFigure(`${name}, sent late, p99`, percentile(rush.late, 0.99), SENT_WITHIN_MS),
      )
    }
    const books = await countLoans(house.db)
    return [
      ...figures,
      equalFigure('loans answered but not made', answered - books.loans, 0),
      equalFigure('loans without event or key', books.incomplete, 0),
      equalFigure('copies gone without a loan', books.gone - books.loans, 0),
    ]
  } finally {
    await house.stop()
  }
}

/** What each had of the processors while a load came, and how much of it came. */
function spentLine(name: string, rush: Borrowed, from: Spent, to: Spent): string {
  const part = (of: number) => `${Math.round(100 * of)} %`
  const sent = Math.round(rush.late.length / rush.seconds)
  const server = part((to.server - from.server) / rush.seconds)
  const database = part((to.database - from.database) / rush.seconds)
  return `  ${name}: ${sent}/s sent; of a processor who sends took ${part(rush.busy)}, server ${server}, PostgreSQL ${database}`
}
