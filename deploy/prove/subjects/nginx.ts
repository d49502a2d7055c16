import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request as send } from 'node:http'
import { join } from 'node:path'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { startDatabase } from '../kit/database.ts'
import { type Front, NGINX_FILES, startFront } from '../kit/front.ts'
import { claimKept, claimUnharmed, startVisitors } from '../kit/people/visitors.ts'
import { newSecrets } from '../kit/production.ts'
import type { Proof } from '../kit/proof.ts'
import { type AppServer, startServer } from '../kit/server.ts'
import { attempt, run } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'

export async function proveNginx(proof: Proof): Promise<void> {
  const missing = await install('nginx')
  if (missing.length > 0) return proof.skip('nginx', 'cannot be installed here')
  await checkVmFiles(proof)
  await proveOnce(proof)
  const databaseUrl = await startDatabase(proof)
  const secrets = newSecrets()
  const start = async (name: string, port: number) =>
    startServer(proof, name, { port, databaseUrl, secrets, settings: { TRUSTED_PROXIES: '1' } })
  const ports = [await freePort(), await freePort()]
  const [one = 0, two = 0] = ports
  const first = await start('app1', one)
  const second = await start('app2', two)
  const front = await startFront(proof, 'front', ports)
  await proveRequests(proof, front)
  await proveWalls(proof, front)
  await proveAddress(proof, front, first, second)
  await proveRolling(
    proof,
    front,
    databaseUrl,
    [
      { name: 'app1', server: first },
      { name: 'app2', server: second },
    ],
    start,
  )
}

/** `nginx -t` of the files for virtual machines, on addresses and with a certificate of this machine. */
export async function checkVmFiles(proof: Proof): Promise<void> {
  const folder = join(proof.folder, 'vm')
  cpSync(join(NGINX_FILES, 'vm'), join(folder, 'host'), { recursive: true })
  copyFileSync(join(NGINX_FILES, 'application.conf'), join(folder, 'application.conf'))
  const key = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'fullchain.pem')]
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=shop.example', ...key])
  for (const file of ['nginx.conf', 'vm/listen.conf', 'vm/internal.conf', 'vm/log.conf']) {
    const text = readFileSync(join(NGINX_FILES, file), 'utf8')
      .replaceAll('/etc/pillivery/tls', folder)
      .replaceAll('/tmp/nginx', join(folder, 'nginx'))
      .replaceAll('/var/log/nginx', folder)
      .replaceAll('10.0.1.10:8081', '127.0.0.1:48081')
      .replaceAll('443', '48443')
    writeFileSync(join(folder, file.replace('vm/', 'host/')), text)
  }
  const tested = await attempt('nginx', ['-t', '-q', '-c', join(folder, 'nginx.conf'), '-p', `${folder}/`])
  proof.claim(
    'nginx takes the files for virtual machines',
    tested.code === 0,
    tested.all.trim() || 'nginx -t: nothing to say',
  )
}

/** What is sent a second time when a server breaks off after it has read a request: counted by servers that do. */
async function proveOnce(proof: Proof): Promise<void> {
  const hits = new Map<string, number>()
  const ports: number[] = []
  for (let n = 0; n < 2; n += 1) {
    const server = createServer((incoming) => {
      const method = incoming.method ?? ''
      hits.set(method, (hits.get(method) ?? 0) + 1)
      incoming.resume().on('end', () => incoming.socket.destroy())
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    proof.after(() => server.close())
    const address = server.address()
    if (address !== null && typeof address === 'object') ports.push(address.port)
  }
  const front = await startFront(proof, 'breaking', ports, 0)
  hits.clear()
  for (const method of ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'])
    await fetch(`${front.url}/api/orders`, { method, ...(method === 'GET' ? {} : { body: '{}' }) })
  const said = [...hits].map(([method, count]) => `${method} ${count}`).join(', ')
  const once = ['POST', 'PATCH', 'PUT', 'DELETE'].every((method) => hits.get(method) === 1)
  proof.claim('what changes something is never sent twice, also when a server breaks off', once, said)
  proof.claim('what only reads is asked of the other server', hits.get('GET') === 2, said)
}

async function proveRequests(proof: Proof, front: Front): Promise<void> {
  for (let n = 0; n < 40; n += 1) await (await fetch(`${front.url}/api/items?size=20`)).text()
  const spread = new Map<string, number>()
  for (const { upstream, path } of front.log())
    if (path === '/api/items') spread.set(upstream, (spread.get(upstream) ?? 0) + 1)
  const shares = [...spread].map(([to, count]) => `${to} ${count}`).join(', ')
  proof.claim(
    'requests are spread over both servers',
    spread.size === 2 && [...spread.values()].every((n) => n >= 10),
    shares,
  )
  const closed = await run('sh', [
    '-c',
    `ss -Htan state time-wait | grep -cE '${[...spread.keys()].map((to) => to.split(':')[1]).join('|')}' || true`,
  ])
  proof.claim(
    'connections to the servers are kept',
    Number(closed) <= 4,
    `${closed.trim()} closed after 40 requests`,
  )

  const page = await fetch(`${front.url}/`, { headers: { 'accept-encoding': 'gzip' } })
  await page.text()
  proof.claim(
    'pages come compressed',
    page.headers.get('content-encoding') === 'gzip',
    `${page.status} ${page.headers.get('content-encoding')}`,
  )

  const given = 'proof-request-0001'
  const kept = (await fetch(`${front.url}/api/items`, { headers: { 'x-request-id': given } })).headers.get(
    'x-request-id',
  )
  const bad = (await fetch(`${front.url}/api/items`, { headers: { 'x-request-id': 'a b' } })).headers.get(
    'x-request-id',
  )
  const logged = await until(() => front.log().some(({ requestId }) => requestId === bad), {
    deadlineMs: 5_000,
    what: 'the request in the access log',
  })
  proof.claim(
    'a request id goes through, an unsound one is replaced',
    kept === given && bad !== 'a b' && logged,
    `${kept}; ${bad}`,
  )
}

async function proveWalls(proof: Proof, front: Front): Promise<void> {
  const paths = [
    '/internal/items/1',
    '/internal',
    '/%69nternal/items/1',
    '//internal/items/1',
    '/api/../internal/items/1',
    '/internal%2Fitems/1',
    '/metrics',
    '/health/ready',
    '/api/admin/billing-runs',
    '/api/admin/billing-cycles/1/1/replay',
    '/api/admin//billing-runs',
  ]
  const leaks: string[] = []
  for (const path of paths) {
    const before = front.log().length
    const status = await statusOf(front.url, path)
    const line = front.log().slice(before).at(-1)
    if (status !== 404 || (line !== undefined && line.upstream !== ''))
      leaks.push(`${path} ${status} ${line?.upstream}`)
  }
  proof.claim(
    'internal and recurring-charge addresses are not reached from outside, however they are written',
    leaks.length === 0,
    leaks.join(', ') || `${paths.length} ways, all 404 from nginx itself`,
  )
  const inside = await Promise.all(
    ['/internal/items/1', '/api/admin/billing-runs', '/health/ready'].map((path) =>
      statusOf(front.internal, path),
    ),
  )
  const passed = inside[0] === 401 && inside[1] === 401 && inside[2] === 200
  proof.claim(
    'on the internal listener they reach the application, which asks who calls',
    passed,
    inside.join(', '),
  )
}

/** The path exactly as written: fetch would tidy it. */
function statusOf(
  base: string,
  path: string,
  options: { from?: string; headers?: Record<string, string> } = {},
) {
  const { hostname, port } = new URL(base)
  return new Promise<number>((done, fail) => {
    const { from, headers } = options
    const asked = send({
      hostname,
      port,
      path,
      headers,
      ...(from === undefined ? {} : { localAddress: from }),
    })
    asked.once('response', (answer) => {
      answer.resume()
      done(answer.statusCode ?? 0)
    })
    asked.once('error', fail)
    asked.end()
  })
}

async function proveAddress(proof: Proof, front: Front, ...servers: AppServer[]): Promise<void> {
  const logs = () => servers.map((_, n) => readFileSync(`${proof.folder}/app${n + 1}.log`, 'utf8')).join('\n')
  const addressFor = async (id: string, options: { from?: string; headers: Record<string, string> }) => {
    await statusOf(front.url, '/api/orders', {
      ...options,
      headers: { ...options.headers, 'x-request-id': id },
    })
    const line = await until(
      () =>
        logs()
          .split('\n')
          .find((one) => one.includes(id) && one.includes('"security"')),
      {
        deadlineMs: 10_000,
        everyMs: 50,
        what: 'the refusal in the log',
      },
    )
    return (JSON.parse(line) as { address?: string }).address
  }
  const forged = await addressFor('proof-address-01', { headers: { 'x-forwarded-for': '203.0.113.66' } })
  proof.claim(
    'a client cannot say it comes from elsewhere',
    forged === '127.0.0.1',
    `the application saw ${forged}`,
  )
  const behind = { from: '127.0.0.2', headers: { 'x-forwarded-for': '203.0.113.66, 198.51.100.7' } }
  const told = await addressFor('proof-address-02', behind)
  proof.claim(
    'a balancer in front is believed about the client',
    told === '198.51.100.7',
    `the application saw ${told}`,
  )
}

/** Both servers are replaced, one after the other, while people browse and order. */
async function proveRolling(
  proof: Proof,
  front: Front,
  databaseUrl: string,
  servers: readonly { name: string; server: AppServer }[],
  start: (name: string, port: number) => Promise<AppServer>,
): Promise<void> {
  const ports = servers.map(({ server }) => server.port)
  const visitors = startVisitors(front.url, { clients: 4, pauseMs: 40 })
  for (const { name, server } of servers) {
    await front.use(ports.filter((port) => port !== server.port))
    await server.stop()
    await start(name, server.port)
    await front.use(ports)
  }
  const rolled = await visitors.stop()
  claimUnharmed(proof, 'both servers restarted under load: no request fails', rolled, 200)
  await claimKept(proof, rolled.acknowledged, databaseUrl)
}
