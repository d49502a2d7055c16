import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../../src/platform/database/embedded.ts'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { type Deployed, deploy, type Plan } from '../../../rolling/rolling.ts'
import { inWords, startLoad } from '../../kit/load.ts'
import type { Proof } from '../../kit/proof.ts'
import { attempt, keep, run } from '../../kit/shell.ts'
import { install } from '../../kit/tools.ts'

/**
 * The steps of a deployment in two minutes, without root: over real SSH, a bastion and three servers, each an sshd of its
 * own on this machine, nginx in front of two. What is deployed is a small server that answers like ours.
 */
export async function proveSteps(proof: Proof): Promise<void> {
  const missing = await install('sshd', 'nginx')
  if (missing.length > 0)
    return proof.skip('deployment over SSH', `${missing.join(', ')} cannot be installed here`)
  const yard = await buildYard(proof)
  const told: string[] = []
  const go = async (release: string, plan: Plan = yard.plan): Promise<Deployed> =>
    deploy({
      plan,
      release,
      archive: await yard.archive(release),
      about: `proof ${release}`,
      say: (line) => proof.note(line),
      tellSlack: async (text) => void told.push(text),
      now: () => performance.now(),
    })
  const both = async () => (await Promise.all(yard.servers.map(({ url }) => releaseAt(url)))).join(', ')

  const direct = await attempt('ssh', [
    '-F',
    yard.config,
    '-o',
    'ProxyJump=none',
    '-o',
    'ConnectTimeout=3',
    'app1',
    'true',
  ])
  const through = await attempt('ssh', ['-F', yard.config, 'app1', 'echo', 'in'])
  proof.claim(
    'servers are reached through the bastion only',
    direct.code !== 0 && through.out.trim() === 'in',
    `directly: ${direct.code}, through it: ${through.out.trim()}`,
  )

  const first = await go('r1')
  proof.claim(
    'a first release comes up on both servers',
    first.kind === 'deployed' && (await both()) === 'r1, r1',
    `${first.kind}: ${await both()}`,
  )

  const load = startLoad((n) => ({ url: `${yard.front}/${n}`, method: n % 5 === 4 ? 'POST' : 'GET' }), {
    clients: 4,
    pauseMs: 20,
  })
  const second = await go('r2')
  proof.claim(
    'the next one replaces it',
    second.kind === 'deployed' && (await both()) === 'r2, r2',
    `${second.kind}: ${await both()}`,
  )
  const bad = await go('r3-bad-on-app2')
  const back = await both()
  proof.claim(
    'one that fails on the second server is rolled back on both',
    bad.kind === 'rolled_back' && bad.notBack.length === 0 && back === 'r2, r2',
    `${bad.kind}: ${back}${bad.kind === 'rolled_back' ? ` (${bad.because.slice(0, 120)})` : ''}`,
  )
  const report = await load.stop()
  proof.claim('customers noticed none of it', report.failed === 0 && report.sent > 100, inWords(report))
  const upstream = readFileSync(yard.upstream, 'utf8')
  proof.claim(
    'afterwards both servers take requests',
    !upstream.includes('#'),
    upstream.trim().replaceAll('\n', ' '),
  )

  const [one, two] = await Promise.all([go('r4'), go('r5')])
  const kinds = [one.kind, two.kind].toSorted().join(', ')
  proof.claim(
    'of two deployments at once one is refused',
    kinds === 'deployed, not_begun',
    `${kinds}; now ${await both()}`,
  )

  const before = await both()
  const away: Plan = { ...yard.plan, sshConfig: yard.configWithoutBastion }
  const unreachable = await go('r6', away)
  proof.claim(
    'without the bastion nothing is touched',
    unreachable.kind === 'not_begun' && (await both()) === before,
    `${unreachable.kind}, still ${await both()}`,
  )
  const again = await go('r7')
  proof.claim('no lock is left behind', again.kind === 'deployed', again.kind)
  const evil = await go('../../etc').catch((error: unknown) => ({ kind: 'threw', error }))
  proof.claim('a release’s name leads nowhere else', evil.kind !== 'deployed', evil.kind)
  const marks = ['🚚', '✅', '❌'].map((mark) => told.filter((text) => text.startsWith(mark)).length)
  proof.claim(
    'Slack is told of each beginning, success and failure',
    marks.every((count) => count >= 2),
    `${marks.join(', ')} messages`,
  )
}

interface Yard {
  plan: Plan
  config: string
  configWithoutBastion: string
  front: string
  upstream: string
  servers: readonly { name: string; url: string }[]
  archive(release: string): Promise<string>
}

async function buildYard(proof: Proof): Promise<Yard> {
  const { folder } = proof
  const path = (...parts: string[]) => join(folder, ...parts)
  mkdirSync('/run/sshd', { recursive: true })
  for (const key of ['host', 'client', 'hop'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(key)])
  // Servers take the deployer's key from the bastion's address only, as a private network would see to it.
  const daemon = async (name: string, from: string | undefined, address: string) => {
    const port = await freePort()
    const keys = path(`${name}.keys`)
    const limit = from === undefined ? '' : `from="${from}" `
    writeFileSync(keys, limit + readFileSync(path('client.pub'), 'utf8'), { mode: 0o600 })
    writeFileSync(
      path(`${name}.conf`),
      `Port ${port}\nListenAddress ${address}\nHostKey ${path('host')}\nPidFile none\nAuthorizedKeysFile ${keys}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\nMaxStartups 50\n`,
    )
    keep(proof, `sshd-${name}`, '/usr/sbin/sshd', ['-D', '-e', '-f', path(`${name}.conf`)])
    return { name, port, address }
  }
  const bastion = await daemon('bastion', undefined, '127.0.0.10')
  // A jump opens its connection from the bastion’s own address: here the one the kernel takes for 127.0.0.x, and a
  // direct one is bound to another.
  const hosts = [
    await daemon('app1', '127.0.0.1', '127.0.0.11'),
    await daemon('app2', '127.0.0.1', '127.0.0.12'),
    await daemon('front', '127.0.0.1', '127.0.0.13'),
  ]
  const known = path('known_hosts')
  const hostKey = readFileSync(path('host.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
  writeFileSync(
    known,
    [bastion, ...hosts].map(({ address, port }) => `[${address}]:${port} ${hostKey}\n`).join(''),
  )
  const common = `  User ${userInfo().username}\n  IdentityFile ${path('client')}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${known}\n  StrictHostKeyChecking yes\n  BindAddress 127.0.0.2\n`
  const entry = ({ name, address, port }: typeof bastion, jump: boolean) =>
    `Host ${name}\n  HostName ${address}\n  Port ${port}\n${jump ? '  ProxyJump bastion\n' : ''}${common}`
  const config = (dead: boolean) =>
    [entry(dead ? { ...bastion, port: 1 } : bastion, false), ...hosts.map((host) => entry(host, true))].join(
      '',
    )
  writeFileSync(path('ssh.conf'), config(false))
  writeFileSync(path('ssh-dead.conf'), config(true))

  const servers = []
  for (const name of ['app1', 'app2']) {
    const port = await freePort()
    const root = path(name)
    mkdirSync(root)
    // What systemd does on a server: end the old one, start what `current` leads to.
    const restart = path(`${name}.restart`)
    writeFileSync(
      restart,
      `#!/bin/sh\n[ -f ${root}/pid ] && kill "$(cat ${root}/pid)" 2>/dev/null\ncd ${root}/current && PORT=${port} NAME=${name} setsid ${process.execPath} server.mjs > ${root}/log 2>&1 < /dev/null &\necho $! > ${root}/pid\n`,
    )
    chmodSync(restart, 0o755)
    proof.after(() => attempt('sh', ['-c', `kill "$(cat ${root}/pid)"`]))
    servers.push({ name, url: `http://127.0.0.1:${port}`, port, root, restart })
  }
  const front = await startFront(
    proof,
    servers.map(({ port }) => port),
  )
  return {
    config: path('ssh.conf'),
    configWithoutBastion: path('ssh-dead.conf'),
    front: front.url,
    upstream: front.upstream,
    servers,
    archive: (release) => pack(path(), release),
    plan: {
      sshConfig: path('ssh.conf'),
      front: 'front',
      frontSettings: { FILE: front.upstream, RELOAD: front.reload },
      lockHost: 'front',
      servers: servers.map(({ name, url, port, root, restart }) => ({
        host: name,
        upstream: `127.0.0.1:${port}`,
        settings: { ROOT: root, RESTART: restart, URL: url },
      })),
      readyWithin: 8,
      keepReleases: 3,
    },
  }
}

/** A release: a server that says which one it is, takes a moment to end, and may be bad on one of the servers. */
async function pack(folder: string, release: string): Promise<string> {
  const name = release.replaceAll(/[^\w.-]/g, '_')
  const source = join(folder, `release-${name}`)
  rmSync(source, { recursive: true, force: true })
  mkdirSync(source)
  writeFileSync(
    join(source, 'server.mjs'),
    `import { createServer } from 'node:http'
const release = ${JSON.stringify(release)}
const bad = release.endsWith('bad-on-' + process.env.NAME)
const server = createServer((request, response) => {
  if (request.url === '/health/ready') response.writeHead(bad ? 503 : 200).end(JSON.stringify({ status: bad ? 'not ready' : 'ready', release }))
  else setTimeout(() => response.end(release), 20)
}).listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => server.close(() => process.exit(0)))
`,
  )
  const archive = join(folder, `${name}.tar.gz`)
  await run('tar', ['-czf', archive, '-C', source, '.'])
  return archive
}

async function startFront(
  proof: Proof,
  ports: readonly number[],
): Promise<{ url: string; upstream: string; reload: string }> {
  const folder = join(proof.folder, 'nginx')
  mkdirSync(folder)
  const port = await freePort()
  const upstream = join(folder, 'upstream.conf')
  writeFileSync(
    upstream,
    ports.map((one) => `server 127.0.0.1:${one} max_fails=2 fail_timeout=5s;\n`).join(''),
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `pid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\n  access_log off;\n  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;\n  upstream application { least_conn; include ${upstream}; keepalive 8; }\n  server { listen 127.0.0.1:${port}; location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://application; } }\n}\n`,
  )
  const config = ['-c', join(folder, 'nginx.conf'), '-p', `${folder}/`]
  keep(proof, 'nginx', 'nginx', [...config, '-g', 'daemon off;'])
  const url = `http://127.0.0.1:${port}`
  await until(async () => (await fetch(url)).status > 0, { deadlineMs: 20_000, what: 'nginx' })
  return { url, upstream, reload: `nginx ${config.join(' ')} -s reload` }
}

async function releaseAt(url: string): Promise<string> {
  const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
  return answer === undefined ? 'nothing' : ((await answer.json()) as { release: string }).release
}
