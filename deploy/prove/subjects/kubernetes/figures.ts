import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { freePort } from '../../../../src/platform/database/embedded.ts'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { startDiscovery } from '../../cluster/discovery.ts'
import type { Proof } from '../../kit/proof.ts'
import { ROOT } from '../../kit/shell.ts'
import { mortal } from '../../kit/watch/start.ts'
import { type Installation, METRICS_TOKEN, NAMESPACE } from './installation.ts'

const WITHIN_MS = 90_000

interface Job {
  kubernetes_sd_configs: unknown
  authorization?: unknown
}

/** deploy/kubernetes/prometheus.yml with pods from a file of targets; what is made of them stays as it is. */
function settingsFor(pods: string, token: string) {
  const { scrape_configs } = parse(readFileSync(join(ROOT, 'deploy/kubernetes/prometheus.yml'), 'utf8')) as {
    scrape_configs: Job[]
  }
  return {
    global: { scrape_interval: '5s' },
    scrape_configs: scrape_configs.map(({ kubernetes_sd_configs: _found, ...job }) => ({
      ...job,
      ...(job.authorization === undefined ? {} : { authorization: { credentials_file: token } }),
      file_sd_configs: [{ files: [pods], refresh_interval: '5s' }],
    })),
  }
}

/** A real Prometheus asks what the chart runs, as deploy/kubernetes/prometheus.yml says, and the database by the exporter. */
export async function proveFigures(proof: Proof, installation: Installation): Promise<void> {
  const { kubectl, plane } = installation
  const token = join(proof.folder, 'metrics_token')
  writeFileSync(token, METRICS_TOKEN, { mode: 0o600 })
  const config = join(proof.folder, 'prometheus.yml')
  const pods = await startDiscovery(proof, plane, NAMESPACE)
  writeFileSync(config, stringify(settingsFor(pods, token)))
  const listen = `127.0.0.1:${await freePort()}`
  const { url } = await mortal(proof, 'prometheus', 'prometheus', {
    args: [
      `--config.file=${config}`,
      `--web.listen-address=${listen}`,
      `--storage.tsdb.path=${proof.folder}/prometheus`,
    ],
    url: `http://${listen}`,
  })
  const instances = async (query: string) => {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
    const { data } = (await answer.json()) as { data: { result: { metric: { instance?: string } }[] } }
    return data.result.map(({ metric }) => metric.instance ?? '').toSorted()
  }
  const running = async () =>
    (
      await kubectl([
        'get',
        'pods',
        '-l',
        'app.kubernetes.io/component notin (migration,billing,postgres-exporter-primary)',
        '--field-selector',
        'status.phase=Running',
        '-o',
        'jsonpath={.items[*].metadata.name}',
      ])
    )
      .split(' ')
      .toSorted()
  let seen: string[] = []
  const all = await until(
    async () => {
      seen = await instances('up{job="pillivery"} == 1')
      return seen.length > 0 && String(seen) === String(await running())
    },
    { deadlineMs: WITHIN_MS, everyMs: 1_000, what: 'every process to be scraped' },
  ).catch(() => false)
  proof.claim(
    'a Prometheus finds every pod of ours by its annotations, the worker’s too, and is let in by the token',
    all,
    `${seen.length} scraped${all ? '' : `, running: ${(await running()).join(' ')}`}`,
  )
  const told = 'pg_up{job="postgres"} == 1 and on (instance) postgres_connections_used > 0'
  const databases = await until(
    async () => {
      const found = await instances(told)
      return found.length > 0 ? found : undefined
    },
    { deadlineMs: WITHIN_MS, everyMs: 1_000, what: 'figures of the database' },
  ).catch(() => [])
  proof.claim(
    'the exporter tells PostgreSQL’s own figures, under the name the values give the server',
    databases.join() === 'primary',
    databases.join() || 'nothing',
  )
}
