import { mkdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { chartOf } from '../kit/load-chart.ts'
import { installLocust, type Seen, sendPeople } from '../kit/locust.ts'
import type { Proof } from '../kit/proof.ts'
import { keep, ROOT, run } from '../kit/shell.ts'

interface Scenario {
  name: string
  of: 'Category' | 'Uncached' | 'Payer' | 'Borrower'
  counted: string
  users: number
  seconds: number
  /** What the bank does meanwhile. */
  bank?: readonly object[]
  /** Milliseconds. */
  p50?: number
  p95: number
  /** The largest part of all answers that may have been "come again". */
  putOff?: number
  /** What an earlier shop of the same purpose showed under such a load, on servers of its own. */
  earlier?: string
  /** Whether the bank fails so often that it must be left alone for a while. */
  breaks?: boolean
}

/** Provider and operation of the approvals. */
const APPROVALS = 'provider="kakaopay",operation="complete"'

const slowBank = {
  match: { operation: 'approve' },
  effect: { kind: 'latency', distribution: 'fixed', ms: 2_000 },
}
const failing = (probability: number) => ({
  match: { operation: 'approve', probability },
  effect: { kind: 'http_5xx' },
})

/**
 * Kinds of load an earlier shop was measured by. Limits are for two cores with Locust itself on them; nothing may fail.
 */
const SCENARIOS: readonly Scenario[] = [
  {
    name: '30 people look through categories',
    of: 'Category',
    counted: 'category, pages 1-10',
    users: 30,
    seconds: 30,
    p95: 100,
    earlier: '15/s, p50 20 ms, p95 200-800 ms',
  },
  {
    name: '300 people look through categories',
    of: 'Category',
    counted: 'category, pages 1-10',
    users: 300,
    seconds: 30,
    p95: 500,
    earlier: '100 people: 30/s, p95 3,000 ms',
  },
  {
    name: '30 people, nothing kept',
    of: 'Uncached',
    counted: 'category with a price range',
    users: 30,
    seconds: 30,
    p95: 200,
  },
  {
    name: '100 people pay, the bank takes 2 s',
    of: 'Payer',
    counted: 'approve',
    users: 100,
    seconds: 60,
    bank: [slowBank],
    p50: 2_600,
    p95: 5_000,
    earlier: '23/s, p50 2,100 ms',
  },
  {
    name: '30 people pay, a fifth of approvals fails',
    of: 'Payer',
    counted: 'approve',
    users: 30,
    seconds: 30,
    bank: [failing(0.2)],
    p95: 3_000,
  },
  {
    name: '30 people pay, three in four approvals fail',
    of: 'Payer',
    counted: 'approve',
    users: 30,
    seconds: 30,
    bank: [failing(0.75)],
    p95: 3_000,
    breaks: true,
    earlier: 'open and half open in turns',
  },
  {
    name: 'siege: 20 people borrow',
    of: 'Borrower',
    counted: 'borrow',
    users: 20,
    seconds: 40,
    p95: 1_000,
    putOff: 0.01,
  },
]

/** Plays them all against one process of everything; with `--write` the figures and charts go to docs/load. */
export async function proveLoad(proof: Proof, args: readonly string[]): Promise<void> {
  if (!(await installLocust()))
    return proof.skip('load', 'Locust cannot be installed here (python3 with venv and pip)')
  const [port, bankPort] = [await freePort(), await freePort()]
  const settings = {
    NODE_ENV: 'development',
    DATA_DIR: join(proof.folder, 'data'),
    HOST: '127.0.0.1',
    PORT: String(port),
    BANK_PORT: String(bankPort),
    SOCIAL_PORT: '0',
    REGISTER_PORT: '0',
    TRUSTED_PROXIES: '1',
    SIGN_UP_PER_MINUTE: '100000',
    REQUESTS_PER_MINUTE: '1000000',
    CHANGES_PER_MINUTE: '1000000',
    // Three quarters of them may approve: a hundred people who wait 2 s each must not wait for one another.
    PAYMENT_CONNECTIONS: '160',
  }
  proof.note('filling the database: 5,000 items, 2,000 books')
  await run(
    process.execPath,
    ['src/main.ts', 'seed', '--items', '5000', '--orders', '0', '--books', '2000'],
    { env: settings },
  )
  keep(proof, 'server', process.execPath, ['src/main.ts', 'serve'], settings)
  const [url, bank] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${bankPort}`]
  await until(async () => (await fetch(`${url}/health/ready`)).ok, {
    deadlineMs: 180_000,
    everyMs: 200,
    what: 'the server to be ready',
  })

  const rows: Row[] = []
  for (const scenario of SCENARIOS) {
    proof.note(scenario.name)
    await fetch(`${bank}/faults`, { method: 'DELETE' })
    if (scenario.bank) await post(`${bank}/faults`, scenario.bank)
    const breaker = watchBreaker(url)
    const seen = await sendPeople(proof, { ...scenario, perSecond: scenario.users / 2 }, url)
    const states = await breaker.stop()
    rows.push({ scenario, seen, states, load: loadavg()[0] ?? 0 })
    proof.claim(
      scenario.name,
      seen.failures === 0 &&
        seen.requests > 0 &&
        seen.putOff <= (scenario.putOff ?? 1) * (seen.requests + seen.putOff) &&
        seen.p95 <= scenario.p95 &&
        seen.p50 <= (scenario.p50 ?? scenario.p95),
      `${seen.requests} answers, ${seen.perSecond.toFixed(1)}/s, ${seen.failures} failed, ${seen.putOff} put off, half in ${seen.p50} ms, 95 % in ${seen.p95} ms (limit ${scenario.p95})`,
    )
    if (scenario.bank) {
      proof.claim(
        scenario.breaks ? 'the bank is left alone in between' : 'the bank is never left alone',
        scenario.breaks ? states.open > 0 : states.open === 0,
        `breaker of approvals: ${breakerWords(states)}`,
      )
    }
  }
  if (args.includes('--write')) writeDown(rows)
}

/** How often a breaker was seen in each state; half open it is for moments only, and may be missed. */
interface States {
  closed: number
  halfOpen: number
  open: number
}

interface Row {
  scenario: Scenario
  seen: Seen
  states: States
  load: number
}

const LOOK_EVERY_MS = 250

/** Looks at the breaker of approvals in the metrics, until it is told to stop. */
function watchBreaker(url: string): { stop(): Promise<States> } {
  const states: States = { closed: 0, halfOpen: 0, open: 0 }
  const end = new AbortController()
  const watched = (async () => {
    while (!end.signal.aborted) {
      const text = await (await fetch(`${url}/metrics`)).text()
      const value = text.split(`payment_breaker_state{${APPROVALS}} `)[1]?.split('\n')[0]
      if (value === undefined) throw new Error('no breaker of approvals in the metrics')
      states[(['closed', 'halfOpen', 'open'] as const)[Number(value)] ?? 'open'] += 1
      await pause(LOOK_EVERY_MS)
    }
  })()
  // What went wrong is told when it is stopped.
  watched.catch(() => undefined)
  return {
    stop: async () => {
      end.abort()
      await watched
      return states
    },
  }
}

function breakerWords({ closed, halfOpen, open }: States): string {
  const part = (count: number) => `${Math.round((100 * count) / (closed + halfOpen + open))} %`
  return `closed ${part(closed)}, half open ${part(halfOpen)}, open ${part(open)}`
}

function writeDown(rows: readonly Row[]): void {
  const folder = join(ROOT, 'docs/load')
  mkdirSync(folder, { recursive: true })
  const lines = rows.map(({ scenario: { name, bank, earlier }, seen, states, load }, index) => {
    const file = `${index + 1}.svg`
    writeFileSync(join(folder, file), chartOf(name, seen))
    return `| [${name}](${file}) | ${seen.perSecond.toFixed(1)} | ${seen.failures} | ${seen.putOff} | ${seen.p50} | ${seen.p95} | ${seen.p99} | ${bank ? breakerWords(states) : '–'} | ${earlier ?? '–'} | ${load.toFixed(1)} |`
  })
  writeFileSync(
    join(folder, 'figures.md'),
    `# Figures under load

Written by \`npm run prove -- load --write\` on ${new Date().toISOString().slice(0, 10)}, one process of everything and Locust on the same two cores.

"Failed" counts whatever was asked, preparations and signing up too; "put off" were told to come again, and did. "Earlier" is what a shop of the same purpose, in Java with several servers, showed in its own tests; its people and machines are not the same.

| load | answers/s | failed | put off | p50 ms | p95 ms | p99 ms | breaker | earlier | load average after |
|---|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`,
  )
}

async function post(url: string, json: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
}
