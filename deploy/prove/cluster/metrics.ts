import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { every } from '../../../src/platform/resilience/loop.ts'
import type { Proof } from '../kit/proof.ts'
import type { ControlPlane } from './control-plane.ts'

const EVERY_MS = 5_000

interface Sample {
  /** Seconds of processor time. */
  cpu: number
  at: number
}

/**
 * What metrics-server does, as far as scaling asks it: processor time of pods as their kubelets measure it, as
 * metrics.k8s.io. The figures are real, only who passes them on is a stand-in.
 */
export async function startMetrics(
  proof: Proof,
  plane: ControlPlane,
  nodes: readonly string[],
): Promise<void> {
  const before = new Map<string, Sample>()
  const rates = new Map<string, number>()
  const loop = every({
    name: 'metrics',
    intervalMs: EVERY_MS,
    run: async () => {
      for (const node of nodes) {
        const text = await plane.get(`/api/v1/nodes/${node}/proxy/metrics/resource`)
        for (const [, labels = '', value, stamp] of text.matchAll(
          /^pod_cpu_usage_seconds_total\{([^}]*)\} (\S+) (\d+)/gm,
        )) {
          const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? ''
          const key = `${label('namespace')}/${label('pod')}`
          const now = { cpu: Number(value), at: Number(stamp) }
          const last = before.get(key)
          if (last && now.at > last.at) rates.set(key, ((now.cpu - last.cpu) * 1_000) / (now.at - last.at))
          if (!last || now.at > last.at) before.set(key, now)
        }
      }
    },
    onError: () => undefined,
  })
  proof.after(() => loop.stop())
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'https://metrics')
    const [, namespace] =
      /^\/apis\/metrics\.k8s\.io\/v1beta1\/namespaces\/([^/]+)\/pods$/.exec(url.pathname) ?? []
    response.setHeader('content-type', 'application/json')
    if (namespace === undefined) return response.end(JSON.stringify(RESOURCES))
    const selector = encodeURIComponent(url.searchParams.get('labelSelector') ?? '')
    const { items } = JSON.parse(
      await plane.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`),
    ) as { items: { metadata: { name: string; labels: Record<string, string> } }[] }
    const measured = items.flatMap(({ metadata: { name, labels } }) => {
      const rate = rates.get(`${namespace}/${name}`)
      if (rate === undefined) return []
      const usage = { cpu: `${Math.round(rate * 1e9)}n`, memory: '0' }
      return [
        {
          metadata: { name, namespace, labels },
          timestamp: new Date().toISOString(),
          window: `${EVERY_MS / 1_000}s`,
          containers: [{ name: 'app', usage }],
        },
      ]
    })
    return response.end(
      JSON.stringify({
        kind: 'PodMetricsList',
        apiVersion: 'metrics.k8s.io/v1beta1',
        metadata: {},
        items: measured,
      }),
    )
  }
  const server = createServer(plane.tls, (request, response) => {
    answer(request, response).catch(() => response.writeHead(503).end())
  })
  proof.after(() => server.close())
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  await plane.kubectl(['apply', '-f', '-'], { input: JSON.stringify(registration(port)) })
}

const RESOURCES = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'metrics.k8s.io/v1beta1',
  resources: [
    { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
  ],
}

/** A Service that leads out of the cluster: addresses of loopback are no endpoints. */
function registration(port: number) {
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'metrics', namespace: 'kube-system' },
        spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
      },
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: 'v1beta1.metrics.k8s.io' },
        spec: {
          group: 'metrics.k8s.io',
          version: 'v1beta1',
          insecureSkipTLSVerify: true,
          groupPriorityMinimum: 100,
          versionPriority: 100,
          service: { name: 'metrics', namespace: 'kube-system', port },
        },
      },
    ],
  }
}
