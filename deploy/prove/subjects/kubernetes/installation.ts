import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { SERVICE_NAMES } from '../../../../src/services/names.ts'
import { type ControlPlane, startControlPlane } from '../../cluster/control-plane.ts'
import { startMetrics } from '../../cluster/metrics.ts'
import { lendPort, startNames, startProxy } from '../../cluster/network.ts'
import { HOST_ADDRESS, makeBridge, makePause, startNode } from '../../cluster/node.ts'
import type { Programs } from '../../cluster/programs.ts'
import { startDatabase } from '../../kit/database.ts'
import type { Docker } from '../../kit/docker.ts'
import { newSecrets, PRODUCTION } from '../../kit/production.ts'
import type { Proof } from '../../kit/proof.ts'
import { attempt, type Ran, run } from '../../kit/shell.ts'
import { makeStandIn } from '../../kit/stand-ins.ts'
import { MONITORING } from '../../kit/watch/start.ts'
import type { KubeObject } from './objects.ts'
import { CHART, RELEASE, valuesFile } from './render.ts'
import type { Place } from './rules.ts'

export const NAMESPACE = 'shop'
/** Of every process; whoever reads figures shows it. */
export const METRICS_TOKEN = 'proof-of-kubernetes-'.padEnd(40, '0')
const MACHINES = 2
/** What `loadBalancer` would get from a cloud. */
const OUTSIDE_ADDRESS = '192.0.2.200'
const READY_IMAGE = 'pillivery:proof-1'

/** The chart on a cluster of this machine. */
export interface Installation {
  plane: ControlPlane
  /** Where its gateway is reached from this machine. */
  url: string
  databaseUrl: string
  /** As pods reach it. */
  database: Place
  machines: readonly string[]
  /** `helm …` in the namespace of the proof. */
  helm(args: readonly string[]): Promise<Ran>
  /** `helm upgrade` with what is installed and what is given. */
  upgrade(args: readonly string[]): Promise<Ran>
  /** `kubectl …` in the namespace. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  tryKubectl(args: readonly string[], input?: string): Promise<Ran>
  /** Everything that is there of the chart. */
  objects(): Promise<KubeObject[]>
}

export const BAD_RELEASE = 'proof-bad'
/** Debian's postgres_exporter, in the place of its makers' image. */
const EXPORTER_IMAGE = 'proof/postgres-exporter'

/** Images of two releases, and of one that is never ready. @returns the archive they are in */
export async function buildImages(proof: Proof, engine: Docker): Promise<string> {
  proof.note('building images of two releases, and of a bad one')
  for (const release of ['proof-1', 'proof-2']) await engine.build('app', `pillivery:${release}`, release)
  const folder = join(proof.folder, 'bad')
  mkdirSync(folder)
  const path = 'src/platform/http/health-routes.ts'
  const sound = await engine.docker([
    'run',
    '--rm',
    '--network',
    'none',
    '--entrypoint',
    'node',
    READY_IMAGE,
    '-p',
    `fs.readFileSync('/app/${path}','utf8')`,
  ])
  const bad = sound.replace('const ready = Object.keys(checks).length === 0', 'const ready = false')
  if (bad === sound) throw new Error(`${path} reads otherwise than this proof knows it`)
  writeFileSync(join(folder, 'health-routes.ts'), bad)
  writeFileSync(
    join(folder, 'Dockerfile'),
    `FROM pillivery:proof-2\nCOPY health-routes.ts /app/${path}\nENV RELEASE=${BAD_RELEASE}\n`,
  )
  await engine.docker(['build', '-q', '-t', `pillivery:${BAD_RELEASE}`, folder])
  const archive = join(proof.folder, 'images.tar')
  const names = ['proof-1', 'proof-2', BAD_RELEASE].map((release) => `pillivery:${release}`)
  names.push(await makeStandIn(proof, engine, EXPORTER_IMAGE))
  await engine.docker(['save', '-o', archive, await makePause(proof, engine), ...names])
  return archive
}

/** A cluster of two machines with everything around it. */
export async function startCluster(proof: Proof, programs: Programs, archive: string) {
  await makeBridge(proof, MACHINES)
  const plane = await startControlPlane(proof, programs)
  const machines: string[] = []
  for (let n = 1; n <= MACHINES; n += 1) {
    const node = await startNode(proof, plane, n)
    await node.load(archive)
    machines.push(node.name)
  }
  await startProxy(proof, plane)
  await startNames(proof, plane)
  await startMetrics(proof, plane, machines)
  const version = JSON.parse(await plane.kubectl(['version', '-o', 'json'])) as {
    serverVersion: { gitVersion: string }
  }
  proof.claim(
    'a cluster of two machines is up',
    machines.length === MACHINES,
    `${version.serverVersion.gitVersion}, ${machines.join(' and ')}`,
  )
  return { plane, machines }
}

/** The namespace, which enforces the strictest profile, the Secret, the database and a volume. */
export async function prepare(
  proof: Proof,
  helm: string,
  { plane, machines }: { plane: ControlPlane; machines: readonly string[] },
): Promise<Installation> {
  const inNamespace = (args: readonly string[]) => ['-n', NAMESPACE, ...args]
  const options = (input: string | undefined) => (input === undefined ? {} : { input })
  const tryKubectl = (args: readonly string[], input?: string) =>
    plane.tryKubectl(inNamespace(args), options(input))
  const kubectl = (args: readonly string[], input?: string) =>
    plane.kubectl(inNamespace(args), options(input))
  const runHelm = (args: readonly string[]) =>
    attempt(helm, inNamespace(args), { env: { KUBECONFIG: plane.kubeconfig } })
  const owner = await startDatabase(proof)
  const port = await lendPort(proof, Number(new URL(owner).port))
  const secrets = secretsFor(owner, port)
  await makeWatchRole(proof, owner, secrets.watch_password)
  await plane.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify(around(secrets, join(proof.folder, 'files'))),
  })
  const values = join(proof.folder, 'values.yaml')
  writeFileSync(values, JSON.stringify(valuesFor(port, new URL(owner).pathname)))
  const chart = [RELEASE, CHART, '-f', valuesFile('production'), '-f', values]
  const upgrade = (args: readonly string[]) => runHelm(['upgrade', '--install', ...chart, ...args])
  return {
    plane,
    machines,
    databaseUrl: owner,
    database: { address: HOST_ADDRESS, port },
    helm: runHelm,
    upgrade,
    kubectl,
    tryKubectl,
    url: '',
    objects: async () => {
      const kinds =
        'deployment,cronjob,job,configmap,service,poddisruptionbudget,horizontalpodautoscaler,networkpolicy,persistentvolumeclaim'
      const list = await kubectl(['get', kinds, '-l', `app.kubernetes.io/instance=${RELEASE}`, '-o', 'json'])
      return (JSON.parse(list) as { items: KubeObject[] }).items
    },
  }
}

/** Installs the first release, as a cloud would let it. @returns the installation with its address */
export async function install(proof: Proof, prepared: Installation): Promise<Installation> {
  const { upgrade, kubectl, tryKubectl } = prepared
  const gateway = `${RELEASE}-gateway`
  // Nobody else here gives the balancer an address, and Helm waits for one.
  const address = until(
    async () =>
      (
        await tryKubectl([
          'patch',
          'service',
          gateway,
          '--subresource=status',
          '-p',
          `{"status":{"loadBalancer":{"ingress":[{"ip":"${OUTSIDE_ADDRESS}"}]}}}`,
        ])
      ).code === 0,
    { deadlineMs: 300_000, everyMs: 1_000, what: 'the Service of the gateway' },
  )
  proof.after(() => remove(prepared))
  const began = performance.now()
  const installed = await upgrade(['--set', 'image.tag=proof-1', '--wait', '--timeout', '10m'])
  await address.catch(() => undefined)
  const seconds = ((performance.now() - began) / 1_000).toFixed(0)
  if (installed.code !== 0)
    throw new Error(
      `${installed.all}\n${await kubectl(['get', 'pods', '-o', 'wide'])}\n${await kubectl(['get', 'events'])}`,
    )
  proof.claim('the chart of production installs', true, `${seconds} s until everything was ready`)
  const nodePort = await kubectl(['get', 'service', gateway, '-o', 'jsonpath={.spec.ports[0].nodePort}'])
  return { ...prepared, url: `http://127.0.0.1:${nodePort}` }
}

/** Takes everything away, and waits until no pod is left: what comes after ends the machines. */
async function remove({ helm, tryKubectl }: Installation): Promise<void> {
  await helm(['uninstall', RELEASE, '--wait', '--timeout', '3m'])
  await tryKubectl(['delete', 'jobs,pods', '--all', '--grace-period=1', '--timeout=60s'])
}

function secretsFor(owner: string, port: number) {
  const address = (user: string, password: string) => {
    const url = new URL(owner)
    url.hostname = HOST_ADDRESS
    url.port = String(port)
    url.username = user
    url.password = password
    return url.toString()
  }
  const { username, password } = new URL(owner)
  const roles = SERVICE_NAMES.map((name) => [
    `${name}_database_url`,
    address(`proof_${name}`, randomBytes(12).toString('hex')),
  ])
  const secrets = Object.entries({ ...newSecrets() }).map(([name, value]) => [name.toLowerCase(), value])
  return {
    ...(Object.fromEntries([...roles, ...secrets]) as Record<string, string>),
    database_url: address(decodeURIComponent(username), decodeURIComponent(password)),
    metrics_token: METRICS_TOKEN,
    watch_password: randomBytes(12).toString('hex'),
    // Nobody is written to: nothing listens there.
    smtp_url: 'smtp://127.0.0.1:9',
  }
}

/** The role the exporter logs in by, as the README has it made. */
async function makeWatchRole(proof: Proof, owner: string, password: string): Promise<void> {
  const { hostname, port, username, password: own, pathname } = new URL(owner)
  const file = join(proof.folder, 'watch_password')
  writeFileSync(file, password, { mode: 0o600 })
  await run(join(MONITORING, 'postgres/watch-role.sh'), [], {
    env: {
      PASSWORD_FILE: file,
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: decodeURIComponent(username),
      PGPASSWORD: decodeURIComponent(own),
      PGDATABASE: pathname.slice(1),
    },
  })
}

/** What an installation has before the chart. */
function around(stringData: Record<string, string>, folder: string) {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o777)
  const profile = 'pod-security.kubernetes.io'
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: NAMESPACE, labels: { [`${profile}/enforce`]: 'restricted' } },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'pillivery', namespace: NAMESPACE },
        stringData,
      },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'files' },
        spec: {
          capacity: { storage: '50Gi' },
          accessModes: ['ReadWriteMany'],
          storageClassName: 'nfs',
          hostPath: { path: folder },
        },
      },
    ],
  }
}

function valuesFor(port: number, database: string) {
  const small = { requests: { cpu: '100m', memory: '160Mi' }, limits: { cpu: '2', memory: '768Mi' } }
  return {
    image: { repository: 'pillivery', pullPolicy: 'Never', pullSecrets: [] },
    settings: {
      REQUESTS_PER_MINUTE: 10_000_000,
      CHANGES_PER_MINUTE: 1_000_000,
      DATABASE_POOL_SIZE: 4,
      DATABASE_BROWSING_POOL_SIZE: 2,
    },
    settingsOf: {
      shop: {
        KAKAOPAY_CID: PRODUCTION.KAKAOPAY_CID,
        MERCHANT: PRODUCTION.MERCHANT,
        KAKAOPAY_SUBSCRIPTION_CID: PRODUCTION.KAKAOPAY_SUBSCRIPTION_CID,
        KAKAOPAY_BASE_URL: PRODUCTION.KAKAOPAY_BASE_URL,
      },
      identity: { SIGN_UP_PER_MINUTE: 1_000_000 },
    },
    defaults: { autoscaling: { enabled: false }, resources: small },
    processes: {
      gateway: { autoscaling: { enabled: true, min: 2 } },
      shop: { replicas: 2, resources: small },
      identity: { replicas: 2 },
    },
    gateway: { externalTrafficPolicy: 'Cluster', port: 80 },
    network: { database: { port, to: [{ ipBlock: { cidr: `${HOST_ADDRESS}/32` } }] } },
    monitoring: {
      postgres: {
        image: EXPORTER_IMAGE,
        servers: { primary: `${HOST_ADDRESS}:${port}${database}?sslmode=disable` },
      },
    },
    probes: { startWithin: 300 },
    billing: { schedule: '0 2 * * *' },
  }
}

/** Programs that run the cluster's machines, beside those of Kubernetes. */
export const CLUSTER_PROGRAMS = [
  'etcd',
  'containerd',
  'runc',
  '/usr/lib/cni/bridge',
  'iptables',
  'psql',
  'promtool',
] as const
