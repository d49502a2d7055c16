import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parse } from 'yaml'
import { freePort } from '../../../../src/platform/database/embedded.ts'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { startDatabase } from '../../kit/database.ts'
import type { Proof } from '../../kit/proof.ts'
import { install } from '../../kit/tools.ts'
import { MONITORING, startWatch, WATCH_PROGRAMS, type Watch } from '../../kit/watch/start.ts'
import { proveRevoked } from './revoked.ts'

/** Alarms wait 10 s, and are gathered for 5 s; the rest is what a busy machine takes. */
const WITHIN_MS = 90_000
/** Longer than Alertmanager gathers: who is not told by then is not told. */
const SILENT_MS = 12_000

/**
 * Whom Alertmanager tells what, with the files of deploy/monitoring: what an alarm causes is not told beside it and is
 * told when it alone is left; and when Alertmanager's own webhook was revoked, that is told by another way.
 */
export async function proveAlarms(proof: Proof): Promise<void> {
  const missing = await install(...WATCH_PROGRAMS)
  if (missing.length > 0) return proof.skip('alarms', `${missing.join(', ')} cannot be installed`)
  const process = await startProcess(proof)
  const watch = await startWatch(proof, {
    // One that answers when it is let, and one that never does.
    servers: [process.port, await freePort()],
    metricsToken: 'proof-of-alarms',
    databaseUrl: await startDatabase(proof),
    frontUrl: `http://127.0.0.1:${process.port}`,
    hurried: true,
  })
  await proveCause(proof, watch, process)
  await proveEveryRule(proof, watch)
  await proveRevoked(proof, watch, () => process.answer(false))
}

interface Process {
  port: number
  /** Whether it answers. */
  answer(is: boolean): void
}

/** In the place of one of ours: it has figures, and the first page. */
async function startProcess(proof: Proof): Promise<Process> {
  let isUp = false
  const server = createServer((request, response) => {
    if (!isUp) return void response.writeHead(503).end()
    response.end(request.url === '/metrics' ? 'log_lines_total{level="info"} 1\n' : '<main></main>')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  proof.after(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    answer: (is) => {
      isUp = is
    },
  }
}

/** All processes are gone: that is told, and neither each of them nor the page; when one is back, the other one is. */
async function proveCause(proof: Proof, { slack, series }: Watch, process: Process): Promise<void> {
  const cause = await slack.arrives({ title: '[FIRING] NoProcess', since: 0, withinMs: WITHIN_MS })
  const caused = 'alertname=~"ProcessDown|ShopUnreachable",alertstate="firing"'
  const ring = await until(async () => (await series(`ALERTS{${caused}}`)) >= 3, {
    deadlineMs: WITHIN_MS,
    everyMs: 250,
    what: 'both processes and the page to ring',
  }).catch(() => false)
  await pause(SILENT_MS)
  const told = titles(slack, 0)
  proof.claim(
    'no process answers: that alone is told, although each of them and the page ring in Prometheus',
    cause !== undefined && ring && told.every((title) => title === '[FIRING] NoProcess'),
    `told: ${[...new Set(told)].join(', ') || 'nothing'}`,
  )
  const back = performance.now()
  process.answer(true)
  const other = await slack.arrives({ title: '[FIRING] ProcessDown', since: back, withinMs: WITHIN_MS })
  const over = await slack.arrives({ title: '[RESOLVED] NoProcess', since: back, withinMs: WITHIN_MS })
  proof.claim(
    'one of them is back: now it is told that the other one is not',
    other !== undefined && over !== undefined && !isSaidDown(other.text, process.port),
    other?.text.replaceAll('\n', ' ') ?? 'nothing came',
  )
}

/** Whether a text says of a process that it does not answer, other than as over. */
function isSaidDown(text: string, port: number): boolean {
  return text.split('\n').some((line) => line.includes(`:${port}`) && !line.startsWith('✅'))
}

interface Rules {
  inhibit_rules: readonly { source_matchers: string[]; target_matchers: string[] }[]
}

/** Each cause of alertmanager.yml, and everything it silences, handed to Alertmanager as Prometheus would. */
async function proveEveryRule(proof: Proof, { slack, alertmanager }: Watch): Promise<void> {
  const { inhibit_rules: rules } = parse(readFileSync(join(MONITORING, 'alertmanager.yml'), 'utf8')) as Rules
  const known = new Set(
    [...readFileSync(join(MONITORING, 'rules.yml'), 'utf8').matchAll(/alert: (\w+)/g)].map(
      ([, name]) => name,
    ),
  )
  const named = (matchers: readonly string[]) =>
    matchers.flatMap((matcher) => matcher.match(/"(.*)"/)?.[1]?.split('|') ?? [])
  const problems: string[] = []
  for (const { source_matchers, target_matchers } of rules) {
    const [cause = ''] = named(source_matchers)
    const caused = named(target_matchers)
    problems.push(
      ...[cause, ...caused].filter((name) => !known.has(name)).map((name) => `${name} is no alarm`),
    )
    const since = performance.now()
    const control = 'RequestsSlow'
    // Of each cause its own: one that was told before would not be told again.
    const handOn = (names: readonly string[], state: 'firing' | 'resolved') =>
      hand(alertmanager.url, names, `handed-${cause}`, state)
    await handOn([cause, ...caused, control], 'firing')
    const heard = await slack.arrives({
      title: `[FIRING] ${control}`,
      says: `handed-${cause}`,
      since,
      withinMs: WITHIN_MS,
    })
    await pause(SILENT_MS)
    const told = new Set(titles(slack, since))
    if (heard === undefined || !told.has(`[FIRING] ${cause}`)) problems.push(`${cause} was not told`)
    problems.push(
      ...caused.filter((name) => told.has(`[FIRING] ${name}`)).map((name) => `${name} beside ${cause}`),
    )
    const freed = performance.now()
    await handOn([cause, control], 'resolved')
    for (const name of caused)
      if (
        !(await slack.arrives({
          title: `[FIRING] ${name}`,
          says: `handed-${cause}`,
          since: freed,
          withinMs: WITHIN_MS,
        }))
      )
        problems.push(`${name} was not told after ${cause}`)
    await handOn(caused, 'resolved')
  }
  const pairs = rules.map(
    ({ source_matchers, target_matchers }) =>
      `${named(source_matchers).join()} before ${named(target_matchers).length}`,
  )
  proof.claim(
    'whatever silences: its effects are not told beside it, and are told when they alone are left',
    problems.length === 0 && rules.length > 0,
    problems.join('; ') || pairs.join(', '),
  )
}

/** Alarms as Prometheus hands them on, about a machine of the proof's own. */
async function hand(
  url: string,
  names: readonly string[],
  instance: string,
  state: 'firing' | 'resolved',
): Promise<void> {
  const now = Date.now()
  const body = names.map((alertname) => ({
    labels: { alertname, instance, severity: 'warning', runbook: 'process-down' },
    annotations: { summary: `${alertname} ${instance}` },
    // As they begin: those that began long ago Alertmanager tells at once, and does not gather what silences them.
    startsAt: new Date(now - (state === 'firing' ? 0 : 2_000)).toISOString(),
    endsAt: new Date(now + (state === 'firing' ? 600_000 : -1_000)).toISOString(),
  }))
  const answer = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`Alertmanager: ${answer.status} ${await answer.text()}`)
}

function titles({ messages }: Watch['slack'], since: number): string[] {
  return messages.filter(({ at }) => at >= since).map(({ title }) => title)
}

function pause(ms: number): Promise<void> {
  return new Promise((over) => setTimeout(over, ms))
}
