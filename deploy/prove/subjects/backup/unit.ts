import { chmodSync, cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { type Booted, envFile, type Machine, makeMachine, noMachine } from '../../kit/machine.ts'
import type { Proof } from '../../kit/proof.ts'
import { ROOT } from '../../kit/shell.ts'
import { install } from '../../kit/tools.ts'

const UNIT = 'pillivery-backup.service'
const TEXTFILES = '/var/lib/prometheus/node-exporter'
const BOOTS_WITHIN_MS = 60_000

/** A volume for `/backup`. */
const VOLUME = '[Mount]\nWhat=tmpfs\nWhere=/backup\nType=tmpfs\nOptions=mode=0700,uid=postgres,gid=postgres\n'

/** The nightly unit under a systemd that boots, beside a database of this machine. */
export interface BackupMachine {
  /** A volume, none, folders as Debian makes them, and as README.md says. */
  proveRuns(): Promise<void>
  /** Once the database archives nothing, as after a restore. */
  proveGivesUp(): Promise<void>
}

/** @returns undefined, and says why, where no machine can be booted */
export async function bootBackupMachine(
  proof: Proof,
  { port, binaries }: { port: number; binaries: string },
): Promise<BackupMachine | undefined> {
  const missing = await install('/lib/systemd/systemd')
  const because = missing.length > 0 ? 'systemd cannot be installed' : await noMachine()
  if (because !== undefined) {
    proof.skip('the nightly unit under systemd', because)
    return undefined
  }
  const machine = makeMachine(proof, {
    name: 'database-1',
    units: [`deploy/backup/${UNIT}`],
    files: {
      'backup.env': envFile({
        PGHOST: '127.0.0.1',
        PGPORT: String(port),
        PGUSER: 'shop',
        PATH: `${binaries}:/usr/bin:/bin`,
      }),
    },
    secrets: {},
  })
  cpSync(join(ROOT, 'deploy/backup'), machine.path('opt/pillivery/deploy/backup'), { recursive: true })
  for (const path of ['opt', 'opt/pillivery', 'opt/pillivery/deploy', 'backup', `.${TEXTFILES}`]) {
    mkdirSync(machine.path(path), { recursive: true })
    chmodSync(machine.path(path), 0o755)
  }
  chmodSync(machine.path('var/lib/prometheus'), 0o755)
  return {
    proveRuns: () => proveRuns(proof, machine),
    proveGivesUp: () => proveGivesUp(proof, machine),
  }
}

async function proveRuns(proof: Proof, machine: Machine): Promise<void> {
  const bare = await switchOn(machine)
  const refused = await bare.attempt('systemctl', 'start', UNIT)
  const left = (await bare.attempt('ls', '-A', '/backup')).out.trim()
  proof.claim(
    'without a volume on /backup the unit writes nothing beside the database',
    refused.code !== 0 && left === '' && (await bare.show(UNIT, 'AssertResult')) === 'no',
    `exit code ${refused.code}, in the folder: ${left || 'nothing'}`,
  )
  await bare.cut()

  machine.write('etc/systemd/system/backup.mount', VOLUME, 0o644)
  const booted = await switchOn(machine)
  const untold = await started(booted)
  proof.claim(
    'with the folder of text files as Debian makes it a backup is made, once, and the log says who is not told',
    untold === 'success/inactive/1' && (await machine.journal()).includes('monitoring is not told'),
    `result, state, backups: ${untold}`,
  )
  await booted.attempt('install', '-d', '-g', 'postgres', '-m', '775', TEXTFILES)
  const told = await started(booted)
  const asOther = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
  const read = await booted.attempt(...asOther, 'cat', `${TEXTFILES}/backup.prom`)
  proof.claim(
    'with the folder as README.md says node_exporter can read when it was',
    told.startsWith('success/inactive/') && /^backup_finished_seconds \d+\n$/.test(read.out),
    `result, state, backups: ${told}; ${read.all.trim()}`,
  )
  await booted.cut()
}

async function proveGivesUp(proof: Proof, machine: Machine): Promise<void> {
  rmSync(machine.path(TEXTFILES, 'backup.prom'), { force: true })
  const booted = await switchOn(machine)
  const end = await started(booted)
  const code = await booted.show(UNIT, 'ExecMainStatus')
  proof.claim(
    'where archiving is off the unit fails, and does not try for ever what no second try mends',
    end === 'exit-code/failed/0' && code === '78',
    `result, state, backups: ${end}; exit code ${code}`,
  )
  await booted.cut()
}

async function switchOn(machine: Machine): Promise<Booted> {
  const booted = machine.boot()
  await until(async () => (await booted.show('multi-user.target', 'ActiveState')) === 'active', {
    deadlineMs: BOOTS_WITHIN_MS,
    everyMs: 200,
    what: 'the machine of the database to boot',
  })
  return booted
}

/** Starts the unit. @returns its result, its state afterwards (`activating`: it will be tried again), and how many backups there are */
async function started(booted: Booted): Promise<string> {
  await booted.attempt('systemctl', 'start', UNIT)
  const backups = (await booted.attempt('find', '/backup/base', '-name', '2*', '-type', 'd')).out
  const shown = [await booted.show(UNIT, 'Result'), await booted.show(UNIT, 'ActiveState')]
  return [...shown, backups.split('\n').filter(Boolean).length].join('/')
}
