import type { Borrowed } from './library/generator.ts'
import { type House, openHouse } from './library/house.ts'
import { countLoans, pendingTimes, settled } from './library/loan-books.ts'
import { captureLoans, PRELUDE } from './library/loan-capture.ts'
import { costLine, meterOf } from './measure/cost.ts'
import {
  equalFigure,
  type Figure,
  leastFigure,
  percentile,
  ratioFigure,
  timeFigure,
} from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import { type Pgbench, pgbench } from './measure/pgbench.ts'
import type { Shop } from './measure/shop.ts'

const PEOPLE = 75
const LEAST_PER_SECOND = 500
const P95_LIMIT_MS = 50
const LEAST = 0.25
const STRETCH = 0.5
/** Few enough that nobody waits: what the server takes for normal is learned from them. */
const WARM_UP = { clients: 4, seconds: 5 }
/** As many as the server takes on at least, with those who may wait. */
const PEERS = 20
/** Different titles; pgbench takes no more scripts than 128. */
const TITLES = 100

/**
 * Loans over HTTP by 75 people, one of whom has 10,000 old loans, while the same process hands their events to catalogue
 * and dashboards. Who is put off comes again when told to. Beside it the statements of such a request under pgbench, and
 * the least of them that give the same guarantees. Afterwards every loan stands once, with its event, its key, a copy and
 * its place in a dashboard.
 */
export async function measureBorrow(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const house = await openHouse(shop, options)
  try {
    const spent = meterOf(shop, house)
    const warm = await house.lend({ seconds: WARM_UP.seconds, load: WARM_UP })
    await settled(house.db)
    const before = await spent()
    const crowd = await house.lend({ seconds: options.seconds, load: { clients: PEOPLE } })
    const accepted = await spent()
    const seconds = await settled(house.db)
    const after = await spent()
    const pending = await pendingTimes(house.db, crowd.seconds + seconds)
    const books = await countLoans(house.db)
    const times = [...crowd.accepted, ...crowd.regular]
    const perSecond = times.length / crowd.seconds
    console.log(costLine('while they were accepted', before, accepted, times.length, 'a loan'))
    console.log(costLine('with all that follows', before, after, times.length, 'a loan'))
    console.log(`  everybody had heard of the last loan ${seconds.toFixed(1)} s later`)
    console.log(`  pending until the catalogue had answered: p50 ${ms(pending.p50)}, p99 ${ms(pending.p99)}`)
    const { sent, least, peers } = await yardsticks(house, options)
    console.log(`  statements of a loan: ${sent}, the least: ${least}`)
    const loans = [warm, crowd].reduce((sum, one) => sum + one.accepted.length + one.regular.length, 0)
    return [
      leastFigure('borrow, accepted a second', perSecond, LEAST_PER_SECOND, '/s'),
      timeFigure('borrow, p95', percentile(times, 0.95), P95_LIMIT_MS),
      timeFigure('borrow with 10,000 old loans, p95', percentile(crowd.regular, 0.95), P95_LIMIT_MS),
      ratioFigure('borrow', perSecond, { name: 'pgbench', perSecond: peers.sent.perSecond }, LEAST, STRETCH),
      ratioFigure(
        'borrow',
        perSecond,
        { name: 'least SQL', perSecond: peers.least.perSecond },
        LEAST,
        STRETCH,
      ),
      equalFigure('borrow, neither lent nor put off', failures(crowd), 0),
      equalFigure('loans answered but not made', loans - books.loans, 0),
      equalFigure('loans without event or key', books.incomplete, 0),
      equalFigure('loans the catalogue did not settle', books.loans - books.lent, 0),
      equalFigure('copies gone without a loan', books.gone - books.lent, 0),
      equalFigure('copies dashboards do not show', books.lent - books.shown, 0),
    ]
  } finally {
    await house.stop()
  }
}

const ms = (time: number) => `${Math.round(time)} ms`

/** How many answers were neither a loan nor a request to come again. */
export const failures = ({ failed }: Borrowed) => Object.values(failed).reduce((sum, count) => sum + count, 0)

async function yardsticks(house: House, { seconds }: BenchOptions) {
  const loans = await captureLoans(house, house.books.slice(-TITLES))
  const [one] = loans
  house.server.pause()
  try {
    const run = (of: 'sent' | 'least'): Promise<Pgbench> =>
      pgbench(
        house.databaseUrl,
        loans.map((loan) => loan[of]),
        { clients: PEERS, seconds: Math.ceil(seconds / 2), prelude: PRELUDE },
      )
    const peers = { sent: await run('sent'), least: await run('least') }
    return { peers, sent: one?.sent.length ?? 0, least: one?.least.length ?? 0 }
  } finally {
    house.server.resume()
  }
}
