import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { createLog } from '../../../src/platform/telemetry/log.ts'
import { runInRequest } from '../../../src/platform/telemetry/request-context.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt, ROOT } from '../kit/shell.ts'

const MONITORING = join(ROOT, 'deploy/monitoring')
const COMPOSE = join(ROOT, 'deploy/compose')

interface ComposeFile {
  services: Record<string, { image?: string; volumes?: string[]; healthcheck?: unknown }>
}

/** Grafana, Loki, Alloy and Jaeger cannot run here: their files are at least there, of one mind, and lead to one another. */
export async function checkWatching(proof: Proof): Promise<void> {
  const { services } = parse(readFileSync(join(COMPOSE, 'compose.yaml'), 'utf8'), {
    merge: true,
  }) as ComposeFile
  const mounted = Object.values(services)
    .flatMap(({ volumes = [] }) => volumes)
    .filter((volume) => volume.startsWith('.'))
    .map((volume) => volume.split(':')[0] ?? '')
  const missing = mounted.filter((path) => !existsSync(resolve(COMPOSE, path)))
  proof.claim(
    'every file Compose mounts is there',
    mounted.length > 0 && missing.length === 0,
    missing.join(', ') || `${mounted.length} files and folders`,
  )

  const images = Object.entries(services).flatMap(([name, { image = '' }]) =>
    image ? [{ name, image }] : [],
  )
  const loose = images.filter(({ image }) => !/:-?[^:}]+:(?!latest)[^:}]+\}$|^\$\{IMAGE:-/.test(image))
  proof.claim(
    'images of others are named by their version',
    loose.length === 0,
    loose.map(({ name, image }) => `${name}: ${image}`).join(', ') || `${images.length} images`,
  )
  await checkBoards(proof)
  checkAddresses(proof, services)
  checkLinks(proof)
}

interface DataSource {
  uid: string
  jsonData?: {
    derivedFields?: { matcherRegex: string; datasourceUid: string }[]
    tracesToLogsV2?: { datasourceUid: string; query: string }
  }
}

function dataSources(): readonly DataSource[] {
  const text = readFileSync(join(MONITORING, 'grafana/datasources.yml'), 'utf8')
  return (parse(text) as { datasources: DataSource[] }).datasources
}

/** From a line of the log to its trace and back, tried on a line as our processes write it. */
function checkLinks(proof: Proof): void {
  const known = new Set(dataSources().map(({ uid }) => uid))
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const lines: string[] = []
  const log = createLog('info', { write: (text) => void lines.push(text) })
  const told = '00-11111111111111111111111111111111-00f067aa0ba902b7-01'
  runInRequest({ traceparent: `00-${traceId}-00f067aa0ba902b7-01`, told }, () => log.info('a line'))
  const fields = dataSources().flatMap(({ jsonData }) => jsonData?.derivedFields ?? [])
  const found = fields.map(({ matcherRegex }) => new RegExp(matcherRegex).exec(lines.join(''))?.[1])
  const back = dataSources().flatMap(({ jsonData }) => jsonData?.tracesToLogsV2 ?? [])
  const strange = [...fields, ...back]
    .map(({ datasourceUid }) => datasourceUid)
    .filter((uid) => !known.has(uid))
  proof.claim(
    'a line of the log leads to its trace, and a trace to its lines',
    found.join() === traceId && back.length === 1 && strange.length === 0,
    strange.join(', ') ||
      `the field finds ${found.join(', ') || 'nothing'}; back: ${back[0]?.query ?? 'nothing'}`,
  )
}

/** Dashboards, as the command of the README builds them. */
async function checkBoards(proof: Proof): Promise<void> {
  const folder = join(proof.folder, 'dashboards')
  const { code, all } = await attempt(process.execPath, ['deploy/monitoring/dashboards/build.ts', folder])
  if (code !== 0) return proof.claim('dashboards are built', false, all)
  const known = new Set(dataSources().map(({ uid }) => uid))
  const boards = globSync('*.json', { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'))
  const asked = boards.flatMap((text) =>
    [...text.matchAll(/"datasource":\s*\{[^}]*"uid":\s*"([^"]+)"/g)].map(([, uid = '']) => uid),
  )
  const strange = [...new Set(asked)].filter((uid) => !known.has(uid))
  proof.claim(
    'dashboards are built, and ask data sources that are provisioned',
    asked.length > 0 && strange.length === 0,
    strange.join(', ') || `${boards.length} dashboards, ${asked.length} panels ask one`,
  )
}

/** Who is named in a file of one service is a service, and has the port Loki is told. */
function checkAddresses(proof: Proof, services: ComposeFile['services']): void {
  const files = ['grafana/datasources.yml', 'alloy.river', 'prometheus.yml'].map((file) =>
    join(MONITORING, file),
  )
  const hosts = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:http:\/\/|')([a-z]+):(\d{4,5})/g)].map(
      ([, host = '', port = '']) => ({ host, port }),
    ),
  )
  const loki = parse(readFileSync(join(MONITORING, 'loki.yml'), 'utf8')) as {
    server: { http_listen_port: number }
  }
  const lost = hosts.filter(
    ({ host, port }) =>
      services[host] === undefined || (host === 'loki' && port !== String(loki.server.http_listen_port)),
  )
  proof.claim(
    'addresses in the files of monitoring are services of Compose',
    hosts.length > 2 && lost.length === 0,
    (lost.length > 0 ? lost : hosts).map(({ host, port }) => `${host}:${port}`).join(', '),
  )
  const folders = ['targets', 'databases', 'front', 'watching', 'watching-grafana']
  const scraped = folders.map((folder) => ({
    folder,
    hosts: [
      ...readFileSync(join(COMPOSE, folder, 'compose.yml'), 'utf8').matchAll(/'(?:http:\/\/)?([\w-]+):\d+/g),
    ]
      .map(([, host = '']) => host)
      .filter((host) => host !== 'localhost'),
  }))
  const unknown = scraped.flatMap(({ folder, hosts: named }) =>
    named.filter((host) => services[host] === undefined).map((host) => `${folder}: ${host}`),
  )
  proof.claim(
    'what Prometheus is told to scrape in Compose are services of it',
    unknown.length === 0 && scraped.every(({ hosts: named }) => named.length > 0),
    unknown.join(', ') ||
      scraped.map(({ folder, hosts: named }) => `${folder}: ${named.join(' ')}`).join('; '),
  )
}
