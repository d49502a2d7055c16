import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import type { Proof } from './proof.ts'
import { keep, ROOT, type Running, run } from './shell.ts'

export const NGINX_FILES = join(ROOT, 'deploy/nginx')

export interface Front {
  url: string
  internal: string
  /** Lines of the access log. */
  log(): AccessLine[]
  /** Sends requests to these ports from now on. */
  use(ports: readonly number[]): Promise<void>
  /** Dies at once, all of its processes. */
  kill(): Promise<void>
  /** Starts it again where it was. */
  start(): Promise<void>
}

interface AccessLine {
  requestId: string
  client: string
  path: string
  upstream: string
}

/** Starts nginx with the configuration of deploy/nginx, and files of an installation made for the proof. */
export async function startFront(
  proof: Proof,
  name: string,
  ports: readonly number[],
  maxFails = 2,
): Promise<Front> {
  const folder = join(proof.folder, name)
  mkdirSync(join(folder, 'host'), { recursive: true })
  const [port, internalPort] = [await freePort(), await freePort()]
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
  const upstream = (up: readonly number[]) =>
    write(
      'host/upstream.conf',
      up.map((one) => `server 127.0.0.1:${one} max_fails=${maxFails} fail_timeout=5s;`).join('\n'),
    )
  copyFileSync(join(NGINX_FILES, 'application.conf'), join(folder, 'application.conf'))
  // Where a proof must differ from a server of its own: places for files, and its log.
  const access = join(folder, 'access.log')
  write(
    'nginx.conf',
    readFileSync(join(NGINX_FILES, 'nginx.conf'), 'utf8').replaceAll('/tmp/nginx', join(folder, 'nginx')),
  )
  write('host/log.conf', `access_log ${access} json;\nerror_log ${join(folder, 'error.log')} warn;`)
  write('host/listen.conf', `listen 127.0.0.1:${port};`)
  write('host/internal.conf', `listen 127.0.0.1:${internalPort};`)
  write(
    'host/proxies.conf',
    'set_real_ip_from 127.0.0.2;\nreal_ip_header X-Forwarded-For;\nreal_ip_recursive on;',
  )
  upstream(ports)
  const config = ['-c', join(folder, 'nginx.conf'), '-p', `${folder}/`]
  await run('nginx', ['-t', ...config])
  const url = `http://127.0.0.1:${port}`
  let running: Running | undefined
  const start = async () => {
    running = keep(proof, name, 'nginx', [...config, '-g', 'daemon off;'])
    await until(async () => (await fetch(`${url}/metrics`)).status === 404, {
      deadlineMs: 30_000,
      what: 'nginx',
    })
  }
  await start()
  return {
    url,
    start,
    kill: async () => {
      // Its workers go on without it, and keep the address.
      const { pid } = running?.child ?? {}
      const workers = pid === undefined ? [] : childrenOf(pid)
      running?.child.kill('SIGKILL')
      for (const worker of workers) process.kill(worker, 'SIGKILL')
      await running?.exit
    },
    internal: `http://127.0.0.1:${internalPort}`,
    log: () =>
      readFileSync(access, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as AccessLine),
    use: async (up) => {
      upstream(up)
      await run('nginx', [...config, '-s', 'reload'])
      await proveTaken()
    },
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
}

/** The old workers of nginx finish what they have; new ones take what comes. */
async function proveTaken(): Promise<void> {
  await new Promise((done) => setTimeout(done, 1_500))
}
