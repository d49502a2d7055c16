import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../../src/platform/database/embedded.ts'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import type { Proof } from '../proof.ts'
import { keep, ROOT, type Running, run } from '../shell.ts'
import { type Slack, startSlack } from './slack.ts'

export const MONITORING = join(ROOT, 'deploy/monitoring')

/** Debian's packages of everything here. */
export const WATCH_PROGRAMS = [
  'promtool',
  'prometheus-alertmanager',
  'prometheus-node-exporter',
  'prometheus-postgres-exporter',
  'prometheus-blackbox-exporter',
  'psql',
] as const

/** A program that can die and come back where it was. */
export interface Mortal {
  url: string
  /** Dies at once. */
  kill(): Promise<void>
  /** Resolves when it answers. */
  start(): Promise<void>
}

export interface Watch {
  slack: Slack
  /** A file with the address of {@link slack}, as secrets are. */
  webhookFile: string
  prometheus: Mortal
  alertmanager: Mortal
  machine: Mortal
  database: Mortal
  front: Mortal
  /** How many series a query gives now; 0 also when Prometheus does not answer. */
  series(expr: string): Promise<number>
}

interface WatchOptions {
  /** Ports of our processes. */
  servers: readonly number[]
  metricsToken: string
  /** Address of its owner. */
  databaseUrl: string
  /** Where customers come in. */
  frontUrl: string
  /** Further programs that tell figures, as `host:port`. */
  others?: readonly string[]
  /** Alarms wait 10 s instead of up to two minutes. How long each waits, the tests of the rules try. */
  hurried?: boolean
}

/**
 * Prometheus, Alertmanager and the exporters with the files of deploy/monitoring on ports of the proof's own; what is
 * asked every 15 s there is asked every 5 s here.
 */
export async function startWatch(proof: Proof, options: WatchOptions): Promise<Watch> {
  const slack = await startSlack(proof)
  const write = (file: string, text: string) => {
    const path = join(proof.folder, file)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const source = (file: string) => readFileSync(join(MONITORING, file), 'utf8')
  const hurry = (text: string) =>
    options.hurried
      ? text
          .replaceAll(/for: (30s|1m|2m)$/gm, 'for: 10s')
          .replaceAll(/group_(wait|interval): \w+/g, 'group_$1: 5s')
      : text
  const webhookFile = write('slack', slack.url)
  const ports = Object.fromEntries(
    await Promise.all(
      (['prometheus', 'alertmanager', 'machine', 'database', 'front'] as const).map(
        async (name) => [name, await freePort()] as const,
      ),
    ),
  ) as Record<'prometheus' | 'alertmanager' | 'machine' | 'database' | 'front', number>
  const at = (name: keyof typeof ports) => `127.0.0.1:${ports[name]}`

  const now = Math.floor(Date.now() / 1000)
  const metrics = join(
    write('textfile/backup.prom', `backup_finished_seconds ${now}\nrestore_drill_finished_seconds ${now}\n`),
    '..',
  )
  const machine = await mortal(proof, 'node-exporter', 'prometheus-node-exporter', {
    args: [`--web.listen-address=${at('machine')}`, `--collector.textfile.directory=${metrics}`],
    url: `http://${at('machine')}`,
  })
  const database = await startDatabaseExporter(proof, options.databaseUrl, at('database'), write)
  const front = await mortal(proof, 'blackbox-exporter', 'prometheus-blackbox-exporter', {
    args: [`--web.listen-address=${at('front')}`, `--config.file=${join(MONITORING, 'blackbox.yml')}`],
    url: `http://${at('front')}`,
  })

  const targets = (folder: string, list: readonly string[]) =>
    write(`${folder}/proof.yml`, JSON.stringify([{ targets: list }]))
  targets(
    'targets',
    options.servers.map((port) => `127.0.0.1:${port}`),
  )
  targets('machines', [at('machine')])
  targets('databases', [at('database')])
  targets('front', [`${options.frontUrl}/`])
  targets('watching', [at('prometheus'), at('alertmanager'), at('front'), ...(options.others ?? [])])
  write('rules.yml', hurry(source('rules.yml')))
  const config = write(
    'prometheus.yml',
    source('prometheus.yml')
      .replaceAll(/_interval: 15s/g, '_interval: 5s')
      .replace('alertmanager:9093', at('alertmanager'))
      .replace('blackbox:9115', at('front'))
      .replace('/run/secrets/metrics_token', write('metrics_token', options.metricsToken)),
  )
  const alertConfig = write(
    'alertmanager.yml',
    hurry(source('alertmanager.yml')).replaceAll('/run/secrets/slack_webhook', webhookFile),
  )
  const alertmanager = await mortal(proof, 'alertmanager', 'prometheus-alertmanager', {
    args: [
      `--config.file=${alertConfig}`,
      `--web.listen-address=${at('alertmanager')}`,
      '--cluster.listen-address=',
      `--storage.path=${proof.folder}/alertmanager`,
    ],
    url: `http://${at('alertmanager')}`,
  })
  const prometheus = await mortal(proof, 'prometheus', 'prometheus', {
    args: [
      `--config.file=${config}`,
      `--web.listen-address=${at('prometheus')}`,
      `--storage.tsdb.path=${proof.folder}/prometheus`,
    ],
    url: `http://${at('prometheus')}`,
  })
  return {
    slack,
    webhookFile,
    prometheus,
    alertmanager,
    machine,
    database,
    front,
    series: async (expr) =>
      ask(prometheus.url, expr).then(
        ({ series }) => series,
        () => 0,
      ),
  }
}

/** postgres_exporter, by a role that may see figures and nothing else. */
async function startDatabaseExporter(
  proof: Proof,
  databaseUrl: string,
  listen: string,
  write: (file: string, text: string) => string,
): Promise<Mortal> {
  const { hostname, port, username, password, pathname } = new URL(databaseUrl)
  const passwordFile = write('watch_password', 'proof-of-watching')
  const database = pathname.slice(1)
  await run(join(MONITORING, 'postgres/watch-role.sh'), [], {
    env: {
      PASSWORD_FILE: passwordFile,
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: decodeURIComponent(username),
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: database,
    },
  })
  return mortal(proof, 'postgres-exporter', 'prometheus-postgres-exporter', {
    args: [
      `--web.listen-address=${listen}`,
      '--disable-default-metrics',
      '--disable-settings-metrics',
      // A question of the exporter's own that a PostgreSQL of today refuses.
      '--no-collector.bgwriter',
      `--extend.query-path=${join(MONITORING, 'postgres/queries.yml')}`,
    ],
    env: {
      DATA_SOURCE_URI: `${hostname}:${port}/${database}?sslmode=disable`,
      DATA_SOURCE_USER: 'pillivery_watch',
      DATA_SOURCE_PASS_FILE: passwordFile,
    },
    url: `http://${listen}`,
  })
}

/** Starts a program that answers HTTP. */
export async function mortal(
  proof: Proof,
  name: string,
  command: string,
  { args, url, env = {} }: { args: readonly string[]; url: string; env?: Readonly<Record<string, string>> },
): Promise<Mortal> {
  let running: Running | undefined
  const start = async () => {
    const started = keep(proof, name, command, args, env)
    running = started
    await until(
      async () => {
        if (started.child.exitCode !== null) throw new Error(`${name} ended`)
        // Any answer: it is there.
        return (await fetch(url)).status > 0
      },
      { deadlineMs: 60_000, everyMs: 100, what: `${name} to answer (see ${proof.folder}/${name}.log)` },
    )
  }
  await start()
  return {
    url,
    start,
    kill: async () => {
      running?.child.kill('SIGKILL')
      await running?.exit
    },
  }
}

interface Answer {
  status: string
  error?: string
  series: number
}

/** What Prometheus says to a query. @throws when it does not answer */
export async function ask(prometheus: string, expr: string): Promise<Answer> {
  const query = expr.replaceAll('$__rate_interval', '30s')
  const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { status, error, data } = (await answer.json()) as {
    status: string
    error?: string
    data?: { result: unknown[] }
  }
  return { status, series: data?.result.length ?? 0, ...(error === undefined ? {} : { error }) }
}
