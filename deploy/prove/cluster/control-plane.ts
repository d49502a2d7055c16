import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt, keep, type Ran, type RunOptions, run, words } from '../kit/shell.ts'
import type { Programs } from './programs.ts'

/** A real API server with its controllers and scheduler, on loopback only. */
export interface ControlPlane {
  /** For programs that read KUBECONFIG. */
  kubeconfig: string
  /** Runs kubectl, which must succeed. @returns its standard output */
  kubectl(args: readonly string[], options?: RunOptions): Promise<string>
  /** Runs kubectl; any exit code is an answer. */
  tryKubectl(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** Asks the API. @returns the answer as text */
  get(path: string): Promise<string>
  /** Certificate of the API server, for servers beside it. */
  tls: { cert: Buffer; key: Buffer }
  programs: Programs
}

/** Addresses of services; kept for documentation, so nobody else's. */
const SERVICE_RANGE = '198.51.100.0/24'
/** What decides quickly enough to be watched. */
const CONTROLLERS =
  '--leader-elect=false --controllers=*,-nodeipam,-node-route-controller,-service-lb-controller --horizontal-pod-autoscaler-sync-period 5s --horizontal-pod-autoscaler-downscale-stabilization 20s --horizontal-pod-autoscaler-initial-readiness-delay 5s --horizontal-pod-autoscaler-cpu-initialization-period 5s --node-monitor-grace-period 1h'

export async function startControlPlane(proof: Proof, programs: Programs): Promise<ControlPlane> {
  const path = (name: string) => join(proof.folder, name)
  const [etcd, peers, port, controllers, scheduler] = await Promise.all(
    Array.from({ length: 5 }, () => freePort()),
  )
  const token = randomBytes(24).toString('hex')
  writeFileSync(path('tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 })
  await run('openssl', ['genrsa', '-out', path('accounts.key'), '2048'])
  await run('openssl', ['rsa', '-in', path('accounts.key'), '-pubout', '-out', path('accounts.pub')])
  const store = `http://127.0.0.1:${etcd}`
  keep(
    proof,
    'etcd',
    'etcd',
    words(
      `--data-dir ${path('etcd')} --listen-client-urls ${store} --advertise-client-urls ${store} --listen-peer-urls http://127.0.0.1:${peers} --initial-advertise-peer-urls http://127.0.0.1:${peers} --initial-cluster default=http://127.0.0.1:${peers} --unsafe-no-fsync`,
    ),
  )
  keep(
    proof,
    'kube-apiserver',
    programs['kube-apiserver'],
    words(
      `--etcd-servers ${store} --secure-port ${port} --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --cert-dir ${path('certs')} --token-auth-file ${path('tokens.csv')} --service-account-issuer https://kubernetes.default.svc --service-account-signing-key-file ${path('accounts.key')} --service-account-key-file ${path('accounts.pub')} --service-cluster-ip-range ${SERVICE_RANGE} --authorization-mode RBAC --endpoint-reconciler-type none --kubelet-preferred-address-types InternalIP --shutdown-delay-duration 0s`,
    ),
  )
  const kubeconfig = path('kubeconfig')
  writeFileSync(kubeconfig, configFor(`https://127.0.0.1:${port}`, token), { mode: 0o600 })
  const env = { KUBECONFIG: kubeconfig }
  const withEnv = (options: RunOptions = {}) => ({ ...options, env: { ...env, ...options.env } })
  const tryKubectl = (args: readonly string[], options?: RunOptions) =>
    attempt(programs.kubectl, args, withEnv(options))
  await until(async () => (await tryKubectl(['get', '--raw', '/readyz'])).code === 0, {
    deadlineMs: 180_000,
    everyMs: 500,
    what: `the API server (see ${path('kube-apiserver.log')})`,
  })
  const common = (at: number | undefined) =>
    `--kubeconfig ${kubeconfig} --authentication-kubeconfig ${kubeconfig} --authorization-kubeconfig ${kubeconfig} --bind-address 127.0.0.1 --secure-port ${at} --cert-dir ${path('certs')}`
  keep(
    proof,
    'kube-controller-manager',
    programs['kube-controller-manager'],
    words(`${common(controllers)} ${CONTROLLERS}`),
  )
  keep(
    proof,
    'kube-scheduler',
    programs['kube-scheduler'],
    words(`${common(scheduler)} --leader-elect=false`),
  )
  const kubectl = (args: readonly string[], options?: RunOptions) =>
    run(programs.kubectl, args, withEnv(options))
  await until(async () => (await tryKubectl(['get', 'serviceaccount', 'default'])).code === 0, {
    deadlineMs: 90_000,
    everyMs: 500,
    what: 'the controllers',
  })
  return {
    kubeconfig,
    kubectl,
    tryKubectl,
    get: (at) => ask(port ?? 0, token, at),
    tls: {
      cert: readFileSync(path('certs/apiserver.crt')),
      key: readFileSync(path('certs/apiserver.key')),
    },
    programs,
  }
}

function configFor(server: string, token: string): string {
  return `apiVersion: v1
kind: Config
clusters: [{ name: proof, cluster: { server: '${server}', insecure-skip-tls-verify: true } }]
users: [{ name: admin, user: { token: ${token} } }]
contexts: [{ name: proof, context: { cluster: proof, user: admin } }]
current-context: proof
`
}

function ask(port: number, token: string, path: string): Promise<string> {
  return new Promise((done, fail) => {
    // Our own process on loopback, which made its certificate a moment ago.
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path,
        rejectUnauthorized: false,
        headers: { authorization: `Bearer ${token}` },
      },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => {
          const text = Buffer.concat(parts).toString()
          if (answer.statusCode === 200) done(text)
          else fail(new Error(`${path}: ${answer.statusCode} ${text.slice(0, 200)}`))
        })
      },
    )
    asked.once('error', fail)
    asked.end()
  })
}
