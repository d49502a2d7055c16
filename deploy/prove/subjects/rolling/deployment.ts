import { readFileSync } from 'node:fs'
import { type Deployed, deploy, type Plan } from '../../../rolling/rolling.ts'
import { inWords, type LoadReport, startLoad } from '../../kit/load.ts'
import { noMachine } from '../../kit/machine.ts'
import { ask } from '../../kit/patroni.ts'
import { type Crowd, startCrowd } from '../../kit/people/crowd.ts'
import { browse } from '../../kit/people/customers.ts'
import type { Proof } from '../../kit/proof.ts'
import { attempt } from '../../kit/shell.ts'
import { install } from '../../kit/tools.ts'
import { proveBatchMachine } from './batch-machine.ts'
import { noNetwork } from './network.ts'
import { provePages } from './pages.ts'
import { packReleases, type Releases } from './releases.ts'
import { proveSteps } from './steps.ts'
import { proveUnits } from './units.ts'
import { buildYard, releaseAt, type Yard } from './yard.ts'

const CLAIM = 'a release is rolled out onto machines with systemd'
/** Customers who buy, and who look around, while releases are exchanged. */
const [SHOPPERS, VISITORS] = [2, 2]
const [THINKING_MS, LOOKING_MS] = [1_000, 150]
const LEAST_PURCHASES = 20

/**
 * A release of this checkout, packed as the pipelines pack it, on machines that boot their own systemd with the units of
 * deploy/vm, in a private network behind a bastion; nginx in front, PostgreSQL behind, and people who buy all the while.
 * @param args `quick`: the steps of the deployment alone, with small servers
 */
export async function proveDeployment(proof: Proof, [form]: readonly string[]): Promise<void> {
  if (form === 'quick') return proveSteps(proof)
  const missing = await install(
    'sshd',
    'nginx',
    'sudo',
    'curl',
    '/lib/systemd/systemd',
    '/usr/lib/postgresql/15/bin/pg_basebackup',
  )
  const because =
    missing.length > 0
      ? `${missing.join(', ')} cannot be installed`
      : ((await noMachine()) ?? (await noNetwork()))
  if (because !== undefined) {
    proof.skip(CLAIM, because)
    return proveSteps(proof)
  }
  const releases = await packReleases(proof)
  const yard = await buildYard(proof)
  await proveReach(proof, yard)
  const told: string[] = []
  const go = (release: keyof Releases, plan: Plan = yard.plan) =>
    deploy({
      plan,
      release: releases[release].name,
      archive: releases[release].archive,
      about: `proof ${release}`,
      say: (line) => proof.note(line),
      tellSlack: async (text) => void told.push(text),
      now: () => performance.now(),
    })
  await proveRollOut(proof, yard, releases, go)
  await proveUnits(proof, yard)
  await proveBatchMachine(proof, yard, releases, (release) => go(release, yard.batchPlan))
  const marks = ['🚚', '✅', '❌'].map((mark) => told.filter((text) => text.startsWith(mark)).length)
  proof.claim(
    'Slack is told of each beginning, success and failure',
    marks.every((count) => count >= 2),
    `${marks.join(', ')} messages`,
  )
}

async function proveReach(proof: Proof, { ssh }: Yard): Promise<void> {
  const direct = await attempt('ssh', [
    '-F',
    ssh,
    ...'-o ProxyJump=none -o ConnectTimeout=3'.split(' '),
    'app1',
    'true',
  ])
  const through = await attempt('ssh', ['-F', ssh, 'app1', 'hostname'])
  proof.claim(
    'servers are reached through the bastion only',
    direct.code !== 0 && through.out.trim() === 'app1',
    `directly: ${direct.all.trim().split('\n').at(-1)}; through it: ${through.out.trim()}`,
  )
}

type Go = (release: keyof Releases, plan?: Plan) => Promise<Deployed>

async function proveRollOut(proof: Proof, yard: Yard, releases: Releases, go: Go): Promise<void> {
  const all = async () => {
    const hosts = ['app1', 'app2', 'worker'] as const
    return (await Promise.all(hosts.map((host) => releaseAt(yard, host)))).join(', ')
  }
  const three = (release: keyof Releases) =>
    Array.from({ length: 3 }, () => releases[release].name).join(', ')
  const timed = async (release: keyof Releases) => {
    const began = performance.now()
    const end = await go(release)
    return { end, seconds: `${Math.round((performance.now() - began) / 1_000)} s` }
  }

  const first = await timed('first')
  proof.claim(
    'a first release comes up on two servers and the worker, as their health says',
    first.end.kind === 'deployed' && (await all()) === three('first'),
    `${inShort(first.end)} in ${first.seconds}: ${await all()}`,
  )
  await provePages(proof, yard)

  const visits = startLoad((n) => browse(yard.front, n), { clients: VISITORS, pauseMs: LOOKING_MS })
  const crowd = await startCrowd(yard.front, {
    shoppers: SHOPPERS,
    patienceMs: 0,
    thinkingMs: THINKING_MS,
  })
  await crowd.bought(2)
  const running = timed('second')
  // The lock is taken at once; archives take longer.
  await new Promise((over) => setTimeout(over, 2_000))
  const other = await go('bad')
  const second = await running
  proof.claim(
    'of two deployments at once one is refused, and says who is at work',
    other.kind === 'not_begun' && other.because.includes('proof second'),
    inShort(other),
  )
  proof.claim(
    'the next release replaces it on all three',
    second.end.kind === 'deployed' && (await all()) === three('second'),
    `${inShort(second.end)} in ${second.seconds}: ${await all()}`,
  )
  const bad = await timed('bad')
  proof.claim(
    'one that does not start on the second server is rolled back on both, and the worker never has it',
    bad.end.kind === 'rolled_back' && bad.end.notBack.length === 0 && (await all()) === three('second'),
    `${inShort(bad.end)} in ${bad.seconds}; now ${await all()}`,
  )
  const lost = await go('first', { ...yard.plan, sshConfig: yard.sshWithoutBastion })
  proof.claim(
    'without the bastion nothing is touched',
    lost.kind === 'not_begun' && (await all()) === three('second'),
    `${inShort(lost)}; still ${await all()}`,
  )
  await proveCustomers(proof, yard, crowd, await visits.stop())
}

/** What customers had of it: no failure, and every purchase is in our books and the bank's. */
async function proveCustomers(proof: Proof, yard: Yard, crowd: Crowd, visits: LoadReport): Promise<void> {
  const { paid, failures } = await crowd.stop()
  proof.claim(
    'people bought meanwhile, and not one request of theirs failed',
    failures.length === 0 && paid.length >= LEAST_PURCHASES,
    failures.slice(0, 3).join('; ') || `${paid.length} purchases, at least 8 requests each`,
  )
  proof.claim(
    'people looked around meanwhile, and not one request failed',
    visits.failed === 0 && visits.sent > 200,
    `${inWords(visits)}; the slowest ${visits.slowest} ms`,
  )
  const rows = await ask(
    yard.databaseUrl,
    "select distinct order_id::text as id from payments.attempt where state = 'succeeded'",
  )
  const known = new Set(rows.map(({ id }) => id))
  const missing = paid.filter((id) => !known.has(id))
  const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10)
  const compared = await attempt(process.execPath, ['src/main.ts', 'reconcile', '--date', today, '--json'], {
    env: yard.settings,
  })
  const days = JSON.parse(compared.out || '[]') as { matched?: number; differences?: unknown[] }[]
  const differences = days.flatMap((day) => day.differences ?? [])
  proof.claim(
    'every purchase is in our books, and our books are the bank’s',
    missing.length === 0 && compared.code === 0 && days.length > 0 && differences.length === 0,
    `${missing.length} of ${paid.length} missing, ${differences.length} differences`,
  )
  const upstream = readFileSync(yard.upstream, 'utf8')
  const open = upstream.match(/^server /gm)?.length ?? 0
  proof.claim('afterwards both servers take requests', open === 2, `${open} open in nginx`)
}

function inShort(end: Deployed): string {
  return end.kind === 'deployed' ? end.kind : `${end.kind}: ${end.because.slice(0, 200)}`
}
