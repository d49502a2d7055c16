import { randomBytes } from 'node:crypto'
import {
  chmodSync,
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
import { until } from '../../../src/platform/resilience/poll-until.ts'
import type { Proof } from './proof.ts'
import { attempt, keep, type Ran, ROOT } from './shell.ts'

const SETUP = join(import.meta.dirname, 'boot.sh')

/** What would change this machine from within, or waits for hardware. */
const NOT_STARTED =
  'systemd-udevd.service systemd-sysctl.service systemd-modules-load.service systemd-binfmt.service systemd-tmpfiles-setup-dev.service systemd-random-seed.service systemd-firstboot.service systemd-sysusers.service systemd-repart.service kmod-static-nodes.service getty.target proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount systemd-journald-audit.socket systemd-machine-id-commit.service packagekit-offline-update.service'
const MOUNT_POINTS =
  'usr proc sys run tmp dev root home var/lib var/tmp var/log/journal srv/pillivery usr-local-lib'

/** The account of the units; nobody of this machine has its number. */
const SERVICE_ID = 20_901

/** A machine that was switched on. */
export interface Booted {
  isOn(): boolean
  /** Resolves when it is off. */
  off(withinMs: number): Promise<void>
  /** What systemd says of a unit. */
  show(unit: string, property: string): Promise<string>
  /** Runs a program in it, as its root. */
  attempt(...command: readonly string[]): Promise<Ran>
  /** Its processes of a unit, as this machine counts. */
  processesOf(unit: string): number[]
  /** Pulls the plug. */
  cut(): Promise<void>
}

export interface Machine {
  /** @param settings of units for this boot, by name: lines of the section [Service] */
  boot(settings?: Readonly<Record<string, string>>): Booted
  /** Writes a file of it, readable by root alone unless said otherwise. */
  write(path: string, text: string, mode?: number): void
  /** Has a unit started at boot from now on. */
  enable(unit: string): void
  /** Where its files lie on this machine. */
  path(...parts: string[]): string
  /** What units have said and what systemd says of them, of all boots. */
  journal(): Promise<string>
}

export interface MachineOptions {
  name: string
  /** Files of the units it has, paths in this checkout. */
  units: readonly string[]
  /** Scripts that lie in /usr/local/lib/pillivery, paths in this checkout. */
  scripts?: readonly string[]
  /** Files below /etc/pillivery that are no secrets. */
  files: Readonly<Record<string, string>>
  /** Files in /etc/pillivery/secrets. */
  secrets: Readonly<Record<string, string>>
  /** Further accounts, as lines of /etc/passwd. */
  accounts?: readonly string[]
  /** Name of its network; default: this machine's. */
  network?: string
  /** Whether this checkout lies in it where a release would. */
  checkout?: boolean
}

/** Why no machine can be booted here; undefined when one can. */
export async function noMachine(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root may make namespaces'
  if (!existsSync('/lib/systemd/systemd')) return 'there is no systemd'
  if (cgroups() === undefined) return 'there are no cgroups of version 2'
  const { code, all } = await attempt('unshare', ['--mount', '--pid', '--fork', '--cgroup', 'true'])
  return code === 0 ? undefined : all.trim()
}

/** A machine whose systemd and programs are this machine's, with an account `pillivery`, and units of this checkout. */
export function makeMachine(proof: Proof, options: MachineOptions): Machine {
  const { name, units, scripts = [], files, secrets, accounts = [], network, checkout = false } = options
  const root = join(proof.folder, `machine-${name}`)
  const write = (path: string, text: string, mode = 0o644) => {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { mode })
  }
  for (const path of MOUNT_POINTS.split(' ')) mkdirSync(join(root, path), { recursive: true })
  for (const path of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${path}`, join(root, path))
  const own = [`pillivery:x:${SERVICE_ID}:${SERVICE_ID}::/nonexistent:/usr/sbin/nologin`, ...accounts]
  const lineOf = (id: (fields: readonly string[]) => string) => own.map((line) => `${id(line.split(':'))}\n`)
  write('etc/passwd', readFileSync('/etc/passwd', 'utf8') + lineOf((fields) => fields.join(':')).join(''))
  write(
    'etc/group',
    readFileSync('/etc/group', 'utf8') + lineOf(([account, , , group]) => `${account}:x:${group}:`).join(''),
  )
  // Nobody logs in by a password.
  write(
    'etc/shadow',
    ['root:*:19000::::::\n', ...lineOf(([account]) => `${account}:*:19000::::::`)].join(''),
    0o640,
  )
  // Some programs, awk for one, are links into there.
  cpSync('/etc/alternatives', join(root, 'etc/alternatives'), { recursive: true, verbatimSymlinks: true })
  write('etc/nsswitch.conf', 'passwd: files systemd\ngroup: files systemd\nhosts: files\n')
  write('etc/hosts', `127.0.0.1 localhost ${name}\n`)
  write('etc/hostname', `${name}\n`)
  write('etc/machine-id', `${randomBytes(16).toString('hex')}\n`)
  for (const [path, text] of Object.entries(files)) write(`etc/pillivery/${path}`, text)
  for (const [secret, text] of Object.entries(secrets)) write(`etc/pillivery/secrets/${secret}`, text, 0o600)
  const folder = 'etc/systemd/system'
  mkdirSync(join(root, folder, 'multi-user.target.wants'), { recursive: true })
  for (const path of units) cpSync(join(ROOT, path), join(root, folder, basename(path)))
  for (const masked of NOT_STARTED.split(' ')) symlinkSync('/dev/null', join(root, folder, masked))
  symlinkSync('/lib/systemd/system/multi-user.target', join(root, folder, 'default.target'))
  mkdirSync(join(root, 'usr-local-lib/pillivery'))
  for (const path of scripts) cpSync(join(ROOT, path), join(root, 'usr-local-lib/pillivery', basename(path)))
  if (checkout) write('srv/pillivery/current/release.env', envFile({ RELEASE: 'proof' }))
  // Accounts of it go through its folders, whatever the umask of whoever proves.
  for (const path of ['', 'etc', 'srv', 'srv/pillivery', 'var', 'var/lib']) chmodSync(join(root, path), 0o755)

  let boots = 0
  return {
    write: (path, text, mode = 0o600) => write(path, text, mode),
    enable: (unit) => symlinkSync(`../${unit}`, join(root, folder, 'multi-user.target.wants', unit)),
    path: (...parts) => join(root, ...parts),
    boot: (settings = {}) => {
      boots += 1
      for (const [unit, lines] of Object.entries(settings))
        write(`${folder}/${unit}.d/proof.conf`, `[Service]\n${lines}\n`)
      return boot(proof, { root, name: `${name}-${boots}`, network, checkout })
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

function boot(
  proof: Proof,
  {
    root,
    name,
    network,
    checkout,
  }: { root: string; name: string; network: string | undefined; checkout: boolean },
): Booted {
  const group = join(cgroups() ?? '', `${basename(proof.folder)}-${name}`)
  mkdirSync(group)
  // Kept until it is empty: before that its processes are not gone.
  proof.after(() =>
    until(() => removed(group), { deadlineMs: 10_000, everyMs: 100, what: 'its cgroup to end' }),
  )
  // Not `ip netns exec`, which lays a /sys without cgroups over this machine's.
  const within = network === undefined ? [] : ['nsenter', `--net=/run/netns/${network}`]
  const [command = SETUP, ...args] = [...within, SETUP, root, group, ...(checkout ? [ROOT] : [])]
  const running = keep(proof, name, command, args)
  let isOn = true
  void running.exit.then(() => {
    isOn = false
  })
  const processesOf = (unit: string) =>
    readFileSync(join(group, unit, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(Number)
  const init = () => processesOf('init.scope')[0] ?? 0
  const inside = (...asked: readonly string[]) =>
    attempt('nsenter', [
      `--target=${init()}`,
      '--mount',
      '--pid',
      '--uts',
      '--net',
      '--root',
      '--wd',
      ...asked,
    ])
  const cut = async () => {
    if (isOn) process.kill(init(), 'SIGKILL')
    await running.exit
  }
  proof.after(cut)
  return {
    isOn: () => isOn,
    off: async (withinMs) => {
      await until(() => !isOn, { deadlineMs: withinMs, everyMs: 50, what: `${name} to be off` })
    },
    show: async (unit, property) =>
      (await inside('systemctl', 'show', '--value', `--property=${property}`, unit)).out.trim(),
    attempt: inside,
    processesOf: (unit) => processesOf(`system.slice/${unit}`),
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

/** Settings as systemd reads them from a file: what has spaces or quotes stands in single quotes. */
export function envFile(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${/^[\w.:/@+-]*$/.test(value) ? value : `'${value}'`}\n`)
    .join('')
}
