import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { whyNoBroker } from '../../../local/kafka.ts'
import { type Database, openDatabase } from '../../../src/platform/database/database.ts'
import { freePort } from '../../../src/platform/database/embedded.ts'
import type { Trouble } from '../people/insist.ts'
import { countBy, table, verdictLines } from '../report.ts'
import { everyFewSeconds } from '../run.ts'
import { serverLogFindings } from '../server-log.ts'
import { type Acknowledged, nothingAcknowledged } from './acknowledged.ts'
import { openLibrary, planVisits } from './crowd.ts'
import { type Carrier, type Fleet, LIBRARY, startFleet } from './fleet.ts'
import { type Kills, killed, strikeAsPlanned } from './killer.ts'
import { addMachine } from './machine.ts'
import { librarian, newReader, type Person, type Visiting } from './people.ts'
import { planStrikes } from './plan.ts'
import { verifyLibrary } from './rules/verify.ts'
import type { Situation } from './rules/violation.ts'
import { settle, type Unsettled } from './settle.ts'
import { stockShelves } from './shelves.ts'
import type { Databases } from './snapshot.ts'
import { asDashboard } from './views.ts'

export interface LibraryCrashTest {
  loans: number
  kills: number
  seed: number
  carrier: Carrier
  /** Visits at the same time. */
  readers: number
  keep: boolean
}

const SETTLE_WITHIN_MS = 180_000
/** Answered requests that are sent once more when all is over. */
const REPEATED = 300

/** Runs the whole test. @returns whether every promise held; undefined when there can be no broker here */
export async function runLibraryCrashTest(test: LibraryCrashTest): Promise<boolean | undefined> {
  const missing =
    test.carrier === 'kafka' ? await whyNoBroker(() => console.log('Fetching Kafka (once) …')) : undefined
  if (missing !== undefined) {
    console.log(`SKIPPED: there is no Kafka here (${missing}). Without it: --events postgres`)
    return undefined
  }
  const startedAt = performance.now()
  const { loans, kills, seed, carrier, readers } = test
  console.log(
    `Crash test of the library: ${loans} visits, ${readers} at a time, ${kills} kills, events by ${carrier}, --seed ${seed}`,
  )
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-crash-library-'))
  let held = false
  try {
    const sipPort = await freePort()
    const fleet = await startFleet({ folder, carrier, more: { SIP_PORT: String(sipPort) } })
    console.log(
      `  ${fleet.victims.length} parts are up (${seconds(startedAt)} s): ${fleet.victims.join(', ')}`,
    )
    try {
      held = await storm(test, fleet, sipPort)
    } finally {
      await fleet.stop()
    }
  } catch (error) {
    console.error(error)
  }
  const repeat = `npm run crash -- --library --loans ${loans} --kills ${kills} --events ${carrier} --readers ${readers} --seed ${seed}`
  const took = seconds(startedAt)
  console.log(
    held ? `\nEvery promise held (${took} s).` : `\nBROKEN after ${took} s. Repeat: ${repeat} --keep`,
  )
  if (test.keep) console.log(`Kept: ${folder}`)
  else await rm(folder, { recursive: true, force: true })
  return held
}

const seconds = (since: number) => Math.round((performance.now() - since) / 1_000)

async function storm(test: LibraryCrashTest, fleet: Fleet, sipPort: number): Promise<boolean> {
  const trouble: Trouble = { connection: 0, unavailable: 0, errors: [] }
  const log = nothingAcknowledged()
  const visiting: Visiting = { url: fleet.url, log, trouble }
  const desk = await librarian(visiting)
  const readers: Person[] = []
  const most = Math.min(40, Math.max(8, Math.ceil(test.loans / 5)))
  for (let n = 0; n < most; n++) readers.push(await newReader(visiting, n))
  const plans = planVisits(test.seed, test.loans)
  const shelves = await stockShelves(desk, readers, plans, fleet.databaseOf('borrow'))
  const { titles, owned, lateLoans, machineCopies } = shelves
  const selfCheck = { port: sipPort, secret: await addMachine(desk), copies: machineCopies }

  const strikes = planStrikes(test.seed, {
    kills: test.kills,
    visits: test.loans,
    victims: fleet.victims,
    twice: fleet.processes,
  })
  const house = { ...visiting, seed: test.seed, readers, desk, titles, selfCheck, lateLoans }
  const crowd = openLibrary(house, plans, strikes, test.readers)
  const striking = strikeAsPlanned(fleet, strikes, crowd, crowd.toldOfKills)
  // Whoever fails first ends the run; the other must not stay unhandled.
  const [, kills] = await Promise.all([crowd.finished, striking])

  console.log('Settling')
  return withDatabases(fleet, async (databases) => {
    const told = everyFewSeconds(showUnsettled)
    const first = await settle(databases, told, SETTLE_WITHIN_MS)
    const repeats = await repeatAnswered(log)
    const dashboards = await askDashboards(readers)
    // What was repeated may have told events again, if it did what it must not do.
    const { snapshot, unsettled } = await settle(databases, told, SETTLE_WITHIN_MS)
    const lentEarlier = new Set([...lateLoans.values()].map(({ loanId }) => loanId))
    const situation: Situation = { snapshot, acknowledged: log, owned, lentEarlier, dashboards, repeats }
    const found = verifyLibrary(situation)
    console.log(
      table(
        '\nVisits',
        countBy(crowd.endings, (ending) => ending),
      ),
    )
    console.log(
      table(
        'Loans',
        countBy(snapshot.loans, ({ state }) => state),
      ),
    )
    console.log(table('What became of them', numbersOf(situation)))
    console.log(table('Crashes', crashRows(kills, trouble, crowd.elapsedMs(), first.elapsedMs)))
    const findings = await findingsOf(fleet)
    if (findings.length > 0) console.log(table('Errors the services logged', findings))
    for (const line of verdictLines(found)) console.log(line)
    const others = [
      ...(kills.unfelt > 0
        ? [`✗ ${kills.unfelt} strikes hit nobody: the run was not as rough as asked for`]
        : []),
      ...Object.entries(unsettled).map(([what, n]) => `✗ never settled: ${n} ${what}`),
      ...fleet.children.ended().map((end) => `✗ ${end}`),
      ...crowd.surprises.map((surprise) => `✗ somebody got ${surprise}`),
      ...countBy(trouble.errors, (where) => where.replace(/[0-9a-f-]{36}/g, ':id')).map(
        ([where, n]) => `✗ ${n} × 500 from ${where}`,
      ),
    ]
    for (const line of others) console.log(line)
    return others.length === 0 && [...found.values()].every((broken) => broken.length === 0)
  })
}

/** Sends what was answered once more, with its key: nothing may come of it but the same answer. */
async function repeatAnswered({ answers }: Acknowledged): Promise<Situation['repeats']> {
  const repeats: { key: string; before: string; after: string }[] = []
  for (const { person, path, json, key, about, nameIn } of answers.slice(-REPEATED)) {
    const answer = await person.send({ method: 'POST', path, json, key })
    const after = nameIn(answer.body) ?? `${answer.status} ${answer.code}`
    repeats.push({ key, before: about, after })
  }
  return repeats
}

async function askDashboards(readers: readonly Person[]): Promise<Situation['dashboards']> {
  return Promise.all(
    readers.map(async ({ id, send }) => {
      const { borrowed, pending, lateFees } = asDashboard((await send({ path: '/api/dashboard' })).body) ?? {
        borrowed: -1,
        pending: -1,
        lateFees: -1,
      }
      return { patronId: id, borrowed, pending, lateFees }
    }),
  )
}

/** Opens the databases of the services over small pools of their own. */
export async function withDatabases<T>(
  { databaseOf, carrier }: Fleet,
  work: (databases: Databases) => Promise<T>,
): Promise<T> {
  const open = (url: string) => openDatabase({ url, poolSize: 2, statementTimeoutMs: 30_000 })
  const shared = carrier === 'postgres' ? open(databaseOf('borrow')) : undefined
  const of = new Map<string, Database>(LIBRARY.map((name) => [name, shared ?? open(databaseOf(name))]))
  const db = (name: (typeof LIBRARY)[number]) => {
    const found = of.get(name)
    if (!found) throw new Error(`no database of ${name}`)
    return found.db
  }
  try {
    return await work({
      identity: db('identity'),
      book: db('book'),
      borrow: db('borrow'),
      dashboard: db('dashboard'),
    })
  } finally {
    for (const database of new Set(of.values())) await database.close()
  }
}

async function findingsOf({ folder, processes }: Fleet): Promise<[string, number][]> {
  const of = async (name: string) => {
    const found = await serverLogFindings(join(folder, 'logs', `${name}.log`))
    return found.map(([what, n]): [string, number] => [`${name}: ${what}`, n])
  }
  return (await Promise.all(processes.map(of))).flat()
}

function showUnsettled(unsettled: Unsettled, elapsedMs: number): void {
  const left = Object.entries(unsettled).map(([what, n]) => `${n} ${what}`)
  console.log(`  ${Math.round(elapsedMs / 1_000)} s: ${left.length > 0 ? left.join(', ') : 'settled'}`)
}

function numbersOf({ snapshot, acknowledged, repeats }: Situation): [string, number][] {
  const count = (type: string) => snapshot.told.filter((step) => step.type === `library.loan.${type}`).length
  return [
    ['copies out', snapshot.copies.filter(({ state }) => state === 'on_loan').length],
    ['returns', snapshot.returns.length],
    ['… late', snapshot.returns.filter(({ lateDays }) => lateDays > 0).length],
    ['scanned by the machine', acknowledged.scanned.size],
    ['renewals', count('renewed')],
    ['overdue told', count('expired')],
    ['holds', snapshot.holds.length],
    ['… collected', snapshot.holds.filter(({ state }) => state === 'collected').length],
    ['fees paid', snapshot.fees.filter(({ kind }) => kind === 'payment').length],
    ['acknowledged with a key', acknowledged.keys.size],
    ['… asked once more', repeats.length],
    ['events', [...snapshot.logs.values()].reduce((sum, events) => sum + events.length, 0)],
  ]
}

function crashRows(
  kills: Kills,
  trouble: Trouble,
  stormMs: number,
  settledMs: number,
): [string, number | string][] {
  const sorted = kills.recoveries.toSorted((a, b) => a.ms - b.ms)
  const slowest = sorted.at(-1)
  const middle = sorted[Math.floor(sorted.length / 2)]
  const time = (recovery: typeof slowest) =>
    recovery ? `${(recovery.ms / 1_000).toFixed(1)} s (${recovery.victim})` : '–'
  return [
    ['killed', killed(kills)],
    ...[...kills.by]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([victim, n]): [string, number] => [`… ${victim}`, n]),
    ['… while starting', kills.whileStarting],
    ['two at once', kills.together],
    ['recovery, middle', time(middle)],
    ['recovery, slowest', time(slowest)],
    ['requests that lost their connection', trouble.connection],
    ['requests put off (429, 502, 503, in progress)', trouble.unavailable],
    ['visits took, s', (stormMs / 1_000).toFixed(1)],
    ['settled after, s', (settledMs / 1_000).toFixed(1)],
  ]
}
