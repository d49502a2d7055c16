import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { dashboardOf } from '../../monitoring/dashboards/build.ts'
import { BOARDS } from '../../monitoring/dashboards/panels.ts'
import { startDatabase } from '../kit/database.ts'
import { startLoad } from '../kit/load.ts'
import { browse, signUp } from '../kit/people/customers.ts'
import { newSecrets } from '../kit/production.ts'
import type { Proof } from '../kit/proof.ts'
import { type AppServer, startServer } from '../kit/server.ts'
import { attempt, ROOT, run } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'
import type { Slack } from '../kit/watch/slack.ts'
import { ask, MONITORING, startWatch, WATCH_PROGRAMS } from '../kit/watch/start.ts'

/** A real server is scraped by a real Prometheus; every panel is asked; alarms arrive where Slack would be. */
export async function proveMonitoring(proof: Proof): Promise<void> {
  const missing = await install(...WATCH_PROGRAMS)
  if (missing.length > 0) return proof.skip('monitoring', `${missing.join(', ')} cannot be installed`)
  await checkMonitoring(proof)
  const databaseUrl = await startDatabase(proof)
  const secrets = newSecrets()
  const start = (name: string, role: string, port: number) =>
    startServer(proof, name, { port, databaseUrl, secrets, args: ['--role', role] })
  const api = await start('api', 'api', await freePort())
  const worker = await start('worker', 'worker', await freePort())
  const watch = await startWatch(proof, {
    servers: [api.port, worker.port],
    metricsToken: secrets.METRICS_TOKEN,
    databaseUrl,
    frontUrl: api.url,
  })
  const load = startLoad((n) => (n % 10 === 9 ? signUp(api.url) : browse(api.url, n)), {
    clients: 2,
    pauseMs: 100,
  })
  await until(async () => (await watch.series('up{job="pillivery"} == 1')) === 2, {
    deadlineMs: 60_000,
    everyMs: 500,
    what: 'both processes to be scraped',
  })
  proof.claim('Prometheus scrapes both processes, with the token from a file', true, '2 up')
  await provePanels(proof, watch.prometheus.url)
  await load.stop()
  await proveAlarms(proof, api, watch.slack)
}

/** Rules, their tests, receivers and runbooks, without starting anything. */
export async function checkMonitoring(proof: Proof): Promise<void> {
  const said = (all: string) => all.trim().split('\n').at(-1)?.trim() ?? ''
  const check = async (claim: string, command: string, ...args: string[]) => {
    const { code, all } = await attempt(command, args, { cwd: MONITORING })
    proof.claim(claim, code === 0, code === 0 ? said(all) : all)
  }
  await check('Prometheus reads its file', 'promtool', 'check', 'config', '--syntax-only', 'prometheus.yml')
  await check('the rules are rules', 'promtool', 'check', 'rules', 'rules.yml')
  const tests = globSync('rules*.test.yml', { cwd: MONITORING })
  await check('alarms fire at their limits and not before', 'promtool', 'test', 'rules', ...tests)
  await check('the receivers are complete', 'amtool', 'check-config', 'alertmanager.yml')
  const routed = await run(
    'amtool',
    ['config', 'routes', 'test', '--config.file=alertmanager.yml', 'severity=critical'],
    {
      cwd: MONITORING,
    },
  )
  proof.claim(
    'critical alarms go to their own channel',
    routed.trim() === 'operations-critical',
    routed.trim(),
  )

  const rules = readFileSync(join(MONITORING, 'rules.yml'), 'utf8')
  const untested = alarmsNotTested(
    rules,
    tests.map((file) => readFileSync(join(MONITORING, file), 'utf8')),
  )
  proof.claim(
    'every alarm is tested',
    untested.length === 0,
    untested.join(', ') || 'each fires, each stays silent',
  )
  const named = new Set([...rules.matchAll(/runbook: ([\w-]+)/g)].map(([, name = '']) => name))
  const pages = new Set(
    globSync('*.md', { cwd: join(MONITORING, 'runbooks') }).map((file) => file.replace('.md', '')),
  )
  // How what they ask for is done where one is.
  const odd = [...named.symmetricDifference(pages)].filter((page) => page !== 'README')
  proof.claim(
    'every alarm has its runbook, and no runbook is without alarm',
    odd.length === 0,
    odd.join(', ') || `${pages.size} pages`,
  )
  const dead = [...pages].flatMap((page) => deadLinks(join(MONITORING, 'runbooks', `${page}.md`)))
  proof.claim('runbooks lead to pages that are there', dead.length === 0, dead.join(', ') || 'all')

  const metrics = metricsOfSources()
  const unknown = [...new Set(namesIn(rules))].filter((name) => !metrics.has(name))
  proof.claim(
    'rules ask only for figures somebody tells',
    unknown.length === 0,
    unknown.join(', ') || 'all known',
  )
}

/** Alarms that no test sees fire, or none sees silent. */
function alarmsNotTested(rules: string, tests: readonly string[]): string[] {
  const seen = tests.flatMap((text) => [...text.matchAll(/alertname: (\w+)\n( +exp_alerts:)?/g)])
  const fired = new Set(seen.filter(([, , expected]) => expected !== undefined).map(([, name]) => name))
  const silent = new Set(seen.filter(([, , expected]) => expected === undefined).map(([, name]) => name))
  const alarms = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name)
  return alarms.flatMap((name) => [
    ...(fired.has(name) ? [] : [`${name} never fires`]),
    ...(silent.has(name) ? [] : [`${name} is never silent`]),
  ])
}

function deadLinks(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/\]\(([^)#]+)\)/g)]
    .map(([, to = '']) => join(file, '..', to))
    .filter((to) => globSync(to).length === 0)
}

/** Names of our own figures, as those declare them who tell them; dashboards and proofs only ask. Others come from prom-client, node_exporter and backups. */
function metricsOfSources(): Set<string> {
  const sources = globSync(['src/**/*.ts', 'deploy/**/*.sh'], { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), 'utf8'),
  )
  return new Set([
    ...metricsOfDatabase(),
    ...sources.flatMap((text) =>
      [...text.matchAll(/['"\s]([a-z]+(?:_[a-z0-9]+)+)['"\s{]/g)].map(([, name = '']) => name),
    ),
  ])
}

const FOREIGN = /^(up|pg_up|node_|nodejs_|process_|probe_|alertmanager_)/

/** Names of PostgreSQL's figures, as postgres_exporter makes them of our questions. */
function metricsOfDatabase(): string[] {
  const questions = parse(readFileSync(join(MONITORING, 'postgres/queries.yml'), 'utf8')) as Record<
    string,
    { metrics: Record<string, { usage: string }>[] }
  >
  return Object.entries(questions).flatMap(([name, { metrics }]) =>
    metrics
      .flatMap((one) => Object.entries(one))
      .filter(([, { usage }]) => usage !== 'LABEL')
      .map(([column]) => `${name}_${column}`),
  )
}

function namesIn(rules: string): string[] {
  const expressions = [...rules.matchAll(/expr: (?:\|\n((?: {10}.*\n)+)|(.*)\n)/g)].map(
    ([, many = '', one = '']) => many + one,
  )
  const words = expressions.flatMap((expr) => [
    ...expr.replaceAll(/\{[^}]*\}|"[^"]*"/g, '').matchAll(/[a-z]+(?:_[a-z0-9]+)+/g),
  ])
  return words
    .map(([name]) => name.replace(/_(bucket|count|sum)$/, ''))
    .filter((name) => !FOREIGN.test(name) && !['predict_linear', 'histogram_quantile'].includes(name))
}

/** Every query of every panel, as it stands in the dashboard that is built. */
async function provePanels(proof: Proof, prometheus: string): Promise<void> {
  const panels = BOARDS.flatMap(({ rows }) => rows.flatMap((row) => row.panels))
  const built = BOARDS.flatMap((board) => JSON.stringify(dashboardOf(board)).match(/"expr":/g) ?? []).length
  const silent: string[] = []
  const empty: string[] = []
  for (const { title, lines, mayBeEmpty } of panels) {
    for (const [expr] of lines) {
      const found = await until(
        async () => {
          const answer = await ask(prometheus, expr)
          if (answer.status !== 'success') return `${title}: ${answer.error}`
          return answer.series > 0 ? 'series' : undefined
        },
        { deadlineMs: mayBeEmpty === undefined ? 30_000 : 1_000, everyMs: 500, what: title },
      ).catch(() => 'none')
      if (found === 'none' && mayBeEmpty !== undefined) empty.push(`${title} (${mayBeEmpty})`)
      else if (found !== 'series') silent.push(`${title}: ${found}`)
    }
  }
  const queries = panels.flatMap(({ lines }) => lines).length
  proof.claim(
    'dashboards hold every query of the list',
    built === queries,
    `${built} queries in ${BOARDS.length} dashboards`,
  )
  proof.claim(
    'every panel shows something of a running system',
    silent.length === 0,
    silent.join('; ') ||
      `${queries - empty.length} with lines; empty as they may be: ${empty.join(', ') || 'none'}`,
  )
}

/** Warnings of the real server become a message; a process that is killed becomes another. Alarms wait as long as they do. */
async function proveAlarms(proof: Proof, api: AppServer, slack: Slack): Promise<void> {
  const arrives = async (claim: string, title: string, channel: string, withinMs: number) => {
    const began = performance.now()
    const message = await slack.arrives({ title, since: 0, withinMs })
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    const right = message?.channel === channel && message.text.includes('runbooks/')
    proof.claim(
      claim,
      right,
      message ? `${message.channel} after ${seconds} s: ${message.text.replaceAll('\n', ' ')}` : 'no message',
    )
  }
  // Each is a refusal that is logged as a warning.
  for (let n = 0; n < 30; n += 1) await fetch(`${api.url}/metrics`)
  await arrives('twenty warnings reach Slack', '[FIRING] WarningsLogged', '#ops', 60_000)
  api.child.kill('SIGKILL')
  await arrives('a process that was killed reaches Slack', '[FIRING] ProcessDown', '#ops-critical', 150_000)
}
