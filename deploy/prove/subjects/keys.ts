import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { createCipher } from '../../../src/platform/cipher.ts'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { startDatabase } from '../kit/database.ts'
import { type DueNight, startDueNight } from '../kit/due-night.ts'
import { type Front, startFront } from '../kit/front.ts'
import { inWords, type LoadReport, startLoad } from '../kit/load.ts'
import { newPerson, signUp } from '../kit/people/customers.ts'
import { newSecrets, type Secrets } from '../kit/production.ts'
import type { Proof } from '../kit/proof.ts'
import { type AppServer, startServer } from '../kit/server.ts'
import { attempt, keep, ROOT, type Running } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'

/** More than the run can charge while keys are changed: what is left is charged without the old one. */
const DUE = 1_500
const SLOW_BANK_MS = 1_000
const CHARGES_AT_ONCE = 6
const CUSTOMERS = 4
const [CLIENTS, PAUSE_MS] = [3, 100]
/** Requests after each login. */
const ASKED_EACH = 4
const NAMES = ['app1', 'app2'] as const

/** What a process is given to sign and to encrypt with. */
interface Keys {
  JWT_PRIVATE_KEY: string
  PAYMENT_TOKEN_KEY: string
}

interface Customer {
  email: string
  password: string
  access: string
  refresh: string
}

/**
 * Keys of access tokens and of stored payment methods are changed as deploy/backup says, on two servers behind nginx,
 * while people log in and ask for what is theirs, and while the billing run charges.
 */
export async function proveKeys(proof: Proof): Promise<void> {
  const missing = await install('nginx')
  if (missing.length > 0) return proof.skip('keys', 'nginx cannot be installed here')
  const databaseUrl = await startDatabase(proof)
  const secrets = newSecrets()
  const [old, next] = [newKeys(), newKeys()]
  const both = (first: Keys, second: Keys): Keys => ({
    JWT_PRIVATE_KEY: `${first.JWT_PRIVATE_KEY}\n${second.JWT_PRIVATE_KEY}`,
    PAYMENT_TOKEN_KEY: `${first.PAYMENT_TOKEN_KEY},${second.PAYMENT_TOKEN_KEY}`,
  })
  const night = await startDueNight(proof, {
    databaseUrl,
    cipher: createCipher(old.PAYMENT_TOKEN_KEY),
    due: DUE,
  })
  const yard = await openYard(proof, { databaseUrl, secrets, night, keys: old })
  const customers = await signedUp(yard.front)
  const first = customers.map(({ access }) => access)
  const load = startLoad((n) => ask(yard.front.url, customers, n), { clients: CLIENTS, pauseMs: PAUSE_MS })
  const visitors = startVisitors(yard.front, customers)

  await yard.restart(both(old, next))
  proof.note('the new keys stand behind the old ones')
  await night.bank.answerAfter(SLOW_BANK_MS)
  const run = yard.bill('run', both(old, next), CHARGES_AT_ONCE)
  await until(async () => ((await night.cycles()).paid ?? 0) > 0, {
    deadlineMs: 60_000,
    everyMs: 200,
    what: `the first charge (see ${proof.folder}/run.log)`,
  })
  await yard.restart(both(next, old))
  proof.note('the new keys stand first')
  const accepted = await Promise.all(first.map((token) => statusOf(yard.front, token)))
  proof.claim(
    'access tokens signed by the old key are good until they end',
    accepted.every((status) => status === 200),
    accepted.join(', '),
  )

  const before = (await night.cycles()).paid ?? 0
  const encrypted = await yard.command(both(next, old), 'tokens', 're-encrypt', '--json')
  const { done = 0, unreadable = [] } = JSON.parse(encrypted.out || '{}') as {
    done?: number
    unreadable?: unknown[]
  }
  await until(async () => ((await night.cycles()).paid ?? 0) > before + CHARGES_AT_ONCE, {
    deadlineMs: 60_000,
    everyMs: 200,
    what: 'charges by methods that were encrypted anew',
  })
  proof.claim(
    'every stored payment method is encrypted by the new key while the billing run charges',
    encrypted.code === 0 && done === DUE && unreadable.length === 0 && run.child.exitCode === null,
    `${done} of ${DUE}, ${unreadable.length} unreadable, the run goes on`,
  )
  run.child.kill('SIGINT')
  const code = await run.exit
  const halfway = await night.cycles()
  proof.claim(
    'the run that began before was disturbed by none of it',
    code === 130 && (halfway.paid ?? 0) > 0 && Object.keys(halfway).every((state) => state === 'paid'),
    `stopped by us (${code}): ${told(halfway)}`,
  )

  // What happens to every client within the half hour that tokens live.
  const renewed = await Promise.all(customers.map((customer) => renew(yard.front, customer)))
  proof.claim(
    'sessions that began under the old key go on: their tokens are renewed, and signed by the new one',
    renewed.every((status) => status === 200) &&
      customers.every(({ access }) => isByAnother(access, first[0])),
    renewed.join(', '),
  )
  await yard.restart(next)
  proof.note('the old keys are gone')
  const report = await load.stop()
  proof.claim(
    'no request of anybody who was signed in failed in the meantime',
    onlyGood(report) && report.sent > 300,
    `${inWords(report)}; the slowest ${report.slowest} ms`,
  )
  const visits = await visitors.stop()
  proof.claim(
    'whoever logged in was known to both servers at once, whichever of them had signed',
    visits.wrong.length === 0 && visits.logins > 20,
    visits.wrong.slice(0, 3).join('; ') || `${visits.logins} logins, ${visits.logins * ASKED_EACH} requests`,
  )
  const refused = await Promise.all(first.map((token) => statusOf(yard.front, token)))
  proof.claim(
    'without the old key its tokens are refused',
    refused.every((status) => status === 401),
    refused.join(', '),
  )
  await proveNothingLeft(proof, yard, night, { old, next })
}

async function proveNothingLeft(
  proof: Proof,
  yard: Yard,
  night: DueNight,
  { old, next }: { old: Keys; next: Keys },
): Promise<void> {
  const counted = await yard.command(next, 'tokens', 're-encrypt', '--dry-run', '--json')
  const left = await countedBy(night, old)
  proof.claim(
    'nothing is left that the old key encrypts',
    counted.out.trim() === '{"old":0}' && left === 0,
    `${counted.out.trim()}; ${left} rows by their text`,
  )
  await night.bank.answerAfter(0)
  const rest = yard.bill('rest', next, 20)
  const code = await rest.exit
  const cycles = await night.cycles()
  const charges = await night.charges()
  proof.claim(
    'with the new key alone the rest of the night is charged, and nobody twice',
    code === 0 && cycles.paid === DUE && charges.all === DUE && charges.twice === 0,
    `exit code ${code}; ${told(cycles)}; ${charges.all} charges of the bank, ${charges.twice} twice`,
  )
}

interface Yard {
  front: Front
  /** Replaces both servers, one after the other. */
  restart(keys: Keys): Promise<void>
  /** A billing run beside them. */
  bill(name: string, keys: Keys, concurrency: number): Running
  command(keys: Keys, ...args: string[]): Promise<{ code: number; out: string }>
}

async function openYard(
  proof: Proof,
  options: { databaseUrl: string; secrets: Secrets; night: DueNight; keys: Keys },
): Promise<Yard> {
  const { databaseUrl, secrets, night, keys } = options
  const ports = { app1: await freePort(), app2: await freePort() }
  const shared = { ...night.settings, PUBLIC_URL: 'http://127.0.0.1', TRUSTED_PROXIES: '1' }
  const start = (name: (typeof NAMES)[number], given: Keys) =>
    startServer(proof, name, {
      port: ports[name],
      databaseUrl,
      secrets: { ...secrets, ...given },
      settings: { ...shared, LOGIN_PER_MINUTE: '100000' },
    })
  const servers: Record<(typeof NAMES)[number], AppServer> = {
    app1: await start('app1', keys),
    app2: await start('app2', keys),
  }
  const front = await startFront(proof, 'front', Object.values(ports))
  const env = (given: Keys) => ({
    ...shared,
    ...secrets,
    ...given,
    KAKAOPAY_SECRET_KEY: night.settings.KAKAOPAY_SECRET_KEY ?? '',
    DATABASE_URL: databaseUrl,
    DATA_DIR: `${proof.folder}/data`,
    LOG_LEVEL: 'warn',
  })
  return {
    front,
    restart: async (given) => {
      for (const name of NAMES) {
        await front.use(Object.values(ports).filter((port) => port !== ports[name]))
        await servers[name].stop()
        servers[name] = await start(name, given)
        await front.use(Object.values(ports))
      }
    },
    bill: (name, given, concurrency) =>
      keep(
        proof,
        name,
        process.execPath,
        [`${ROOT}/src/main.ts`, 'billing', 'run', '--json', '--concurrency', String(concurrency)],
        env(given),
      ),
    command: (given, ...args) => attempt(process.execPath, ['src/main.ts', ...args], { env: env(given) }),
  }
}

function newKeys(): Keys {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
  return { JWT_PRIVATE_KEY: pem.toString(), PAYMENT_TOKEN_KEY: randomBytes(32).toString('base64url') }
}

async function signedUp(front: Front): Promise<Customer[]> {
  const people = Array.from({ length: CUSTOMERS }, newPerson)
  return Promise.all(
    people.map(async ({ email, password, ...person }) => {
      const { url, ...init } = signUp(front.url, { email, password, ...person })
      const made = await fetch(url, init)
      if (made.status !== 201) throw new Error(`sign-up: ${made.status} ${await made.text()}`)
      const customer = { email, password, access: '', refresh: '' }
      await take(customer, await post(front, '/api/auth/login', { email, password }))
      return customer
    }),
  )
}

/** What the load asks: one of five logs in, the others want what is theirs. */
function ask(url: string, customers: readonly Customer[], n: number) {
  const { email, password, access } = customers[n % customers.length] ?? {
    email: '',
    password: '',
    access: '',
  }
  const json = { 'content-type': 'application/json' }
  if (n % 5 === 0)
    return {
      method: 'POST',
      url: `${url}/api/auth/login`,
      headers: json,
      body: JSON.stringify({ email, password }),
    }
  const path = ['/api/orders', '/api/users/me', '/api/subscriptions', '/api/payment-methods'][n % 4]
  return { url: `${url}${path}`, headers: { authorization: `Bearer ${access}` } }
}

/** People who log in, and at once want what is theirs: nginx sends them now to one server, now to the other. */
function startVisitors(front: Front, customers: readonly Customer[]) {
  let open = true
  let logins = 0
  const wrong: string[] = []
  const visit = async ({ email, password }: Customer) => {
    const visitor: Customer = { email, password, access: '', refresh: '' }
    const status = await take(visitor, await post(front, '/api/auth/login', { email, password }))
    const answers = [status]
    for (let n = 0; n < ASKED_EACH; n += 1) answers.push(await statusOf(front, visitor.access))
    logins += 1
    if (answers.some((answer) => answer !== 200))
      wrong.push(`${new Date().toISOString()} ${answers.join(' ')}`)
  }
  const all = customers.map(async (customer) => {
    while (open) {
      await visit(customer).catch((error: unknown) => wrong.push(String(error)))
      await new Promise((over) => setTimeout(over, PAUSE_MS * CLIENTS))
    }
  })
  return {
    stop: async () => {
      open = false
      await Promise.all(all)
      return { logins, wrong }
    },
  }
}

function post(front: Front, path: string, body: unknown): Promise<Response> {
  return fetch(`${front.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(body),
  })
}

async function renew(front: Front, customer: Customer): Promise<number> {
  return take(customer, await post(front, '/api/auth/refresh', { refreshToken: customer.refresh }))
}

async function take(customer: Customer, answer: Response): Promise<number> {
  const body = (await answer.json()) as { accessToken?: string; refreshToken?: string }
  if (body.accessToken !== undefined) customer.access = body.accessToken
  if (body.refreshToken !== undefined) customer.refresh = body.refreshToken
  return answer.status
}

async function statusOf(front: Front, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, connection: 'close' }
  return (await fetch(`${front.url}/api/users/me`, { headers })).status
}

/** Whether two tokens name different keys. */
function isByAnother(token: string, former: string | undefined): boolean {
  const keyOf = (text = '') =>
    (JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString() || '{}') as { kid?: string })
      .kid
  return keyOf(token) !== undefined && keyOf(token) !== keyOf(former)
}

function onlyGood({ answers }: LoadReport): boolean {
  return Object.keys(answers).every((status) => status === '200')
}

async function countedBy({ db }: DueNight, { PAYMENT_TOKEN_KEY }: Keys): Promise<number> {
  const { prefix } = createCipher(PAYMENT_TOKEN_KEY)
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from payments.method where starts_with(token, ${prefix})`.execute(db)
  return rows[0]?.n ?? -1
}

function told(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ')
}
