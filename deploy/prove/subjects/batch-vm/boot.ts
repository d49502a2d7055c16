import { createServer } from 'node:http'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { envFile, type Machine, makeMachine, noMachine } from '../../kit/machine.ts'
import type { Proof } from '../../kit/proof.ts'
import { install } from '../../kit/tools.ts'
import { type DueShop, startDueShop } from './due.ts'

const BATCH = 'pillivery-batch.service'
const CLAIM = 'a machine boots, bills, and switches itself off'
/** A start of the command takes some seconds, on a busy machine many. */
const PATIENCE_MS = 240_000
/** After a first try in vain a charge waits for a minute. */
const PAUSE_SECONDS = 70
/** For so long a machine that gave up is looked at: it stays on. */
const LOOKED_AT_MS = 5_000
/** StartLimitBurst of the unit. */
const STARTS = 5

/** The units under a real systemd, from power-on to power-off. */
export async function proveBoot(proof: Proof): Promise<void> {
  const missing = await install('/lib/systemd/systemd', 'curl')
  const because = missing.length > 0 ? `${missing.join(', ')} cannot be installed` : await noMachine()
  if (because !== undefined) return proof.skip(CLAIM, because)
  const slack = await startSlack(proof)
  const shop = await startDueShop(proof)
  const machine = makeMachine(proof, {
    name: 'batch-1',
    units: [`deploy/batch-vm/${BATCH}`, 'deploy/batch-vm/pillivery-batch-failed.service'],
    scripts: ['deploy/batch-vm/tell-slack.sh', 'deploy/batch-vm/power-off.sh'],
    files: {
      'batch.env': envFile({
        NODE_ENV: 'development',
        KAKAOPAY_BASE_URL: shop.bankUrl,
        DATA_DIR: '/tmp/data',
        OFF_AFTER_SECONDS: '1',
      }),
    },
    checkout: true,
    secrets: {
      database_url: shop.databaseUrl,
      payment_token_key: shop.tokenKey,
      kakaopay_secret_key: 'DEV_KAKAOPAY_SECRET',
      slack_webhook: slack.url,
    },
  })
  machine.enable(BATCH)
  await proveComesBack(proof, machine, shop)
  await proveOnceMore(proof, machine, shop)
  proof.claim(
    'Slack is not told of runs that end well',
    slack.told.length === 0,
    `${slack.told.length} messages`,
  )
  await proveGivesUp(proof, machine, slack.told)
}

/** Power-on while the provider is away, which comes back later. */
async function proveComesBack(proof: Proof, machine: Machine, shop: DueShop): Promise<void> {
  const began = performance.now()
  const night = machine.boot(pause(PAUSE_SECONDS))
  await until(async () => (await exitCodes(machine)).length > 0, {
    deadlineMs: PATIENCE_MS,
    everyMs: 200,
    what: 'the run to fail',
  })
  const before = await shop.cycle()
  const codes = await exitCodes(machine)
  proof.claim(
    'the provider is away: the run fails, and the machine stays on',
    night.isOn() && codes.every((code) => code === '3') && !before.includes('paid'),
    `${codes.length} × exit code ${codes.join(', ')}; cycles: ${before}`,
  )
  await shop.startBank()
  const charged = await shop.charges()
  await night.off(PATIENCE_MS)
  proof.claim(
    'it comes back: the same night charges once, and the machine is off',
    (await shop.charges()) === charged + 1 &&
      (await shop.cycle()) === '1 × paid/succeeded' &&
      (await powerOffs(machine)) === 1,
    `off after ${seconds(performance.now() - began)} and ${(await exitCodes(machine)).length} failed starts, ${(await shop.charges()) - charged} charge, cycles: ${await shop.cycle()}`,
  )
}

async function proveOnceMore(proof: Proof, machine: Machine, shop: DueShop): Promise<void> {
  const [charged, failures] = [await shop.charges(), (await exitCodes(machine)).length]
  const began = performance.now()
  await machine.boot(pause(PAUSE_SECONDS)).off(PATIENCE_MS)
  proof.claim(
    'switched on once more it is off again, and charges nobody twice',
    (await shop.charges()) === charged &&
      (await exitCodes(machine)).length === failures &&
      (await powerOffs(machine)) === 2,
    `off after ${seconds(performance.now() - began)}, ${(await shop.charges()) - charged} charges`,
  )
}

/** The database is away, and stays away. */
async function proveGivesUp(proof: Proof, machine: Machine, told: readonly string[]): Promise<void> {
  machine.write('etc/pillivery/secrets/database_url', 'postgres://shop:away@127.0.0.1:1/shop')
  const night = machine.boot(pause(1))
  await until(() => told.length > 0, { deadlineMs: PATIENCE_MS, everyMs: 100, what: 'Slack to be told' })
  await new Promise((over) => setTimeout(over, LOOKED_AT_MS))
  const [restarts, result] = [await night.show(BATCH, 'NRestarts'), await night.show(BATCH, 'Result')]
  proof.claim(
    'a run that fails again and again is given up: Slack is told once, the machine stays on',
    night.isOn() &&
      told.length === 1 &&
      told[0]?.includes('[batch-1]') === true &&
      Number(restarts) === STARTS,
    `on, ${restarts} restarts, result ${result}, ${told.length} messages: ${told[0] ?? 'none'}`,
  )
  await night.cut()
}

/** Between a failure and the next start, in place of the unit's ten minutes. */
function pause(seconds: number): Record<string, string> {
  return { [BATCH]: `RestartSec=${seconds}` }
}

/** How often systemd has switched the machine off, in all boots; whoever pulls the plug is not counted. */
async function powerOffs(machine: Machine): Promise<number> {
  return (await machine.journal()).match(/Reached target poweroff\.target/g)?.length ?? 0
}

/** With which codes the command has failed, in all boots. */
async function exitCodes(machine: Machine): Promise<string[]> {
  const said = await machine.journal()
  return [...said.matchAll(/pillivery-batch\.service: Main process exited, code=exited, status=(\d+)/g)].map(
    ([, code = '']) => code,
  )
}

/** Listens where Slack would. */
async function startSlack(proof: Proof): Promise<{ url: string; told: string[] }> {
  const told: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      told.push((JSON.parse(body) as { text: string }).text)
      response.end('ok')
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  proof.after(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/`, told }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
