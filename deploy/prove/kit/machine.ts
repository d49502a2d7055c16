import { randomBytes } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import type { Proof } from '../../kit/proof.ts'
import { attempt, keep, ROOT } from '../../kit/shell.ts'

const UNITS = join(ROOT, 'deploy/batch-vm')
const BATCH = 'pillivery-batch'
const SETUP = join(import.meta.dirname, 'boot.sh')

/** What would change this machine from within, or waits for hardware. */
const NOT_STARTED =
  'systemd-udevd.service systemd-sysctl.service systemd-modules-load.service systemd-binfmt.service systemd-tmpfiles-setup-dev.service systemd-random-seed.service systemd-firstboot.service systemd-sysusers.service systemd-repart.service kmod-static-nodes.service getty.target proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount systemd-journald-audit.socket systemd-machine-id-commit.service packagekit-offline-update.service'
const MOUNT_POINTS =
  'usr proc sys run tmp dev root home var/lib var/tmp var/log/journal srv/pillivery/current'

/** A machine that was switched on. */
export interface Booted {
  isOn(): boolean
  /** Resolves when it is off. */
  off(withinMs: number): Promise<void>
  /** What systemd says of the unit of the billing run. */
  show(property: string): Promise<string>
  /** Pulls the plug. */
  cut(): Promise<void>
}

export interface Machine {
  /** @param pauseSeconds between a failure and the next start, in place of the unit's ten minutes */
  boot(pauseSeconds: number): Booted
  /** Writes a file of it, as a secret is written. */
  write(path: string, text: string): void
  /** What units have said and what systemd says of them, of all boots. */
  journal(): Promise<string>
}

/** Why no machine can be booted here; undefined when one can. */
export async function noMachine(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root may make namespaces'
  if (!existsSync('/lib/systemd/systemd')) return 'there is no systemd'
  if (cgroups() === undefined) return 'there are no cgroups of version 2'
  const { code, all } = await attempt('unshare', ['--mount', '--pid', '--fork', '--cgroup', 'true'])
  return code === 0 ? undefined : all.trim()
}

/**
 * A batch machine: its systemd is this machine's, its units and scripts are those of deploy/batch-vm, its release is this
 * checkout.
 */
export function makeMachine(
  proof: Proof,
  {
    settings,
    secrets,
  }: { settings: Readonly<Record<string, string>>; secrets: Readonly<Record<string, string>> },
): Machine {
  const root = join(proof.folder, 'batch-machine')
  const write = (path: string, text: string, mode = 0o644) => {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode })
  }
  for (const path of MOUNT_POINTS.split(' ')) mkdirSync(join(root, path), { recursive: true })
  for (const path of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${path}`, join(root, path))
  const account = 'pillivery:x:20901:20901::/nonexistent:/usr/sbin/nologin\n'
  write('etc/passwd', readFileSync('/etc/passwd', 'utf8') + account)
  write('etc/group', `${readFileSync('/etc/group', 'utf8')}pillivery:x:20901:\n`)
  // Some programs, awk for one, are links into there.
  cpSync('/etc/alternatives', join(root, 'etc/alternatives'), { recursive: true, verbatimSymlinks: true })
  write('etc/nsswitch.conf', 'passwd: files systemd\ngroup: files systemd\nhosts: files\n')
  write('etc/hosts', '127.0.0.1 localhost batch-1\n')
  write('etc/hostname', 'batch-1\n')
  write('etc/machine-id', `${randomBytes(16).toString('hex')}\n`)
  write('etc/pillivery/batch.env', lines(settings))
  write('srv/pillivery/current/release.env', lines({ RELEASE: 'proof' }))
  for (const [name, text] of Object.entries(secrets)) write(`etc/pillivery/secrets/${name}`, text, 0o600)
  const units = join(root, 'etc/systemd/system')
  for (const name of [BATCH, `${BATCH}-failed`])
    cpSync(join(UNITS, `${name}.service`), join(units, `${name}.service`))
  for (const name of NOT_STARTED.split(' ')) symlinkSync('/dev/null', join(units, name))
  symlinkSync('/lib/systemd/system/multi-user.target', join(units, 'default.target'))
  mkdirSync(join(units, 'multi-user.target.wants'))
  symlinkSync(`../${BATCH}.service`, join(units, `multi-user.target.wants/${BATCH}.service`))
  const scripts = join(root, 'usr-local-lib/pillivery')
  mkdirSync(scripts, { recursive: true })
  cpSync(join(UNITS, 'tell-slack.sh'), join(scripts, 'tell-slack.sh'))

  let boots = 0
  return {
    write: (path, text) => write(path, text, 0o600),
    boot: (pauseSeconds) => {
      boots += 1
      write(`etc/systemd/system/${BATCH}.service.d/proof.conf`, `[Service]\nRestartSec=${pauseSeconds}\n`)
      return boot(proof, root, `boot-${boots}`)
    },
    journal: async () =>
      (
        await attempt('journalctl', [
          '--directory',
          join(root, 'var/log/journal'),
          '--no-pager',
          '--output=cat',
        ])
      ).out,
  }
}

function boot(proof: Proof, root: string, name: string): Booted {
  const group = join(cgroups() ?? '', `${basename(proof.folder)}-${name}`)
  mkdirSync(group)
  // Kept until it is empty: before that its processes are not gone.
  proof.after(() =>
    until(() => removed(group), { deadlineMs: 10_000, everyMs: 100, what: 'its cgroup to end' }),
  )
  const running = keep(proof, name, SETUP, [root, ROOT, group])
  let isOn = true
  void running.exit.then(() => {
    isOn = false
  })
  /** Its process 1, as this machine counts. */
  const init = () => readFileSync(join(group, 'init.scope/cgroup.procs'), 'utf8').split('\n')[0] ?? ''
  const cut = async () => {
    if (isOn) process.kill(Number(init()), 'SIGKILL')
    await running.exit
  }
  proof.after(cut)
  return {
    isOn: () => isOn,
    off: async (withinMs) => {
      await until(() => !isOn, { deadlineMs: withinMs, everyMs: 50, what: `${name} to be off` })
    },
    show: async (property) => {
      const asked = ['systemctl', 'show', '--value', `--property=${property}`, BATCH]
      const { out } = await attempt('nsenter', [
        `--target=${init()}`,
        '--mount',
        '--pid',
        '--root',
        '--wd',
        ...asked,
      ])
      return out.trim()
    },
    cut,
  }
}

/** Removes a cgroup with those in it. @returns whether it is gone; it is not while a process is in one of them */
function removed(group: string): boolean {
  try {
    for (const one of groupsIn(group)) rmdirSync(one)
    return true
  } catch {
    return false
  }
}

/** Innermost first. */
function groupsIn(group: string): string[] {
  const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [...inner.flatMap(({ name }) => groupsIn(join(group, name))), group]
}

/** Where cgroups of version 2 are mounted. */
function cgroups(): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  return mounts.map((line) => line.split(' ')).find(([, , kind]) => kind === 'cgroup2')?.[1]
}

function lines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
