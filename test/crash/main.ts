import { parseArgs } from 'node:util'
import { runBillingCrashTest } from './billing/run.ts'
import { UNCHANGED, type Unchanged } from './billing/storm.ts'
import type { Carrier } from './library/fleet.ts'
import { runLibraryCrashTest } from './library/run.ts'
import type { KillMode } from './plan.ts'
import { runCrashTest } from './run.ts'

const HELP = `Kills the server, its database or its Redis in the middle of purchases, from items and carts, at both providers, and of registrations of payment methods, billing workers among recurring charges, or the library’s services among loans, and proves that no money, no token, no copy and no word is lost.

Usage: npm run crash -- [options]

  --purchases N   customers who buy something; one in three also registers a payment method (default 60)
  --kills K       SIGKILLs among them (default 5)
  --seed S        repeats what customers do, what breaks and when (default: drawn, and printed)
  --mode M        who is killed: server, database, both, or all: Redis, too, which the server uses then (default both)
  --buyers C      customers at the same time (default 8)
  --billing       kill billing workers in the middle of recurring charges instead:
  --cycles N      subscriptions that are due (default 600)
  --workers W     processes that bill, beside the server (default 2)
  --kill-every T  seconds between two kills, on average (default 3)
  --unchanged U   who decides about a charge that left no sign: review (a person, as the server does unless told
                  otherwise) or not_charged (nobody); default: review for odd seeds, not_charged for even ones

  --library       kill the services of the library, their databases and the broker while readers borrow and return:
  --loans N       visits (default 200)
  --events E      kafka (a database server for each service, joined by a broker) or postgres (one for all)
  --readers C     visits at the same time (default 8)

  --keep          keep the folder with the data, the logs and the bank's journal
  --help          this text

Exit code 0: every promise held. 1: a promise was broken, or the run itself failed; the seed is printed.
77: nothing was tried, because there can be no broker here, or no Redis.`

/** The gate counts it as neither passed nor failed. */
const SKIPPED = 77

function stop(message: string): never {
  console.error(`${message}\n\n${HELP}`)
  process.exit(1)
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        purchases: { type: 'string', default: '60' },
        kills: { type: 'string', default: '5' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
        mode: { type: 'string', default: 'both' },
        buyers: { type: 'string', default: '8' },
        billing: { type: 'boolean', default: false },
        cycles: { type: 'string', default: '600' },
        workers: { type: 'string', default: '2' },
        'kill-every': { type: 'string', default: '3' },
        unchanged: { type: 'string' },
        library: { type: 'boolean', default: false },
        loans: { type: 'string', default: '200' },
        events: { type: 'string', default: 'kafka' },
        readers: { type: 'string', default: '8' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error))
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most)
    stop(`--${name} must be a whole number from ${least} to ${most}, not "${text}".`)
  return value
}

function modeOf(text: string): KillMode {
  return text === 'server' || text === 'database' || text === 'both' || text === 'all'
    ? text
    : stop(`--mode must be server, database, both or all, not "${text}".`)
}

function unchangedOf(text: string | undefined, seed: number): Unchanged {
  if (text === undefined) return seed % 2 === 1 ? 'review' : 'not_charged'
  return (
    UNCHANGED.find((one) => one === text) ??
    stop(`--unchanged must be ${UNCHANGED.join(' or ')}, not "${text}".`)
  )
}

function carrierOf(text: string): Carrier {
  return text === 'kafka' || text === 'postgres'
    ? text
    : stop(`--events must be kafka or postgres, not "${text}".`)
}

const given = readArguments()
if (given.help) {
  console.log(HELP)
  process.exit(0)
}
const seed = whole('seed', given.seed, 0, 4_294_967_295)
if (given.library) {
  const held = await runLibraryCrashTest({
    loans: whole('loans', given.loans, 1, 100_000),
    kills: whole('kills', given.kills, 0, 1_000),
    readers: whole('readers', given.readers, 1, 100),
    carrier: carrierOf(given.events),
    seed,
    keep: given.keep,
  })
  process.exit(held === undefined ? SKIPPED : held ? 0 : 1)
}
const mode = modeOf(given.mode)
if (mode === 'all' && !given.billing && !(await import('../support/redis.ts')).hasRedis) process.exit(SKIPPED)
const held = given.billing
  ? await runBillingCrashTest({
      cycles: whole('cycles', given.cycles, 1, 1_000_000),
      workers: whole('workers', given.workers, 1, 16),
      killEvery: whole('kill-every', given['kill-every'], 1, 3_600),
      unchanged: unchangedOf(given.unchanged, seed),
      seed,
      keep: given.keep,
    })
  : await runCrashTest({
      purchases: whole('purchases', given.purchases, 1, 100_000),
      kills: whole('kills', given.kills, 0, 1_000),
      seed,
      mode,
      buyers: whole('buyers', given.buyers, 1, 100),
      keep: given.keep,
    })
process.exit(held ? 0 : 1)
