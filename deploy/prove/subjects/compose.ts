import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { type Docker, startDocker } from '../kit/docker.ts'
import { inWords } from '../kit/load.ts'
import { type Visited, whileVisited } from '../kit/people/visitors.ts'
import { newSecrets, PRODUCTION } from '../kit/production.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt, ROOT, run } from '../kit/shell.ts'
import { makeStandIns } from '../kit/stand-ins.ts'
import { goProgram } from '../kit/tools.ts'

const FILE = join(ROOT, 'deploy/compose/compose.yaml')
const IMAGE = 'pillivery:proof'

interface Host {
  compose(...args: string[]): Promise<string>
  env: Record<string, string>
  url: string
  prometheus: string
  engine: Docker
}

/** Everything on one host, under load: up, rolled, broken, down. */
export async function proveCompose(proof: Proof): Promise<void> {
  const program = await goProgram('docker-compose')
  if (program.kind === 'missing') return proof.skip('compose', program.because)
  await checkCompose(proof)
  const engine = await startDocker(proof)
  if (!engine) return
  for (const release of ['proof-1', 'proof-2']) await engine.build('app', `pillivery:${release}`, release)
  await engine.docker(['tag', 'pillivery:proof-1', IMAGE])
  const host = await prepare(proof, engine, program.path)
  proof.after(() => host.compose('--profile', '*', 'down', '-v', '-t', '5'))
  const began = performance.now()
  await host.compose('up', '-d', '--wait')
  proof.claim('comes up healthy by one command', true, `${((performance.now() - began) / 1000).toFixed(0)} s`)
  await proveOutside(proof, host)
  await proveRolling(proof, host)
  const batch = await attempt(program.path, ['-f', FILE, 'run', '--rm', 'batch'], { env: host.env })
  proof.claim('the billing run is one command', batch.code === 0, batch.all.trim().split('\n').at(-1) ?? '')
  await proveRedisGone(proof, host)
  await proveDatabaseGone(proof, host)
}

/** What the file says, as Compose itself reads it. */
export async function checkCompose(proof: Proof): Promise<void> {
  const program = await goProgram('docker-compose', 0)
  if (program.kind === 'missing') return proof.skip('Compose reads its file', program.because)
  const { code, all } = await attempt(program.path, ['-f', FILE, '--profile', '*', 'config', '-q'], {
    env: { PUBLIC_URL: 'https://shop.example' },
  })
  proof.claim('Compose reads its file', code === 0, all.trim() || 'config -q: nothing to say')
}

async function prepare(proof: Proof, engine: Docker, program: string): Promise<Host> {
  const secretsFolder = join(proof.folder, 'secrets')
  mkdirSync(secretsFolder)
  const password = randomBytes(16).toString('hex')
  const { JWT_PRIVATE_KEY, PAYMENT_TOKEN_KEY, KAKAOPAY_SECRET_KEY, METRICS_TOKEN, AUDIT_KEY } = newSecrets()
  const secrets = {
    database_password: password,
    database_url: `postgres://pillivery:${password}@postgres:5432/pillivery`,
    jwt_private_key: JWT_PRIVATE_KEY,
    payment_token_key: PAYMENT_TOKEN_KEY,
    kakaopay_secret_key: KAKAOPAY_SECRET_KEY,
    metrics_token: METRICS_TOKEN,
    audit_key: AUDIT_KEY,
    redis_url: `redis://:${password}@redis:6379`,
    redis_conf: `requirepass ${password}`,
    slack_webhook: 'http://127.0.0.1:9/',
    watch_password: randomBytes(16).toString('hex'),
  }
  for (const [name, value] of Object.entries(secrets)) writeFileSync(join(secretsFolder, name), value)
  const settings = join(proof.folder, 'settings.env')
  writeFileSync(
    settings,
    `KAKAOPAY_CID=CA12345678\nKAKAOPAY_SUBSCRIPTION_CID=CA87654321\nREQUESTS_PER_MINUTE=1000000\nSIGN_UP_PER_MINUTE=100000\nMERCHANT=${PRODUCTION.MERCHANT}\n`,
  )
  const upstream = join(proof.folder, 'upstream')
  cpSync(join(ROOT, 'deploy/compose/nginx'), upstream, { recursive: true })
  const [port, internal, prometheus] = [await freePort(), await freePort(), await freePort()]
  const env = {
    ...engine.env,
    ...(await makeStandIns(proof, engine)),
    COMPOSE_PROJECT_NAME: 'proof',
    IMAGE,
    SECRETS: secretsFolder,
    SETTINGS: settings,
    UPSTREAM: upstream,
    ENV_FILE: join(proof.folder, 'env'),
    PUBLIC_URL: 'https://shop.example',
    LISTEN: `127.0.0.1:${port}`,
    LISTEN_INTERNAL: `127.0.0.1:${internal}`,
    LISTEN_PROMETHEUS: `127.0.0.1:${prometheus}`,
    COMPOSE: `${program} -f ${FILE}`,
  }
  return {
    env,
    engine,
    url: `http://127.0.0.1:${port}`,
    prometheus: `http://127.0.0.1:${prometheus}`,
    compose: (...args) => run(program, ['-f', FILE, ...args], { env }),
  }
}

async function proveOutside(proof: Proof, { url, prometheus, compose, engine, env }: Host): Promise<void> {
  const page = await fetch(`${url}/`)
  await page.text()
  const walls = await Promise.all(
    ['/internal/items/1', '/metrics', '/health/ready'].map(async (path) => (await fetch(url + path)).status),
  )
  proof.claim(
    'customers see the shop, and nothing internal',
    page.ok && walls.every((s) => s === 404),
    `${page.status}; ${walls.join(', ')}`,
  )
  const scraped = await until(
    async () => {
      const answer = await fetch(
        `${prometheus}/api/v1/query?query=${encodeURIComponent('sum(up{job="pillivery"})')}`,
      )
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }
      return data.result[0]?.value[1] === '3' ? '3 processes' : undefined
    },
    { deadlineMs: 90_000, everyMs: 1_000, what: 'Prometheus to scrape' },
  ).catch(String)
  proof.claim('Prometheus scrapes both servers and the worker', scraped === '3 processes', scraped)
  const told = await until(() => tellsAll(prometheus), {
    deadlineMs: 90_000,
    everyMs: 1_000,
    what: 'the database and the first page',
  }).catch(() => false)
  proof.claim(
    'it sees the database by its own role, the first page through nginx, and those who watch',
    told,
    'pg_up, probe_success, up{job="watching"}',
  )
  const ids = (await compose('ps', '-q')).trim().split('\n')
  const inspected = await engine.docker(['inspect', ...ids], { env })
  const leaks = inspected.match(/PRD[0-9A-F]{20}|BEGIN PRIVATE KEY|postgres:\/\/pillivery:/g) ?? []
  proof.claim(
    'no secret stands in the settings of a container',
    leaks.length === 0,
    leaks.join(' ') || `${ids.length} containers`,
  )
}

/** Whether the exporters tell what they are there for. */
async function tellsAll(prometheus: string): Promise<boolean> {
  const query = encodeURIComponent(
    'sum(pg_up) == 1 and sum(postgres_connections_used) > 0 and sum(probe_success) == 1 and sum(up{job="watching"}) == 3',
  )
  const answer = await fetch(`${prometheus}/api/v1/query?query=${query}`)
  const { data } = (await answer.json()) as { data: { result: unknown[] } }
  return data.result.length === 1
}

function underLoad(url: string, work: () => Promise<unknown>): Promise<Visited> {
  return whileVisited(url, { clients: 4, pauseMs: 50 }, work)
}

async function proveRolling(proof: Proof, { url, env, compose, engine }: Host): Promise<void> {
  const script = join(ROOT, 'deploy/compose/rolling.sh')
  const rolled = await underLoad(url, () => run(script, ['pillivery:proof-2'], { env }))
  const enough = rolled.sent > 100 && (rolled.answers['201'] ?? 0) > 0
  proof.claim(
    'both servers and the worker replaced under load: no request fails',
    rolled.failed === 0 && enough,
    inWords(rolled),
  )
  const images = await engine.docker(
    [
      'inspect',
      '-f',
      '{{.Name}} {{.Config.Image}}',
      ...(await compose('ps', '-q', 'api1', 'api2', 'worker')).trim().split('\n'),
    ],
    { env },
  )
  proof.claim(
    'they are the new release',
    images
      .trim()
      .split('\n')
      .every((image) => image.endsWith(' pillivery:proof-2')),
    images.trim().replaceAll('\n', ', '),
  )
}

/** Of how many servers Prometheus knows that Redis answers them. */
async function withRedis(prometheus: string): Promise<string | undefined> {
  const query = encodeURIComponent('sum(redis_connected{job="pillivery"})')
  const answer = await fetch(`${prometheus}/api/v1/query?query=${query}`)
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } }
  return data.result[0]?.value[1]
}

async function proveRedisGone(proof: Proof, { url, prometheus, compose }: Host): Promise<void> {
  const seen = (count: string) =>
    until(async () => (await withRedis(prometheus)) === count, {
      deadlineMs: 90_000,
      everyMs: 1_000,
      what: `Redis to be there for ${count} processes`,
    }).catch(() => false)
  proof.claim('both servers and the worker have Redis: redis_connected is 1', await seen('3'), '3 processes')
  let known = false
  const without = await underLoad(url, async () => {
    await compose('kill', 'redis')
    known = await seen('0')
  })
  const isUnharmed = without.failed === 0 && without.sent > 100
  proof.claim('without Redis no request fails, and it is told', isUnharmed && known, inWords(without))
  await compose('up', '-d', '--wait', 'redis')
  proof.claim('Redis is found again by all of them', await seen('3'), '3 processes')
}

async function proveDatabaseGone(proof: Proof, { url, compose }: Host): Promise<void> {
  await compose('kill', 'postgres')
  const during = (await fetch(`${url}/api/items`)).status
  await compose('up', '-d', '--wait', 'postgres')
  const back = await until(async () => (await fetch(`${url}/api/items`)).status === 200, {
    deadlineMs: 60_000,
    everyMs: 200,
    what: 'the shop to be back',
  }).catch(() => false)
  proof.claim(
    'without the database it says 503, and comes back with it by itself',
    during === 503 && back,
    `${during}, then ${back ? 200 : 'nothing'}`,
  )
}
