import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Proof } from './proof.ts'
import { attempt, ROOT, run, words } from './shell.ts'
import { TOOLS } from './tools.ts'

const VERSION = '2.47.0'
const HOME = join(TOOLS, `locust-${VERSION}`)

/** What Locust saw of one kind of request, from when everybody had arrived. Times in ms, `perSecond` answers. */
export interface Seen {
  requests: number
  /** Of all kinds together: what fails while somebody prepares is no answer either. */
  failures: number
  /** Requests of all kinds that were told to come again. */
  putOff: number
  perSecond: number
  p50: number
  p95: number
  p99: number
  /** Second by second: answers, and the times of the last ten seconds. */
  course: readonly { perSecond: number; failuresPerSecond: number; p50: number; p95: number }[]
}

/** Installs Locust beside the other tools. @returns whether it is there */
export async function installLocust(): Promise<boolean> {
  if (existsSync(join(HOME, 'bin/locust'))) return true
  const made = await attempt('python3', ['-m', 'venv', HOME])
  if (made.code !== 0) return false
  const pip = join(HOME, 'bin/pip')
  return (await attempt(pip, ['install', '--quiet', `locust==${VERSION}`])).code === 0
}

/** How long people may take to arrive: a password is worked out for each. */
const ARRIVAL_SECONDS = 180

/** Sends people of a class of deploy/load/locustfile.py for so long. @param counted the name of what is counted */
export async function sendPeople(
  proof: Proof,
  people: { of: string; counted: string; users: number; perSecond: number; seconds: number },
  host: string,
): Promise<Seen> {
  const { of, counted, users, perSecond, seconds } = people
  const csv = join(proof.folder, `${of}-${users}`)
  const line = `--headless --only-summary --users ${users} --spawn-rate ${perSecond} --run-time ${seconds + ARRIVAL_SECONDS}s --host ${host} --csv ${csv} --csv-full-history --exit-code-on-error 0 ${of}`
  await run(join(HOME, 'bin/locust'), ['-f', join(ROOT, 'deploy/load/locustfile.py'), ...words(line)], {
    within: (seconds + 2 * ARRIVAL_SECONDS) * 1_000,
    env: { LOAD_SECONDS: String(seconds) },
  })
  const kinds = rowsOf(`${csv}_stats.csv`)
  const total = kinds.find((row) => row.Name === counted)
  const sum = (of: string, rows: readonly Record<string, string>[]) =>
    rows.reduce((all, row) => all + Number(row[of]), 0)
  const course = rowsOf(`${csv}_stats_history.csv`)
    .filter((row) => row.Name === counted)
    .map((row) => ({
      perSecond: Number(row['Requests/s']),
      failuresPerSecond: Number(row['Failures/s']),
      p50: Number(row['50%']) || 0,
      p95: Number(row['95%']) || 0,
    }))
  if (!total) throw new Error(`nobody came to ${counted}`)
  return {
    requests: Number(total['Request Count']),
    failures: sum(
      'Failure Count',
      kinds.filter((row) => row.Name === 'Aggregated'),
    ),
    putOff: sum(
      'Request Count',
      kinds.filter((row) => row.Name === '(put off)'),
    ),
    perSecond: Number(total['Requests/s']),
    p50: Number(total['50%']),
    p95: Number(total['95%']),
    p99: Number(total['99%']),
    course,
  }
}

/** Rows of Locust's own tables by their heads; their names hold no quotes and, where a comma, one pair around them. */
function rowsOf(path: string): Record<string, string>[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n')
  const cells = (line: string) =>
    [...line.matchAll(/"([^"]*)"|([^,]+)|(?<=,|^)(?=,|$)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const names = cells(head.trim())
  return lines.map((line) => {
    const values = cells(line.trim())
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
  })
}
