import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import type { Plan } from '../../../rolling/rolling.ts'
import { type Booted, envFile, type Machine, makeMachine } from '../../kit/machine.ts'
import { ask } from '../../kit/patroni.ts'
import { newSecrets } from '../../kit/production.ts'
import type { Proof } from '../../kit/proof.ts'
import { attempt, keep, ROOT, run, words } from '../../kit/shell.ts'
import { type Host, type Network, PRIVATE, PUBLIC, startNetwork } from './network.ts'

const BINARIES = '/usr/lib/postgresql/15/bin'
const PORT = 8080
const DEPLOYER_ID = 20_902
const DEPLOYER = `deploy:x:${DEPLOYER_ID}:${DEPLOYER_ID}::/srv/pillivery:/bin/sh`
const UPSTREAM = 'etc/nginx/host/upstream.conf'
/** Demo items would be sold out. */
const STOCK = 100_000
const ITEMS = 200

/** An installation: bastion, database, bank, and five machines that boot their own systemd. */
export interface Yard {
  /** Configuration of ssh, through the bastion; and one whose bastion is not there. */
  ssh: string
  sshWithoutBastion: string
  /** Servers and worker, and the batch machine alone. */
  plan: Plan
  batchPlan: Plan
  /** Where customers come in. */
  front: string
  upstream: string
  /** The database, by its socket. */
  databaseUrl: string
  /** Settings of a process here that has the same books. */
  settings: Readonly<Record<string, string>>
  machines: Readonly<Record<MachineName, Machine>>
  /** Those that are on from the beginning. */
  booted: Readonly<Record<Exclude<MachineName, 'batch'>, Booted>>
}

export type MachineName = 'front' | 'app1' | 'app2' | 'worker' | 'batch'

export async function buildYard(proof: Proof): Promise<Yard> {
  chmodSync(proof.folder, 0o755)
  const network = await startNetwork(proof)
  const secrets = { ...newSecrets(), KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET' }
  const databaseUrl = await startDatabase(proof, network)
  const bankUrl = await startBank(proof, network)
  const settings = {
    NODE_ENV: 'development',
    PUBLIC_URL: `http://${PUBLIC.front.theirs}:${PORT}`,
    KAKAOPAY_BASE_URL: bankUrl,
    KAKAOPAY_SETTLEMENT_PATH: '/kakaopay/settlement',
    SOCIAL_PORT: '0',
    REGISTER_PORT: '0',
    DEMO: 'off',
    // The shop's load comes from one address.
    REQUESTS_PER_MINUTE: '1000000',
    CHANGES_PER_MINUTE: '1000000',
    SIGN_UP_PER_MINUTE: '100000',
  }
  const here = {
    ...settings,
    ...secrets,
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(proof.folder, 'data'),
    LOG_LEVEL: 'warn',
  }
  await run(process.execPath, ['src/main.ts', 'migrate'], { env: here })
  await run(process.execPath, ['src/main.ts', 'seed', '--items', String(ITEMS), '--orders', '0'], {
    env: here,
  })
  await ask(databaseUrl, `update catalog.stock set on_hand = ${STOCK}`)

  const keys = await makeKeys(proof)
  const units = ['deploy/vm/pillivery.service', 'deploy/vm/pillivery-worker.service']
  const batchUnits = [
    'deploy/batch-vm/pillivery-batch.service',
    'deploy/batch-vm/pillivery-batch-failed.service',
    'deploy/batch-vm/pillivery-batch-check.service',
  ]
  const machine = (name: MachineName) =>
    makeServer(proof, network, keys, {
      name,
      units: name === 'batch' ? batchUnits : units,
      settings: name === 'batch' ? { ...settings, OFF_AFTER_SECONDS: '10' } : settings,
      secrets: { ...secrets, DATABASE_URL: `postgres://shop@${PRIVATE.database}:5432/shop` },
    })
  const machines = {
    front: makeFront(proof, network, keys),
    app1: machine('app1'),
    app2: machine('app2'),
    worker: machine('worker'),
    batch: machine('batch'),
  }
  for (const name of ['app1', 'app2'] as const) machines[name].enable('pillivery.service')
  machines.worker.enable('pillivery-worker.service')
  const booted = {
    front: machines.front.boot(),
    app1: machines.app1.boot(),
    app2: machines.app2.boot(),
    worker: machines.worker.boot(),
  }
  startBastion(proof, network, keys)
  const ssh = writeClient(proof, keys, 'ssh.conf', PUBLIC.bastion.theirs)
  // Nobody has this address.
  const sshWithoutBastion = writeClient(proof, keys, 'ssh-dead.conf', '203.0.113.14')
  for (const host of ['front', 'app1', 'app2', 'worker'])
    await until(async () => (await attempt('ssh', ['-F', ssh, host, 'true'])).code === 0, {
      deadlineMs: 60_000,
      everyMs: 300,
      what: `ssh to ${host}`,
    })
  const server = (host: 'app1' | 'app2') => ({ host, upstream: `${PRIVATE[host]}:${PORT}` })
  const shared = { sshConfig: ssh, lockHost: 'front', readyWithin: 60, keepReleases: 3 }
  return {
    ssh,
    sshWithoutBastion,
    front: settings.PUBLIC_URL,
    upstream: machines.front.path(UPSTREAM),
    databaseUrl,
    settings: here,
    machines,
    booted,
    plan: {
      ...shared,
      front: 'front',
      servers: [
        server('app1'),
        server('app2'),
        { host: 'worker', settings: { RESTART: 'sudo systemctl restart pillivery-worker' } },
      ],
    },
    batchPlan: {
      ...shared,
      servers: [
        { host: 'batch', health: false, settings: { RESTART: 'sudo systemctl start pillivery-batch-check' } },
      ],
    },
  }
}

/** What the health of a server says, asked on the server itself. */
export async function releaseAt({ booted }: Yard, host: keyof Yard['booted']): Promise<string> {
  const asked = 'curl -s --max-time 5 http://127.0.0.1:8080/health/ready'
  const { out } = await booted[host].attempt(...words(asked))
  return (
    /"status":"ready".*"release":"([^"]+)"|"release":"([^"]+)".*"status":"ready"/
      .exec(out)
      ?.slice(1)
      .find(Boolean) ?? 'nothing'
  )
}

/** A PostgreSQL in the private network, and on a socket for us. @returns its address by that socket */
async function startDatabase(proof: Proof, network: Network): Promise<string> {
  const folder = join(proof.folder, 'database')
  const as = words('--reuid postgres --regid postgres --clear-groups')
  mkdirSync(folder)
  await run('chown', ['postgres', folder])
  const data = join(folder, 'data')
  await run('setpriv', [
    ...as,
    `${BINARIES}/initdb`,
    ...words(`-D ${data} -U shop -A trust --encoding=UTF8 --locale=C.UTF-8 --data-checksums`),
  ])
  writeFileSync(join(data, 'pg_hba.conf'), 'local all all trust\nhost all all 198.51.100.0/24 trust\n')
  const settings = [
    `listen_addresses=${PRIVATE.database}`,
    `unix_socket_directories=${folder}`,
    'max_connections=200',
    'shared_buffers=256MB',
  ]
  keep(proof, 'postgres', 'ip', [
    ...words(`netns exec ${network.of('database')} setpriv`),
    ...as,
    `${BINARIES}/postgres`,
    ...words(`-D ${data} ${settings.map((setting) => `-c ${setting}`).join(' ')}`),
  ])
  const url = (name: string) => `postgres://shop@localhost:5432/${name}?host=${encodeURIComponent(folder)}`
  await until(async () => (await ask(url('postgres'), 'select 1')).length > 0, {
    deadlineMs: 60_000,
    everyMs: 200,
    what: `PostgreSQL (see ${proof.folder}/postgres.log)`,
  })
  await ask(url('postgres'), 'create database shop')
  return url('shop')
}

/** The simulated provider; customers and servers reach it by the same address. */
async function startBank(proof: Proof, network: Network): Promise<string> {
  const url = `http://${PUBLIC.bank.theirs}:8090`
  const bank = join(ROOT, 'simulators/bank/main.ts')
  keep(proof, 'bank', 'ip', [
    ...words(`netns exec ${network.of('bank')} ${process.execPath} ${bank}`),
    ...words(`--host 0.0.0.0 --port 8090 --public-url ${url} --data ${proof.folder}/bank`),
  ])
  await until(async () => (await fetch(`${url}/clock`)).ok, { deadlineMs: 60_000, what: 'the bank' })
  return url
}

interface Keys {
  /** Of every sshd. */
  host: string
  /** Of whoever deploys. */
  client: string
  clientPublic: string
  hostPublic: string
}

async function makeKeys(proof: Proof): Promise<Keys> {
  const path = (name: string) => join(proof.folder, name)
  for (const name of ['host-key', 'client-key'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(name)])
  return {
    host: path('host-key'),
    client: path('client-key'),
    hostPublic: readFileSync(path('host-key.pub'), 'utf8').split(' ').slice(0, 2).join(' '),
    clientPublic: readFileSync(path('client-key.pub'), 'utf8'),
  }
}

/** A server with sshd, an account that deploys by sudo, and units of ours. */
function makeServer(
  proof: Proof,
  network: Network,
  keys: Keys,
  server: {
    name: MachineName
    units: readonly string[]
    settings: Readonly<Record<string, string>>
    secrets: Readonly<Record<string, string>>
  },
): Machine {
  const { name, units, settings, secrets } = server
  const machine = makeMachine(proof, {
    name,
    units,
    scripts: ['deploy/batch-vm/tell-slack.sh', 'deploy/batch-vm/power-off.sh', 'deploy/vm/by-hand.sh'],
    network: network.of(name),
    accounts: [DEPLOYER],
    files: {
      [name === 'batch' ? 'batch.env' : 'pillivery.env']: envFile({
        ...settings,
        ...(name === 'batch' ? { DATA_DIR: '/tmp/data' } : {}),
      }),
    },
    secrets: {
      ...Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key.toLowerCase(), value])),
      slack_webhook: 'http://127.0.0.1:1/',
    },
  })
  letDeploy(machine, keys, 'deploy/vm/sudoers')
  return machine
}

/** sshd, and an account that deploys and may do as root what a file of ours says. */
function letDeploy(machine: Machine, keys: Keys, sudoers: string): void {
  chownSync(machine.path('srv/pillivery'), DEPLOYER_ID, DEPLOYER_ID)
  for (const path of ['pam.d', 'sudoers', 'security', 'login.defs'])
    cpSync(join('/etc', path), machine.path('etc', path), { recursive: true })
  machine.write('etc/sudoers.d/pillivery', readFileSync(join(ROOT, sudoers), 'utf8'), 0o440)
  machine.write('etc/ssh/host-key', readFileSync(keys.host, 'utf8'))
  machine.write('etc/ssh/deploy.keys', keys.clientPublic, 0o644)
  machine.write('etc/ssh/sshd_config', sshdConfig('/etc/ssh/host-key', '/etc/ssh/%u.keys'), 0o644)
  machine.enable('ssh.service')
}

function sshdConfig(hostKey: string, keys: string): string {
  return `HostKey ${hostKey}\nAuthorizedKeysFile ${keys}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\nPidFile none\nMaxStartups 50\n`
}

/** The bastion boots no machine of its own. */
function startBastion(proof: Proof, network: Network, keys: Keys): void {
  const file = (name: string) => join(proof.folder, `bastion.${name}`)
  writeFileSync(file('keys'), keys.clientPublic, { mode: 0o600 })
  writeFileSync(
    file('sshd'),
    `ListenAddress ${PUBLIC.bastion.theirs}\n${sshdConfig(keys.host, file('keys'))}`,
  )
  mkdirSync('/run/sshd', { recursive: true })
  const command = `netns exec ${network.of('bastion')} /usr/sbin/sshd -D -e -f ${file('sshd')}`
  keep(proof, 'sshd-bastion', 'ip', words(command))
}

function writeClient(proof: Proof, keys: Keys, name: string, bastion: string): string {
  const known = join(proof.folder, `${name}.known`)
  const hosts: [Host | 'bastion', string, string][] = [
    ['bastion', bastion, 'root'],
    ...(['front', 'app1', 'app2', 'worker', 'batch'] as const).map((host): [Host, string, string] => [
      host,
      PRIVATE[host],
      'deploy',
    ]),
  ]
  writeFileSync(known, hosts.map(([, address]) => `${address} ${keys.hostPublic}\n`).join(''))
  const entry = ([host, address, user]: (typeof hosts)[number]) =>
    `Host ${host}\n  HostName ${address}\n  User ${user}\n${host === 'bastion' ? '' : '  ProxyJump bastion\n'}  IdentityFile ${keys.client}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${known}\n  StrictHostKeyChecking yes\n`
  const file = join(proof.folder, name)
  writeFileSync(file, hosts.map(entry).join(''))
  return file
}

/** The machine with nginx, as deploy/nginx and deploy/vm have it for virtual machines, without TLS. */
function makeFront(proof: Proof, network: Network, keys: Keys): Machine {
  const source = join(ROOT, 'deploy/nginx')
  const machine = makeMachine(proof, {
    name: 'front',
    units: [],
    network: network.of('front'),
    accounts: [DEPLOYER],
    files: {},
    secrets: {},
  })
  letDeploy(machine, keys, 'deploy/vm/sudoers-front')
  const write = (file: string, text: string) => machine.write(`etc/nginx/${file}`, text, 0o644)
  for (const name of ['nginx.conf', 'application.conf']) write(name, readFileSync(join(source, name), 'utf8'))
  write('mime.types', readFileSync('/etc/nginx/mime.types', 'utf8'))
  write('host/log.conf', readFileSync(join(source, 'vm/log.conf'), 'utf8'))
  write('host/listen.conf', `listen ${PUBLIC.front.theirs}:${PORT};`)
  write('host/internal.conf', `listen ${PRIVATE.front}:8081;`)
  write('host/proxies.conf', '')
  write(
    'host/upstream.conf',
    readFileSync(join(source, 'vm/upstream.conf'), 'utf8').replaceAll('10.0.1.', '198.51.100.'),
  )
  // The one file that deployments write.
  chownSync(machine.path(UPSTREAM), DEPLOYER_ID, DEPLOYER_ID)
  machine.write(
    'etc/systemd/system/nginx.service.d/pillivery.conf',
    readFileSync(join(ROOT, 'deploy/vm/nginx.service.conf'), 'utf8'),
    0o644,
  )
  machine.write('var/log/nginx/error.log', '', 0o644)
  machine.enable('nginx.service')
  return machine
}
