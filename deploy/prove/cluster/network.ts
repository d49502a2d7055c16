import { createSocket, type RemoteInfo } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../../src/platform/database/embedded.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt, keep, words } from '../kit/shell.ts'
import type { ControlPlane } from './control-plane.ts'
import { HOST_ADDRESS } from './node.ts'

/** Kubernetes's own proxy, which leads addresses of Services to pods. One does for all: the machines share a kernel. */
export async function startProxy(proof: Proof, plane: ControlPlane): Promise<void> {
  const config = join(proof.folder, 'kube-proxy.yaml')
  const [health, metrics] = [await freePort(), await freePort()]
  writeFileSync(
    config,
    JSON.stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'iptables',
      hostnameOverride: 'machine-1',
      clientConnection: { kubeconfig: plane.kubeconfig },
      healthzBindAddress: `127.0.0.1:${health}`,
      metricsBindAddress: `127.0.0.1:${metrics}`,
      // Pods of one machine answer each other directly; without this they would not know the answer as one.
      iptables: { masqueradeAll: true, minSyncPeriod: '100ms' },
      conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    }),
  )
  proof.after(() => attempt(plane.programs['kube-proxy'], words(`--config ${config} --cleanup`)))
  keep(proof, 'kube-proxy', plane.programs['kube-proxy'], ['--config', config])
}

/**
 * Names of Services for pods; a stand-in for CoreDNS, which knows only those. Answers A of
 * `service.namespace.svc.cluster.local`.
 */
export async function startNames(proof: Proof, plane: ControlPlane): Promise<void> {
  let known = new Map<string, string>()
  const look = async () => {
    const { items } = JSON.parse(await plane.get('/api/v1/services')) as {
      items: { metadata: { name: string; namespace: string }; spec: { clusterIP?: string } }[]
    }
    known = new Map(
      items.flatMap(({ metadata: { name, namespace }, spec: { clusterIP } }) =>
        clusterIP === undefined ? [] : [[`${name}.${namespace}.svc.cluster.local`, clusterIP]],
      ),
    )
  }
  const socket = createSocket('udp4')
  proof.after(() => socket.close())
  const answer = async (question: Buffer, { address, port }: RemoteInfo) => {
    const { name, end, isA } = questionIn(question)
    if (!known.has(name)) await look().catch(() => undefined)
    const found = known.get(name)
    socket.send(
      answerTo(question.subarray(0, end), isA ? found : undefined, found !== undefined),
      port,
      address,
    )
  }
  socket.on('message', (question, from) => void answer(question, from).catch(() => undefined))
  await new Promise<void>((bound) => socket.bind(53, HOST_ADDRESS, bound))
}

function questionIn(message: Buffer): { name: string; end: number; isA: boolean } {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length).toLowerCase())
    at += 1 + length
  }
  return { name: labels.join('.'), end: at + 5, isA: message.readUInt16BE(at + 1) === 1 }
}

/** The question back, with the address when there is one; a name that is not there is said not to be. */
function answerTo(question: Buffer, address: string | undefined, isThere: boolean): Buffer {
  const head = Buffer.from(question)
  head.writeUInt16BE(isThere ? 0x8580 : 0x8583, 2)
  head.writeUInt16BE(address === undefined ? 0 : 1, 6)
  head.fill(0, 8, 12)
  if (address === undefined) return head
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, ...address.split('.').map(Number)])
  return Buffer.concat([head, record])
}

/** Lets pods reach a port of this machine's loopback. @returns the port they reach at {@link HOST_ADDRESS} */
export async function lendPort(proof: Proof, port: number): Promise<number> {
  const server = createServer((incoming) => {
    const outgoing = connect(port, '127.0.0.1')
    incoming.pipe(outgoing).pipe(incoming)
    incoming.on('error', () => outgoing.destroy())
    outgoing.on('error', () => incoming.destroy())
  })
  proof.after(() => server.close())
  await new Promise<void>((listening) => server.listen(0, HOST_ADDRESS, listening))
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}
