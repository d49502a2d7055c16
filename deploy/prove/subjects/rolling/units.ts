import { readFileSync } from 'node:fs'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import type { Proof } from '../../kit/proof.ts'
import { releaseAt, type Yard } from './yard.ts'

const UNIT = 'pillivery.service'
const READY_WITHIN_MS = 60_000

/** What the units of deploy/vm promise, seen from outside the machines. */
export async function proveUnits(proof: Proof, yard: Yard): Promise<void> {
  await proveLittlePower(proof, yard)
  await proveByHand(proof, yard)
  await proveComesBack(proof, yard)
  await proveDrains(proof, yard)
}

/** What Linux says of the process that answers customers. */
async function proveLittlePower(proof: Proof, { booted, settings }: Yard): Promise<void> {
  const [pid] = booted.app1.processesOf(UNIT)
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const value = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1]
  const [account, could, privileges, calls] = ['Uid', 'CapBnd', 'NoNewPrivs', 'Seccomp'].map(value)
  proof.claim(
    'a server runs as an account of its own, without capabilities and with few system calls',
    account !== '0' && Number(`0x${could}`) === 0 && privileges === '1' && calls === '2',
    `account ${account}, capabilities ${could}, no new privileges ${privileges}, filter ${calls}`,
  )
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
  const secrets = ['JWT_PRIVATE_KEY', 'PAYMENT_TOKEN_KEY', 'AUDIT_KEY', 'METRICS_TOKEN'] as const
  const shown = secrets.filter((name) => environment.includes(settings[name] ?? 'none'))
  const tries = ['cat /etc/pillivery/secrets/audit_key', 'touch /srv/pillivery/current/src/x', 'touch /usr/x']
  const done: string[] = []
  for (const line of tries) {
    const as = ['setpriv', '--reuid', 'pillivery', '--regid', 'pillivery', '--clear-groups', 'sh', '-c', line]
    if ((await booted.app1.attempt(...as)).code === 0) done.push(line)
  }
  proof.claim(
    'its environment shows no secret, and its account reads no file of secrets and changes no release',
    environment.includes('AUDIT_KEY_FILE') && shown.length === 0 && done.length === 0,
    [...shown, ...done].join('; ') || `${secrets.length} secrets and ${tries.length} tries`,
  )
}

/** What runbooks ask for: a command with what the unit has, and no more. */
async function proveByHand(proof: Proof, { booted: { worker } }: Yard): Promise<void> {
  const command = '/usr/local/lib/pillivery/by-hand.sh'
  const day = await worker.attempt(command, 'billing', 'run', '--dry-run', '--json')
  const wrong = await worker.attempt(command, 'billing', 'run', '--date', 'tomorrow')
  const left = await worker.attempt(
    'sh',
    '-c',
    'ls -d /run/pillivery-by-hand-* /run/credentials/pillivery-by-hand-*',
  )
  proof.claim(
    'a command by hand has the settings, secrets and account of the units, ends with its own code, and leaves nothing',
    day.code === 0 && day.out.trimStart().startsWith('{') && wrong.code === 1 && left.out.trim() === '',
    `${day.code}: ${day.out.replaceAll(/\s+/g, ' ').slice(0, 80) || day.all.slice(-200)}; wrong: ${wrong.code} ${wrong.all.trim().slice(0, 80)}; left: ${left.out.trim() || 'nothing'}`,
  )
}

/** A process that dies is started again by systemd. */
async function proveComesBack(proof: Proof, yard: Yard): Promise<void> {
  const release = await releaseAt(yard, 'app1')
  const [pid = 0] = yard.booted.app1.processesOf(UNIT)
  const began = performance.now()
  process.kill(pid, 'SIGKILL')
  const ready = await until(
    async () => {
      const [other] = yard.booted.app1.processesOf(UNIT)
      return other !== undefined && other !== pid && (await releaseAt(yard, 'app1')) === release
    },
    { deadlineMs: READY_WITHIN_MS, everyMs: 200, what: 'the server to come back' },
  )
  proof.claim(
    'a server that is killed comes back by itself',
    ready,
    `ready as ${release} after ${((performance.now() - began) / 1_000).toFixed(1)} s`,
  )
}

/** Every server was stopped several times by now, under load. */
async function proveDrains(proof: Proof, { machines }: Yard): Promise<void> {
  for (const [host, unit] of [
    ['app1', UNIT],
    ['app2', UNIT],
    ['worker', 'pillivery-worker.service'],
  ] as const) {
    const said = await machines[host].journal()
    const well = said.split(`${unit}: Deactivated successfully`).length - 1
    const cut = said.match(/timed out\. Killing|Failed with result 'timeout'/g)?.length ?? 0
    proof.claim(
      `${host} drained whenever it was stopped; systemd cut nothing off`,
      well > 0 && cut === 0,
      `${well} stops, ${cut} cut off`,
    )
  }
}
