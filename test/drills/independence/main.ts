import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { whyNoBroker } from '../../../local/kafka.ts'
import { type Fleet, LIBRARY_MEMBERS, startFleet } from '../../crash/library/fleet.ts'
import { withDatabases } from '../../crash/library/run.ts'
import { settle } from '../../crash/library/settle.ts'
import { notKept } from './kept.ts'
import { type Outcome, type Share, sendDeeds, sharesOf } from './load.ts'
import { bringAllBack, OPERATIONS, type Operation, prepareDeeds } from './operations.ts'
import { OUTAGES, type Outage } from './outages.ts'
import { brokenPromises, type Measured, promisesIn } from './promises.ts'
import { type Scene, setStage } from './stage.ts'

const HELP = `Takes one part of the library away after the other while people use it, and holds what still works against
docs/library-independence.md.

Usage: npm run drill:independence -- [options]

  --seconds S     how long each part is away (default 20)
  --a-second N    requests of each kind a second (default 3)
  --only NAMES    only these outages, separated by commas: ${OUTAGES.map(({ name }) => name).join(', ')}
  --help          this text

Exit code 0: everything that is promised was accepted every time. 77: there can be no broker here.`

const DOCUMENT = join(import.meta.dirname, '../../../docs/library-independence.md')
const SKIPPED = 77
/** A part of the outage: what is answered only when it is over was not answered. */
const PATIENCE = 0.5
const CAUGHT_UP_WITHIN_MS = 120_000

interface Result {
  outage: string
  shares: ReadonlyMap<Operation, Share>
  /** From the moment the part was started again until nothing was under way any more, in milliseconds. */
  caughtUpMs: number
  /** What was still under way when the patience ended. */
  left: string[]
  /** What was accepted and does not stand. */
  lost: string[]
}

/** One outage from its preparation until all is settled. */
async function go(fleet: Fleet, scene: Scene, outage: Outage, forMs: number, times: number): Promise<Result> {
  const deeds = await prepareDeeds(scene.stage, times)
  const [outcomes, backAt] = await Promise.all([
    sendDeeds(fleet.url, deeds, { forMs: forMs * 0.9, patienceMs: forMs * PATIENCE, tokens: scene.tokens }),
    outage.happen(fleet, forMs).then(() => performance.now()),
  ])
  await fleet.waitUntilReady()
  return withDatabases(fleet, async (databases) => {
    const { unsettled, snapshot } = await settle(databases, () => {}, CAUGHT_UP_WITHIN_MS)
    const caughtUpMs = performance.now() - backAt
    const lost = notKept(
      outcomes.filter(({ accepted }) => accepted),
      snapshot,
    )
    await bringAllBack(scene.stage.readers)
    await settle(databases, () => {}, CAUGHT_UP_WITHIN_MS)
    const left = Object.entries(unsettled).map(([what, n]) => `${n} ${what}`)
    tell(outage, outcomes, caughtUpMs)
    return { outage: outage.name, shares: sharesOf(outcomes), caughtUpMs, left, lost }
  })
}

function tell({ name }: Outage, outcomes: readonly Outcome[], caughtUpMs: number): void {
  console.log(`\n${name} away: all settled ${(caughtUpMs / 1_000).toFixed(1)} s after it was started again`)
  for (const [operation, { sent, accepted, p95, refused }] of sharesOf(outcomes)) {
    const reasons = [...refused].map(([why, n]) => `${n} × ${why}`).join(', ')
    console.log(
      `  ${operation.padEnd(24)} ${String(accepted).padStart(4)} of ${sent}, p95 ${p95.toFixed(0)} ms${reasons && ` | ${reasons}`}`,
    )
  }
}

function matrix(results: readonly Result[]): string {
  const share = (result: Result, operation: Operation) => {
    const { sent = 0, accepted = 0 } = result.shares.get(operation) ?? {}
    return `${sent === 0 ? 0 : Math.floor((100 * accepted) / sent)} %`
  }
  return [
    ['what \\ away', ...results.map(({ outage }) => outage)],
    ['---', ...results.map(() => '---')],
    ...OPERATIONS.map((operation) => [operation, ...results.map((result) => share(result, operation))]),
    ['settled after', ...results.map(({ caughtUpMs }) => `${(caughtUpMs / 1_000).toFixed(1)} s`)],
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

async function run(seconds: number, aSecond: number, outages: readonly Outage[]): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-independence-'))
  // The catalogue as two processes: one that answers, and one that hears.
  const members = LIBRARY_MEMBERS.flatMap((member) =>
    member.name === 'book'
      ? [
          { ...member, role: 'api' as const },
          { ...member, name: 'book-worker', role: 'worker' as const, toldAs: [] },
        ]
      : [member],
  )
  const fleet = await startFleet({ folder, carrier: 'kafka', members })
  try {
    const times = seconds * aSecond
    const scene = await setStage(fleet, { readers: times, outages: outages.length })
    const results: Result[] = []
    for (const outage of outages) results.push(await go(fleet, scene, outage, seconds * 1_000, times))
    console.log(`\n${matrix(results)}`)
    const measured: Measured[] = results.flatMap(({ outage, shares }) =>
      [...shares].map(([operation, { sent, accepted }]) => ({ operation, outage, sent, accepted })),
    )
    const broken = [
      ...brokenPromises(promisesIn(await readFile(DOCUMENT, 'utf8')), measured),
      ...results.flatMap(({ outage, left }) => left.map((what) => `never settled after ${outage}: ${what}`)),
      ...results.flatMap(({ outage, lost }) => lost.map((what) => `${what}, after ${outage}`)),
      ...fleet.children.ended(),
    ]
    for (const line of broken) console.log(`✗ ${line}`)
    console.log(broken.length === 0 ? '\nEverything promised was kept.' : `\n${broken.length} broken.`)
    return broken.length === 0
  } finally {
    await fleet.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    'a-second': { type: 'string', default: '3' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const only = given.only?.split(',').map((name) => name.trim())
const wanted = OUTAGES.filter(({ name }) => only === undefined || only.includes(name))
const [seconds, aSecond] = [Number(given.seconds), Number(given['a-second'])]
if (given.help || !(seconds >= 1) || !(aSecond >= 1) || wanted.length === 0) {
  console.log(HELP)
  process.exit(given.help ? 0 : 1)
}
const missing = await whyNoBroker(() => console.log('Fetching Kafka (once) …'))
if (missing !== undefined) {
  console.log(`SKIPPED: there is no Kafka here (${missing})`)
  process.exit(SKIPPED)
}
process.exit((await run(seconds, aSecond, wanted)) ? 0 : 1)
