import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { whyNoBroker } from '../../../local/kafka.ts'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { runAll } from '../../../src/platform/process/run-all.ts'
import { type Fleet, LIBRARY_MEMBERS, startFleet } from '../../crash/library/fleet.ts'
import { withDatabases } from '../../crash/library/run.ts'
import { settle } from '../../crash/library/settle.ts'
import { type Balancer, startBalancer } from '../../support/forms/balancer.ts'
import { type Outcome, sendDeeds, sharesOf } from './load.ts'
import { prepareDeeds } from './operations.ts'
import { setStage } from './stage.ts'

const HELP = `Starts every service of the library anew, one after the other, as a new release does, while people use it.

Usage: npm run drill:rolling -- [options]

  --form F        pairs: two processes of each service behind a balancer, which lets one go before it is ended (default);
                  alone: one of each
  --seconds S     how long people use it, evenly (default 75); what is not done by then is told
  --help          this text

Exit code 0: with pairs no request failed; alone: those that failed were told to come again. 77: no broker here.`

const SKIPPED = 77
const PATIENCE_MS = 10_000
/** So often each reader does a thing: then nobody has more than they may. */
const EACH = 2
const SETTLED_WITHIN_MS = 120_000

interface Stage {
  fleet: Fleet
  /** The one address for people. */
  url: string
  /** Starts each process anew, one after the other. @returns how long each took, in milliseconds */
  roll(): Promise<Map<string, number>>
  stop(): Promise<void>
}

async function alone(folder: string): Promise<Stage> {
  const fleet = await startFleet({ folder, carrier: 'kafka' })
  const roll = () => rollEach(fleet, (name) => fleet.children.replace(name))
  return { fleet, url: fleet.url, roll, stop: fleet.stop }
}

/** Two of each, and a balancer before each pair: the way it is deployed where nothing may fail. */
async function pairs(folder: string): Promise<Stage> {
  const ports = new Map<string, number>()
  const balancers = new Map<string, Balancer>()
  const targetOf = (name: string) => `http://127.0.0.1:${ports.get(name)}`
  for (const { name } of LIBRARY_MEMBERS) {
    const balancer = await startBalancer()
    balancers.set(name, balancer)
    for (const one of [name, second(name)]) {
      ports.set(one, await freePort())
      balancer.add(targetOf(one))
    }
  }
  const urlOf = (name: string) => balancers.get(name)?.url ?? ''
  const more = Object.fromEntries(
    LIBRARY_MEMBERS.flatMap(({ name, toldAs }) => toldAs.map((setting) => [setting, urlOf(name)] as const)),
  )
  const members = LIBRARY_MEMBERS.flatMap((member) => [
    { ...member, toldAs: [] },
    { ...member, name: second(member.name), toldAs: [] },
  ])
  const close = () => runAll([...balancers.values()].map((balancer) => () => balancer.close()))
  const fleet = await startFleet({ folder, carrier: 'kafka', members, ports, more }).catch(async (error) => {
    await close()
    throw error
  })
  const replace = async (name: string) => {
    const balancer = balancers.get(name.replace(/-2$/, ''))
    await balancer?.remove(targetOf(name))
    await fleet.children.replace(name)
    balancer?.add(targetOf(name))
  }
  return {
    fleet,
    url: urlOf('gateway'),
    roll: () => rollEach(fleet, replace),
    stop: () => runAll([fleet.stop, close]),
  }
}

const second = (name: string) => `${name}-2`

async function rollEach(
  fleet: Fleet,
  replace: (name: string) => Promise<void>,
): Promise<Map<string, number>> {
  const took = new Map<string, number>()
  for (const name of fleet.processes) {
    const startedAt = performance.now()
    await replace(name)
    took.set(name, performance.now() - startedAt)
  }
  return took
}

/**
 * What may be sent again as it was, and when, says the gateway where nobody listens, and a process that was started
 * while accounts were away.
 */
const COME_AGAIN = ['503 service_unavailable', '503 temporarily_unavailable']

function tell(outcomes: readonly Outcome[], rolledMs: ReadonlyMap<string, number>): void {
  for (const [operation, { sent, accepted, p95, refused }] of sharesOf(outcomes)) {
    const reasons = [...refused].map(([why, n]) => `${n} × ${why}`).join(', ')
    console.log(
      `  ${operation.padEnd(24)} ${String(accepted).padStart(4)} of ${sent}, p95 ${p95.toFixed(0)} ms${reasons && ` | ${reasons}`}`,
    )
  }
  const times = [...rolledMs].map(([name, ms]) => `${name} ${(ms / 1_000).toFixed(1)} s`)
  console.log(`  started anew: ${times.join(', ')}`)
}

async function run(form: 'pairs' | 'alone', seconds: number): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-rolling-'))
  const { fleet, url, roll, stop } = await (form === 'pairs' ? pairs : alone)(folder)
  try {
    const scene = await setStage({ url }, { readers: Math.ceil(seconds / EACH), outages: EACH })
    const deeds = await prepareDeeds(scene.stage, seconds)
    const startedAt = performance.now()
    const [outcomes, rolledMs] = await Promise.all([
      sendDeeds(url, deeds, { forMs: seconds * 1_000, patienceMs: PATIENCE_MS, tokens: scene.tokens }),
      roll(),
    ])
    const late = performance.now() - startedAt - seconds * 1_000
    console.log(`\nEvery service started anew (${form}), ${outcomes.length} requests, each sent once`)
    tell(outcomes, rolledMs)
    const { unsettled } = await withDatabases(fleet, (databases) =>
      settle(databases, () => {}, SETTLED_WITHIN_MS),
    )
    const failed = outcomes.filter(({ accepted }) => !accepted)
    const broken = [
      ...failed
        .filter(({ why }) => form === 'pairs' || !COME_AGAIN.includes(why))
        .map(({ operation, why }) => `${operation}: ${why}`),
      ...Object.entries(unsettled).map(([what, n]) => `never settled: ${n} ${what}`),
      ...fleet.children.ended(),
      ...(late > 1_000
        ? [`people were gone ${(late / 1_000).toFixed(0)} s before the last was started anew`]
        : []),
    ]
    for (const line of broken) console.log(`✗ ${line}`)
    console.log(`\n${failed.length} of ${outcomes.length} failed; ${broken.length} of them must not.`)
    return broken.length === 0
  } finally {
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const { values: given } = parseArgs({
  options: {
    form: { type: 'string', default: 'pairs' },
    seconds: { type: 'string', default: '75' },
    help: { type: 'boolean', default: false },
  },
})
const { form } = given
const seconds = Number(given.seconds)
if (given.help || !(seconds >= 10 && seconds <= 600) || (form !== 'pairs' && form !== 'alone')) {
  console.log(HELP)
  process.exit(given.help ? 0 : 1)
}
const missing = await whyNoBroker(() => console.log('Fetching Kafka (once) …'))
if (missing !== undefined) {
  console.log(`SKIPPED: there is no Kafka here (${missing})`)
  process.exit(SKIPPED)
}
process.exit((await run(form, seconds)) ? 0 : 1)
