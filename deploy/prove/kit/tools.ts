import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { attempt, has, type RunOptions, run } from './shell.ts'

/** Tools that take long to build are kept here between proofs. */
export const TOOLS = process.env.PROVE_TOOLS ?? join(homedir(), '.cache/pillivery-tools')

/** Debian packages by the program that shows they are there. */
const PACKAGES: Readonly<Record<string, string>> = {
  '/usr/lib/postgresql/15/bin/pg_basebackup': 'postgresql-15',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/lib/systemd/systemd': 'systemd',
  dockerd: 'docker.io',
  etcd: 'etcd-server',
  mmdebstrap: 'mmdebstrap',
  haproxy: 'haproxy',
  nginx: 'nginx',
  patroni: 'patroni',
  promtool: 'prometheus',
  'prometheus-alertmanager': 'prometheus-alertmanager',
  'prometheus-blackbox-exporter': 'prometheus-blackbox-exporter',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  'prometheus-postgres-exporter': 'prometheus-postgres-exporter',
  psql: 'postgresql-client-15',
  shellcheck: 'shellcheck',
  sshd: 'openssh-server',
  'systemd-analyze': 'systemd',
}

/** Installs Debian packages for programs that are missing. @returns those still missing, where nothing can be installed */
export async function install(...programs: string[]): Promise<string[]> {
  const missing = await missingOf(programs)
  if (missing.length === 0 || !(await has('apt-get'))) return missing
  const packages = missing.map((program) => PACKAGES[program] ?? program)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = () =>
    attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env })
  const allow = forbidStarts()
  try {
    if ((await install()).code !== 0) {
      await attempt('apt-get', ['update', '-qq'])
      await install()
    }
  } finally {
    allow()
  }
  return missingOf(programs)
}

const POLICY = '/usr/sbin/policy-rc.d'

/** Packages of servers start them when they are installed; here nobody asked for that. @returns what allows it again */
function forbidStarts(): () => void {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' })
  } catch {
    // The machine has a policy of its own, or is not ours to install on.
    return () => undefined
  }
  return () => rmSync(POLICY, { force: true })
}

async function missingOf(programs: readonly string[]): Promise<string[]> {
  const found = await Promise.all(programs.map(async (program) => (await has(program)) || program))
  return found.filter((one) => one !== true)
}

/** Programs built from Go modules: package, version, and how long that takes two quiet cores. */
export const GO_PROGRAMS = {
  actionlint: { from: 'github.com/rhysd/actionlint/cmd/actionlint', version: 'v1.7.12', seconds: 45 },
  helm: { from: 'helm.sh/helm/v3/cmd/helm', version: 'v3.22.0', seconds: 110 },
  'victoria-logs': {
    from: 'github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs',
    version: 'v1.52.1',
    seconds: 110,
  },
  'docker-compose': { from: 'github.com/docker/compose/v2/cmd', version: 'v2.39.4', seconds: 400 },
} as const

export type GoProgram = keyof typeof GO_PROGRAMS

export function isGoProgram(name: string): name is GoProgram {
  return Object.hasOwn(GO_PROGRAMS, name)
}

/**
 * A program built from its Go module, kept in {@link TOOLS}.
 * @param most seconds it may take to build; default: as long as it takes
 * @returns its path, or why it is not to be had
 */
export async function goProgram(
  name: GoProgram,
  most = Number.POSITIVE_INFINITY,
): Promise<{ kind: 'there'; path: string } | { kind: 'missing'; because: string }> {
  const { from, version, seconds } = GO_PROGRAMS[name]
  const path = join(TOOLS, 'bin', name)
  // Of this process alone: another proof may be building the same one.
  const made = `${path}.${version}.${process.pid}`
  if (existsSync(path)) return { kind: 'there', path }
  if (!(await has('go'))) return { kind: 'missing', because: 'no Go here to build it with' }
  if (seconds > most)
    return { kind: 'missing', because: `takes ${seconds} s to build: npm run prove -- tools ${name}` }
  // In a module of its own: `go install` refuses modules that replace others.
  const module = join(TOOLS, 'module', `${name}.${process.pid}`)
  rmSync(module, { recursive: true, force: true })
  mkdirSync(module, { recursive: true })
  mkdirSync(join(TOOLS, 'bin'), { recursive: true })
  const options: RunOptions = { cwd: module, env: { CGO_ENABLED: '0' }, within: 40 * 60_000 }
  try {
    await run('go', ['mod', 'init', 'tool'], options)
    await run('go', ['get', '-tool', `${from}@${version}`], options)
    await run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', made, from], options)
  } catch (error) {
    return { kind: 'missing', because: `cannot be built: ${String(error).slice(-300)}` }
  } finally {
    rmSync(module, { recursive: true, force: true })
  }
  renameSync(made, path)
  return { kind: 'there', path }
}

/** The version of a package in the lockfile. */
export function lockedVersion(name: string): string {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string }>
  }
  const version = lock.packages[`node_modules/${name}`]?.version
  if (version === undefined) throw new Error(`${name} is not in package-lock.json`)
  return version
}
