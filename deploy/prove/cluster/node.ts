import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import type { Docker } from '../kit/docker.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt, keep, run, words } from '../kit/shell.ts'
import type { ControlPlane } from './control-plane.ts'

/** A machine of the cluster: a kubelet with a containerd of its own, on this machine. */
export interface ClusterNode {
  name: string
  /** Gives it an image of the engine. */
  load(archive: string): Promise<void>
}

/** Addresses kept for documentation, on a bridge of the proof's own. */
export const HOST_ADDRESS = '192.0.2.1'
const BRIDGE = 'pillivery0'
const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'systemd']
const PAUSE = 'localhost/proof/pause:1'

/** The bridge all pods hang on, with an address for each machine, and the forwarding between them. */
export async function makeBridge(proof: Proof, nodes: number): Promise<void> {
  const forwarding = '/proc/sys/net/ipv4/ip_forward'
  const before = readFileSync(forwarding, 'utf8')
  proof.after(() => writeFileSync(forwarding, before))
  proof.after(() => attempt('ip', ['link', 'del', BRIDGE]))
  await attempt('ip', ['link', 'del', BRIDGE])
  await run('ip', ['link', 'add', BRIDGE, 'type', 'bridge'])
  for (let n = 1; n <= nodes; n += 1)
    for (const address of [`192.0.2.${n}/24`, `${gatewayOf(n)}/25`])
      await run('ip', ['addr', 'add', address, 'dev', BRIDGE])
  await run('ip', ['link', 'set', BRIDGE, 'up'])
  writeFileSync(forwarding, '1')
}

/** The program that holds a pod's network: it waits, and ends when it is told to. */
export async function makePause(proof: Proof, engine: Docker): Promise<string> {
  const folder = join(proof.folder, 'pause')
  mkdirSync(folder)
  writeFileSync(
    join(folder, 'main.go'),
    'package main\n\nimport (\n\t"os"\n\t"os/signal"\n\t"syscall"\n)\n\nfunc main() {\n\ttold := make(chan os.Signal, 1)\n\tsignal.Notify(told, syscall.SIGTERM, syscall.SIGINT)\n\t<-told\n}\n',
  )
  await run('go', ['build', '-o', 'pause', 'main.go'], { cwd: folder, env: { CGO_ENABLED: '0' } })
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n')
  await engine.docker(['build', '-q', '-t', PAUSE, folder])
  return PAUSE
}

/** Starts the nth machine (from 1), and waits until the cluster counts it as ready. */
export async function startNode(proof: Proof, plane: ControlPlane, n: number): Promise<ClusterNode> {
  const name = `machine-${n}`
  const folder = join(proof.folder, name)
  const cgroup = `/proof-${name}`
  mkdirSync(join(folder, 'cni'), { recursive: true })
  makeGroups(cgroup)
  proof.after(() => clear(folder, cgroup))
  const socket = join(folder, 'containerd.sock')
  writeFileSync(join(folder, 'containerd.toml'), containerdConfig(folder, socket))
  writeFileSync(join(folder, 'cni/10.conflist'), JSON.stringify(networkOf(n, join(folder, 'addresses'))))
  keep(proof, `${name}-containerd`, 'containerd', ['--config', join(folder, 'containerd.toml')])
  const ctr = ['-a', socket, '-n', 'k8s.io']
  await until(async () => (await attempt('ctr', [...ctr, 'version'])).code === 0, {
    deadlineMs: 60_000,
    everyMs: 200,
    what: `containerd of ${name}`,
  })
  writeFileSync(
    join(folder, 'kubelet.yaml'),
    JSON.stringify(await kubeletConfig(folder, socket, cgroup, `192.0.2.${n}`)),
  )
  // Before it goes, its pods have to: it would leave them running.
  proof.after(() => endPods(socket))
  keep(
    proof,
    `${name}-kubelet`,
    plane.programs.kubelet,
    words(
      `--config ${folder}/kubelet.yaml --kubeconfig ${plane.kubeconfig} --root-dir ${folder}/kubelet --cert-dir ${folder}/certs --hostname-override ${name} --node-ip 192.0.2.${n} --node-labels topology.kubernetes.io/zone=zone-${n}`,
    ),
  )
  await until(
    async () =>
      (
        await plane.kubectl(
          words(`get node ${name} -o jsonpath={.status.conditions[?(@.type=="Ready")].status}`),
        )
      ).trim() === 'True',
    { deadlineMs: 120_000, everyMs: 500, what: `${name} (see ${proof.folder}/${name}-kubelet.log)` },
  )
  return { name, load: async (archive) => void (await run('ctr', [...ctr, 'images', 'import', archive])) }
}

/** Where the pods of a machine are counted, below a root of its own: a kubelet clears away what it does not know. */
function makeGroups(cgroup: string): void {
  for (const controller of CONTROLLERS) {
    const root = `/sys/fs/cgroup/${controller}`
    if (!existsSync(root)) continue
    mkdirSync(root + cgroup, { recursive: true })
    // A new one may use no processor until it is said which.
    if (controller === 'cpuset')
      for (const file of ['cpuset.cpus', 'cpuset.mems'])
        writeFileSync(`${root}${cgroup}/${file}`, readFileSync(`${root}/${file}`))
  }
}

/** What is left of pods when nobody looks after them any more. */
async function endPods(socket: string): Promise<void> {
  const ctr = ['-a', socket, '-n', 'k8s.io']
  const tasks = (await attempt('ctr', [...ctr, 'tasks', 'ls', '-q'])).out.trim().split('\n')
  for (const task of tasks.filter((one) => one !== ''))
    await attempt('ctr', [...ctr, 'tasks', 'kill', '-s', 'SIGKILL', task])
}

async function clear(folder: string, cgroup: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? [])
    .filter((path) => path.startsWith(`${folder}/`))
  for (const path of mounts.toReversed()) await attempt('umount', ['-l', path])
  // The kubelet makes one of the second version, too.
  for (const controller of [...CONTROLLERS, 'unified'])
    await attempt('find', [`/sys/fs/cgroup/${controller}${cgroup}`, '-depth', '-type', 'd', '-delete'])
  rmSync(join(folder, 'kubelet'), { recursive: true, force: true })
}

function containerdConfig(folder: string, socket: string): string {
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
oom_score = 0
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE}"
  restrict_oom_score_adj = true
  disable_tcp_service = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`
}

/** Of the pods of the nth machine. */
function gatewayOf(n: number): string {
  return `203.0.113.${(n - 1) * 128 + 1}`
}

function networkOf(n: number, dataDir: string) {
  const first = (n - 1) * 128
  return {
    cniVersion: '1.0.0',
    name: `proof-${n}`,
    plugins: [
      {
        type: 'bridge',
        bridge: BRIDGE,
        // The bridge has its addresses already, those of several machines; the plugin would have one.
        isGateway: false,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir,
          ranges: [[{ subnet: `203.0.113.${first}/25`, gateway: gatewayOf(n) }]],
          routes: [{ dst: '0.0.0.0/0', gw: gatewayOf(n) }],
        },
      },
    ],
  }
}

async function kubeletConfig(folder: string, socket: string, cgroup: string, address: string) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    address,
    port: 10_250,
    readOnlyPort: 0,
    healthzPort: await freePort(),
    containerRuntimeEndpoint: `unix://${socket}`,
    podLogsDir: join(folder, 'logs'),
    clusterDNS: [HOST_ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf: '',
    maxPods: 60,
    imageGCHighThresholdPercent: 100,
    evictionHard: {},
    makeIPTablesUtilChains: false,
    registryPullQPS: 0,
    syncFrequency: '10s',
  }
}
