import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import type { Proof } from '../kit/proof.ts'
import { attempt, ROOT } from '../kit/shell.ts'

const MONITORING = join(ROOT, 'deploy/monitoring')
const COMPOSE = join(ROOT, 'deploy/compose')

interface ComposeFile {
  services: Record<string, { image?: string; volumes?: string[]; healthcheck?: unknown }>
}

/** Grafana, Loki and Alloy cannot run here: their files are at least there, of one mind, and lead to one another. */
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
}

/** Dashboards, as the command of the README builds them. */
async function checkBoards(proof: Proof): Promise<void> {
  const folder = join(proof.folder, 'dashboards')
  const { code, all } = await attempt(process.execPath, ['deploy/monitoring/dashboards/build.ts', folder])
  if (code !== 0) return proof.claim('dashboards are built', false, all)
  const provisioned = parse(readFileSync(join(MONITORING, 'grafana/datasources.yml'), 'utf8')) as {
    datasources: { uid: string }[]
  }
  const known = new Set(provisioned.datasources.map(({ uid }) => uid))
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
}
