import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { dashboardOf } from '../../monitoring/dashboards/build.ts'
import { BOARDS } from '../../monitoring/dashboards/panels.ts'
import { browse, signUp } from '../kit/customers.ts'
import { startDatabase } from '../kit/database.ts'
import { startLoad } from '../kit/load.ts'
import { newSecrets } from '../kit/production.ts'
import type { Proof } from '../kit/proof.ts'
import { type AppServer, startServer } from '../kit/server.ts'
import { attempt, keep, ROOT, run } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'

const SOURCE = join(ROOT, 'deploy/monitoring')

/** A real server is scraped by a real Prometheus; every panel is asked; alarms arrive where Slack would be. */
export async function proveMonitoring(proof: Proof): Promise<void> {
  const missing = await install('promtool', 'prometheus-alertmanager', 'prometheus-node-exporter')
  if (missing.length > 0) return proof.skip('monitoring', `${missing.join(', ')} cannot be installed`)
  await checkMonitoring(proof)
  const databaseUrl = await startDatabase(proof)
  const secrets = newSecrets()
  const start = (name: string, role: string, port: number) =>
    startServer(proof, name, { port, databaseUrl, secrets, args: ['--role', role] })
  const api = await start('api', 'api', await freePort())
  const worker = await start('worker', 'worker', await freePort())
  const slack = await startSlack(proof)
  const prometheus = await startPrometheus(proof, [api, worker], secrets.METRICS_TOKEN, slack.url)
  const load = startLoad((n) => (n % 10 === 9 ? signUp(api.url) : browse(api.url, n)), {
    clients: 2,
    pauseMs: 100,
  })
  await until(async () => (await seriesOf(prometheus, 'up{job="pillivery"} == 1')) === 2, {
    deadlineMs: 60_000,
    everyMs: 500,
    what: 'both processes to be scraped',
  })
  proof.claim('Prometheus scrapes both processes, with the token from a file', true, '2 up')
  await provePanels(proof, prometheus)
  await load.stop()
  await proveAlarms(proof, api, slack)
}

/** Rules, their tests, receivers and runbooks, without starting anything. */
export async function checkMonitoring(proof: Proof): Promise<void> {
  const said = (all: string) => all.trim().split('\n').at(-1)?.trim() ?? ''
  const check = async (claim: string, command: string, ...args: string[]) => {
    const { code, all } = await attempt(command, args, { cwd: SOURCE })
    proof.claim(claim, code === 0, code === 0 ? said(all) : all)
  }
  await check('Prometheus reads its file', 'promtool', 'check', 'config', '--syntax-only', 'prometheus.yml')
  await check('the rules are rules', 'promtool', 'check', 'rules', 'rules.yml')
  const tests = globSync('rules*.test.yml', { cwd: SOURCE })
  await check('alarms fire at their limits and not before', 'promtool', 'test', 'rules', ...tests)
  await check('the receivers are complete', 'amtool', 'check-config', 'alertmanager.yml')
  const routed = await run(
    'amtool',
    ['config', 'routes', 'test', '--config.file=alertmanager.yml', 'severity=critical'],
    {
      cwd: SOURCE,
    },
  )
  proof.claim(
    'critical alarms go to their own channel',
    routed.trim() === 'operations-critical',
    routed.trim(),
  )

  const rules = readFileSync(join(SOURCE, 'rules.yml'), 'utf8')
  const untested = alarmsNotTested(
    rules,
    tests.map((file) => readFileSync(join(SOURCE, file), 'utf8')),
  )
  proof.claim(
    'every alarm is tested',
    untested.length === 0,
    untested.join(', ') || 'each fires, each stays silent',
  )
  const named = new Set([...rules.matchAll(/runbook: ([\w-]+)/g)].map(([, name = '']) => name))
  const pages = new Set(
    globSync('*.md', { cwd: join(SOURCE, 'runbooks') }).map((file) => file.replace('.md', '')),
  )
  const odd = [...named.symmetricDifference(pages)]
  proof.claim(
    'every alarm has its runbook, and no runbook is without alarm',
    odd.length === 0,
    odd.join(', ') || `${pages.size} pages`,
  )
  const dead = [...pages].flatMap((page) => deadLinks(join(SOURCE, 'runbooks', `${page}.md`)))
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
  return new Set(
    sources.flatMap((text) =>
      [...text.matchAll(/['"\s]([a-z]+(?:_[a-z0-9]+)+)['"\s{]/g)].map(([, name = '']) => name),
    ),
  )
}

const FOREIGN = /^(up|node_|nodejs_|process_)/

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

async function startPrometheus(
  proof: Proof,
  servers: readonly AppServer[],
  token: string,
  slackUrl: string,
): Promise<string> {
  const write = (file: string, text: string) => {
    const path = join(proof.folder, file)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const [port, alertPort, machinePort] = [await freePort(), await freePort(), await freePort()]
  const metrics = join(proof.folder, 'textfile')
  const now = Math.floor(Date.now() / 1000)
  write('textfile/backup.prom', `backup_finished_seconds ${now}\nrestore_drill_finished_seconds ${now}\n`)
  keep(proof, 'node-exporter', 'prometheus-node-exporter', [
    `--web.listen-address=127.0.0.1:${machinePort}`,
    `--collector.textfile.directory=${metrics}`,
  ])
  write(
    'targets/proof.yml',
    JSON.stringify([{ targets: servers.map((server) => `127.0.0.1:${server.port}`) }]),
  )
  write('machines/proof.yml', JSON.stringify([{ targets: [`127.0.0.1:${machinePort}`] }]))
  write('rules.yml', readFileSync(join(SOURCE, 'rules.yml'), 'utf8'))
  const config = write(
    'prometheus.yml',
    readFileSync(join(SOURCE, 'prometheus.yml'), 'utf8')
      .replaceAll(/_interval: 15s/g, '_interval: 5s')
      .replace('alertmanager:9093', `127.0.0.1:${alertPort}`)
      .replace('/run/secrets/metrics_token', write('metrics_token', token)),
  )
  const alertConfig = write(
    'alertmanager.yml',
    readFileSync(join(SOURCE, 'alertmanager.yml'), 'utf8').replaceAll(
      '/run/secrets/slack_webhook',
      write('slack', slackUrl),
    ),
  )
  keep(proof, 'alertmanager', 'prometheus-alertmanager', [
    `--config.file=${alertConfig}`,
    `--web.listen-address=127.0.0.1:${alertPort}`,
    '--cluster.listen-address=',
    `--storage.path=${proof.folder}/alertmanager`,
  ])
  keep(proof, 'prometheus', 'prometheus', [
    `--config.file=${config}`,
    `--web.listen-address=127.0.0.1:${port}`,
    `--storage.tsdb.path=${proof.folder}/prometheus`,
  ])
  return `http://127.0.0.1:${port}`
}

async function ask(
  prometheus: string,
  expr: string,
): Promise<{ status: string; error?: string; series: number }> {
  const query = expr.replaceAll('$__rate_interval', '30s')
  const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { status, error, data } = (await answer.json()) as {
    status: string
    error?: string
    data?: { result: unknown[] }
  }
  return { status, series: data?.result.length ?? 0, ...(error === undefined ? {} : { error }) }
}

async function seriesOf(prometheus: string, expr: string): Promise<number> {
  return (await ask(prometheus, expr)).series
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

interface Message {
  channel: string
  title: string
  text: string
}

/** Listens where Slack would. */
async function startSlack(proof: Proof): Promise<{ url: string; messages: Message[] }> {
  const messages: Message[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const { channel, attachments } = JSON.parse(body) as {
        channel: string
        attachments: { title: string; text: string }[]
      }
      for (const { title, text } of attachments) messages.push({ channel, title, text })
      response.end('ok')
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  proof.after(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/`, messages }
}

/** Warnings of the real server become a message; a process that is killed becomes another; its return is told, too. */
async function proveAlarms(proof: Proof, api: AppServer, slack: { messages: Message[] }): Promise<void> {
  const arrives = async (claim: string, title: string, channel: string, withinMs: number) => {
    const began = performance.now()
    const message = await until(() => slack.messages.find((one) => one.title === title), {
      deadlineMs: withinMs,
      everyMs: 250,
      what: title,
    }).catch(() => undefined)
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
