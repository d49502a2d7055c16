import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { createServer } from 'node:http'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { createBank } from '../support/bank.ts'
import { at, type Json, parseJson } from '../support/json.ts'
import { RECEIVER } from '../support/people.ts'
import { address, processesOf, type Started, start, temporaryFolder } from '../support/server-process.ts'

/** A program that tells people what is wrong does not show them its own lines. */
const STACK_TRACE = /\n\s+at /

let folder: { path: string; remove(): Promise<void> }
let settings: Record<
  'DATA_DIR' | 'PORT' | 'BANK_PORT' | 'SOCIAL_PORT' | 'REGISTER_PORT' | 'LOG_LEVEL',
  string
>
const running: Started[] = []
beforeAll(async () => {
  folder = await temporaryFolder()
  settings = {
    // Nothing in a path has a meaning for any shell.
    DATA_DIR: join(folder.path, "it's $HOME `data`"),
    PORT: String(await freePort()),
    BANK_PORT: String(await freePort()),
    SOCIAL_PORT: String(await freePort()),
    REGISTER_PORT: String(await freePort()),
    LOG_LEVEL: 'warn',
  }
})
afterEach(async () => {
  for (const server of running.splice(0)) {
    server.signal('SIGTERM')
    await server.exit
  }
})
afterAll(async () => {
  await folder?.remove()
})

function serve(more: Record<string, string> = {}): Started {
  const server = start(['serve'], { ...settings, ...more })
  running.push(server)
  return server
}

/** What a server says that ends by itself: for people, without a stack trace, and exit code 1. */
async function complaint(more: Record<string, string>): Promise<string> {
  const server = serve(more)
  expect(await server.exit, server.output()).toBe(1)
  expect(server.output()).not.toMatch(STACK_TRACE)
  return server.output()
}

const nothingLeft = () =>
  until(async () => (await processesOf(folder.path)).length === 0, {
    what: 'everything to have ended',
    deadlineMs: 10_000,
    everyMs: 50,
  })

const bankUrl = () => `http://127.0.0.1:${settings.BANK_PORT}`

/** The demo customer orders something. @returns a function that begins to pay it */
async function orderSomething(url: string): Promise<() => Promise<{ status: number; body: Json }>> {
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }
    const response = await fetch(`${url}${path}`, init)
    return { status: response.status, body: parseJson(await response.text()) }
  }
  const demo = { email: 'customer@demo.pillivery', password: 'Demo-customer1!' }
  const { body: tokens } = await post('/api/auth/login', demo)
  const signed = (key: string) => ({
    authorization: `Bearer ${String(at(tokens, 'accessToken'))}`,
    'idempotency-key': key,
  })
  const home = parseJson(await (await fetch(`${url}/api/items?size=100&sort=newest`)).text())
  const items = at(home, 'data')
  const item = Array.isArray(items) ? items.find((found) => at(found, 'status') === 'on_sale') : undefined
  const lines = [{ itemId: at(item, 'id'), quantity: 1 }]
  const order = await post('/api/orders', { lines, receiver: RECEIVER }, signed('process-order-0001'))
  expect(order.status).toBe(201)
  const json = { orderId: at(order.body, 'id'), provider: 'kakaopay' }
  return () => post('/api/payments', json, signed('process-payment-01'))
}

test('the first start says where it is and who may sign in; SIGTERM lets a request end', async () => {
  const server = serve()
  const url = await address(server)
  expect(url).toBe(`http://127.0.0.1:${settings.PORT}`)
  expect(server.output().match(/http:\S+\/docs/g)).toEqual([`${url}/docs`])
  for (const role of ['customer', 'merchant', 'librarian', 'admin'])
    expect(server.output()).toMatch(new RegExp(`${role}\\s+${role}@demo.pillivery / \\S+`))
  expect((await fetch(`${url}/docs`)).status).toBe(200)
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)

  // A second server on the same folder, and one on the same port, say clearly what is wrong.
  const [sameFolder, samePort] = await Promise.all([
    complaint({ PORT: '0', BANK_PORT: String(await freePort()), SOCIAL_PORT: '0', REGISTER_PORT: '0' }),
    complaint({ DATA_DIR: join(folder.path, 'other') }),
  ])
  expect(sameFolder).toContain(`Another Pillivery server is running on the data folder ${settings.DATA_DIR}`)
  expect(samePort).toContain(`Port ${settings.PORT} is in use`)

  const pay = await orderSomething(url)
  const bank = createBank(bankUrl())
  await bank.faults({
    match: { operation: 'ready' },
    effect: { kind: 'latency', distribution: 'fixed', ms: 1_000 },
  })
  const paying = pay()
  await until(async () => (await bank.strikes()) > 0, { what: 'the call at the bank', deadlineMs: 5_000 })
  server.process.kill('SIGTERM')
  expect((await paying).status).toBe(201)
  expect(await server.exit).toBe(0)
  await nothingLeft()
}, 90_000)

test('after kill -9 it starts again on what is left, and Ctrl-C then stops everything', async () => {
  const killed = serve()
  await address(killed)
  killed.process.kill('SIGKILL')
  await killed.exit
  const server = serve()
  const url = await address(server)
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)
  expect((await fetch(`${url}/api/home`)).status).toBe(200)
  expect((await fetch(`${bankUrl()}/health`)).status).toBe(200)
  // A bank that dies is started again.
  const bank = (await processesOf(folder.path)).find((line) => line.includes('simulators/bank'))
  process.kill(Number(bank?.split(' ')[0]), 'SIGKILL')
  const isBack = async () => (await fetch(`${bankUrl()}/health`).catch(() => undefined))?.ok === true
  await until(async () => !(await isBack()), { what: 'the bank to be gone', deadlineMs: 5_000, everyMs: 5 })
  await until(isBack, { what: 'the bank to be back', deadlineMs: 60_000 })
  // As a terminal does it: the signal goes to everybody in the group at once.
  server.signal('SIGINT')
  expect(await server.exit).toBe(0)
  await nothingLeft()
}, 90_000)

test('a full log disk and a terminal that is gone stop nothing', async () => {
  const server = serve({ LOG_FILE: '/dev/full', LOG_LEVEL: 'debug' })
  const url = await address(server)
  server.process.stderr?.destroy()
  server.process.stdout?.destroy()
  for (let n = 0; n < 200; n++) expect((await fetch(`${url}/api/home`)).status).toBe(200)
  expect(server.process.exitCode).toBeNull()
  server.process.kill('SIGTERM')
  expect(await server.exit).toBe(0)
}, 90_000)

test('settings that are missing or garbage are all named, and secrets are not shown', async () => {
  const garbage = {
    DATABASE_POOL_SIZE: '0',
    LOG_LEVEL: 'loud',
    DEMO: 'maybe',
    KAKAOPAY_BASE_URL: 'ftp://bank',
    PAYMENT_LOOK_SECONDS: '1,soon',
    TRUSTED_PROXIES: '-1',
  }
  const [production, wrong, key] = await Promise.all([
    complaint({ NODE_ENV: 'production' }),
    complaint({ PORT: '80a', ...garbage }),
    complaint({ PORT: '0', DATA_DIR: join(folder.path, 'key'), JWT_PRIVATE_KEY: 'not-a-key-but-a-secret' }),
  ])
  for (const name of ['DATABASE_URL', 'PUBLIC_URL', 'KAKAOPAY_SECRET_KEY', 'JWT_PRIVATE_KEY', 'MERCHANT'])
    expect(production).toContain(`${name} is required`)
  for (const name of ['PORT', ...Object.keys(garbage)]) expect(wrong).toMatch(new RegExp(`\\b${name}=`))
  expect(key).toContain('JWT_PRIVATE_KEY')
  expect(key).not.toContain('not-a-key-but-a-secret')
  await nothingLeft()
}, 60_000)

test('a folder that cannot be made, a database that is not there, a port that is taken', async () => {
  const other = createServer()
  const taken = String(await freePort())
  await new Promise<void>((done) => other.listen(Number(taken), '127.0.0.1', done))
  const databaseUrl = `postgres://nobody:hidden-word@127.0.0.1:${await freePort()}/none`
  const [below, proc, database, foreign, bankPort, socialPort, registerPort] = await Promise.all([
    complaint({ PORT: '0', DATA_DIR: '/dev/null/data' }),
    complaint({ PORT: '0', DATA_DIR: '/proc/x' }),
    complaint({ PORT: '0', DATA_DIR: join(folder.path, 'unused'), DATABASE_URL: databaseUrl }),
    complaint({ HOST: '192.0.2.1', DEMO: 'off' }),
    complaint({ PORT: '0', BANK_PORT: taken, DATA_DIR: join(folder.path, 'nothing') }),
    complaint({ PORT: '0', SOCIAL_PORT: taken, DATA_DIR: join(folder.path, 'nothing') }),
    complaint({ PORT: '0', REGISTER_PORT: taken, DATA_DIR: join(folder.path, 'nothing') }),
  ])
  await new Promise((done) => other.close(done))
  expect(below).toContain('Set DATA_DIR to another place')
  expect(proc).toContain('Set DATA_DIR to another place')
  expect(database).toContain('DATABASE_URL')
  expect(database).not.toContain('hidden-word')
  expect(foreign).toContain('HOST=192.0.2.1: is not an address of this machine')
  // Found before any work begins.
  expect(existsSync(join(folder.path, 'nothing'))).toBe(false)
  expect(bankPort).toContain(`Port ${taken} is in use by another program. Stop it, or set BANK_PORT`)
  expect(socialPort).toContain(`Port ${taken} is in use by another program. Stop it, or set SOCIAL_PORT`)
  expect(registerPort).toContain(`Port ${taken} is in use by another program. Stop it, or set REGISTER_PORT`)
  await nothingLeft()
}, 60_000)

// Root may write everywhere.
test.skipIf(userInfo().uid === 0)('a data folder of somebody else', async () => {
  const locked = await temporaryFolder()
  await chmod(locked.path, 0o500)
  const said = await complaint({ PORT: '0', DATA_DIR: locked.path })
  await chmod(locked.path, 0o700)
  await locked.remove()
  expect(said).toContain('Set DATA_DIR to another place')
})
