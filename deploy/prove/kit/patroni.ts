import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import type { Proof } from './proof.ts'
import { attempt, keep, ROOT, type Running, run, words } from './shell.ts'

const BINARIES = '/usr/lib/postgresql/15/bin'
/** PostgreSQL does not run as root. */
const OWNER = 'postgres'
const NAMES = ['one', 'two', 'three'] as const
type Name = (typeof NAMES)[number]
const SECRET = 'proof-of-fail-over'
const READY_WITHIN_MS = 120_000

interface Machine {
  name: Name
  port: number
  rest: number
  running: Running
}

/** Three databases under Patroni, one of them leader, and haproxy before them. */
export interface Cluster {
  /** Leads to whoever is leader, as the application's role. */
  url: string
  /** The same, as the owner of the server. */
  ownerUrl: string
  /** The leader as Patroni says it, undefined while there is none. */
  leader(): Promise<Name | undefined>
  /** How many standbys stream from the leader. */
  standbys(): Promise<number>
  /** Ends the leader's PostgreSQL and its Patroni at once, as a machine that loses its power. @returns its name */
  killLeader(): Promise<Name>
  /** Starts a machine again that was killed. */
  start(name: Name): Promise<void>
  /** Hands the office to another one, as before an upgrade. */
  switchOver(): Promise<void>
}

/** Starts etcd, three Patronis with the configuration of deploy/failover, and haproxy with its own. */
export async function startCluster(proof: Proof): Promise<Cluster> {
  chmodSync(proof.folder, 0o755)
  const [client, peer, front, ...rest] = await freePorts(3 + 2 * NAMES.length)
  if (client === undefined || peer === undefined || front === undefined) throw new Error('no ports')
  const etcd = `http://127.0.0.1:${client}`
  const peers = `http://127.0.0.1:${peer}`
  // One member stands for the three a real installation has: here it is databases that die.
  keep(proof, 'etcd', 'etcd', [
    ...words(`--name only --data-dir ${proof.folder}/etcd --log-level warn`),
    ...words(`--listen-client-urls ${etcd} --advertise-client-urls ${etcd}`),
    ...words(
      `--listen-peer-urls ${peers} --initial-advertise-peer-urls ${peers} --initial-cluster only=${peers}`,
    ),
  ])
  await until(async () => (await fetch(`${etcd}/health`)).ok, {
    deadlineMs: 30_000,
    everyMs: 100,
    what: 'etcd',
  })

  const shared = { PATRONI_ETCD3_HOSTS: `127.0.0.1:${client}` }
  const machines = new Map<Name, Machine>()
  const launch = (name: Name, port: number, restPort: number) => {
    const folder = join(proof.folder, `machine-${name}`)
    const config = join(folder, 'patroni.yml')
    // Each of these programs becomes the next, so the process that is kept is Patroni itself.
    const as = ['--reuid', OWNER, '--regid', OWNER, '--clear-groups', '/usr/bin/patroni', config]
    const settings = settingsOf(name, port, restPort, folder)
    const running = keep(proof, `patroni-${name}`, 'setpriv', as, { ...shared, ...settings })
    machines.set(name, { name, port, rest: restPort, running })
  }
  for (const [n, name] of NAMES.entries()) {
    const folder = join(proof.folder, `machine-${name}`)
    mkdirSync(folder)
    copyFileSync(join(ROOT, 'deploy/failover/patroni.yml'), join(folder, 'patroni.yml'))
    await run('chown', ['-R', OWNER, folder])
    launch(name, rest[2 * n] ?? 0, rest[2 * n + 1] ?? 0)
  }
  const leader = async () => {
    for (const { name, rest: port } of machines.values()) {
      const answer = await fetch(`http://127.0.0.1:${port}/leader`).catch(() => undefined)
      if (answer?.ok) return name
    }
    return undefined
  }
  keep(proof, 'haproxy', 'haproxy', ['-db', '-f', join(ROOT, 'deploy/failover/haproxy.cfg')], {
    LISTEN: `127.0.0.1:${front}`,
    ...Object.fromEntries(
      [...machines.values()].flatMap(({ name, port, rest: check }) => [
        [`DATABASE_${name.toUpperCase()}`, `127.0.0.1:${port}`],
        [`PATRONI_${name.toUpperCase()}`, String(check)],
      ]),
    ),
  })
  const ownerUrl = `postgres://postgres:${SECRET}@127.0.0.1:${front}/postgres`
  const standbys = async () =>
    Number(
      (
        await ask(ownerUrl, "select count(*)::text as n from pg_stat_replication where state = 'streaming'")
      )[0]?.n,
    )
  await until(async () => (await standbys()) === NAMES.length - 1, {
    deadlineMs: READY_WITHIN_MS,
    everyMs: 300,
    what: 'a leader with two standbys',
  })
  await ask(ownerUrl, `create role shop login superuser password '${SECRET}'`)
  await ask(ownerUrl, 'create database shop owner shop')

  return {
    url: `postgres://shop:${SECRET}@127.0.0.1:${front}/shop`,
    ownerUrl,
    leader,
    standbys,
    killLeader: async () => {
      const name = await leader()
      const machine = name === undefined ? undefined : machines.get(name)
      if (!machine) throw new Error('nobody is leader')
      // Patroni first, or it would start its PostgreSQL again.
      machine.running.child.kill('SIGKILL')
      await killServer(join(proof.folder, `machine-${machine.name}`, 'data'))
      return machine.name
    },
    start: async (name) => {
      const machine = machines.get(name)
      if (machine) launch(name, machine.port, machine.rest)
    },
    switchOver: async () => {
      const file = join(proof.folder, 'patronictl.yml')
      writeFileSync(file, `scope: pillivery\netcd3:\n  hosts: 127.0.0.1:${client}\n`)
      await run('/usr/bin/patronictl', ['-c', file, 'switchover', 'pillivery', '--force'])
    },
  }
}

function settingsOf(name: Name, port: number, rest: number, folder: string): Record<string, string> {
  return {
    PATRONI_NAME: name,
    PATRONI_RESTAPI_LISTEN: `127.0.0.1:${rest}`,
    PATRONI_RESTAPI_CONNECT_ADDRESS: `127.0.0.1:${rest}`,
    PATRONI_POSTGRESQL_LISTEN: `127.0.0.1:${port}`,
    PATRONI_POSTGRESQL_CONNECT_ADDRESS: `127.0.0.1:${port}`,
    PATRONI_POSTGRESQL_DATA_DIR: join(folder, 'data'),
    PATRONI_POSTGRESQL_PGPASS: join(folder, 'pgpass'),
    PATRONI_POSTGRESQL_BIN_DIR: BINARIES,
    PATRONI_SUPERUSER_USERNAME: 'postgres',
    PATRONI_SUPERUSER_PASSWORD: SECRET,
    PATRONI_REPLICATION_USERNAME: 'replicator',
    PATRONI_REPLICATION_PASSWORD: SECRET,
  }
}

/** Ends PostgreSQL with all its processes, so that none tells the others of it. */
async function killServer(data: string): Promise<void> {
  const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  if (!pid) throw new Error(`${data} has no server`)
  await attempt('sh', ['-c', `kill -STOP ${pid}; pkill -KILL -P ${pid}; kill -KILL ${pid}`])
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}

/** Asks on a connection of its own. */
export async function ask(url: string, statement: string): Promise<Record<string, string>[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2_000,
    query_timeout: 5_000,
  })
  // A leader that dies ends its connections; whoever asked is told by the query.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, string>>(statement)).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}
