import { readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import type { Deployed } from '../../../rolling/rolling.ts'
import type { Booted } from '../../kit/machine.ts'
import type { Proof } from '../../kit/proof.ts'
import { attempt } from '../../kit/shell.ts'
import type { Releases } from './releases.ts'
import type { Yard } from './yard.ts'

const UNIT = 'pillivery-batch.service'
const PATIENCE_MS = 120_000

/**
 * The batch machine, which switches itself off: a release arrives while it is on for its run, and the next boot runs it.
 */
export async function proveBatchMachine(
  proof: Proof,
  yard: Yard,
  releases: Releases,
  go: (release: keyof Releases) => Promise<Deployed>,
): Promise<void> {
  const machine = yard.machines.batch
  const current = () => basename(readlinkSync(machine.path('srv/pillivery/current')))
  const reached = () =>
    until(async () => (await attempt('ssh', ['-F', yard.ssh, 'batch', 'true'])).code === 0, {
      deadlineMs: PATIENCE_MS,
      everyMs: 200,
      what: 'ssh to the batch machine',
    })

  // As whoever sets it up: a release first, the unit enabled afterwards.
  const setUp = machine.boot()
  await reached()
  const first = await go('first')
  proof.claim('the batch machine gets its first release', first.kind === 'deployed', current())
  const bad = await go('bad')
  proof.claim(
    'one that cannot be run there goes back to the first, which is tried as well',
    bad.kind === 'rolled_back' && bad.notBack.length === 0 && current() === releases.first.name,
    `${bad.kind}; now ${current()}; ${(await machine.journal()).match(/dry run: nothing was written/g)?.length ?? 0} releases counted what is due`,
  )
  await setUp.cut()
  machine.enable(UNIT)

  const night = machine.boot()
  const ran = releaseOfRun(night)
  // Told below, when it is waited for.
  ran.catch(() => undefined)
  await reached()
  const second = await go('second')
  const stayedOn = night.isOn()
  await night.off(PATIENCE_MS)
  proof.claim(
    'it is deployed to while it is on for its run, stays on for that, and switches itself off afterwards',
    second.kind === 'deployed' && stayedOn && (await ran) === releases.first.name,
    `${second.kind}; ran ${await ran}; now ${current()}`,
  )
  const next = machine.boot()
  const then = await releaseOfRun(next)
  await next.off(PATIENCE_MS)
  proof.claim(
    'its next boot runs the new release, and it is off again',
    then === releases.second.name && current() === then,
    `ran ${then}`,
  )
}

/** Of which release the run is that is under way. */
async function releaseOfRun(night: Booted): Promise<string> {
  return until(
    async () => {
      const [pid] = night.processesOf(UNIT)
      const folder = readlinkSync(`/proc/${pid}/cwd`)
      return folder.includes('/releases/') ? basename(folder) : undefined
    },
    { deadlineMs: PATIENCE_MS, everyMs: 20, what: 'the billing run' },
  )
}
