import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { every } from '../../../src/platform/resilience/loop.ts'
import type { Proof } from '../kit/proof.ts'
import type { ControlPlane } from './control-plane.ts'

const EVERY_MS = 2_000

interface PodItem {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  spec: { containers: { ports?: { containerPort: number }[] }[] }
  status: { phase: string; podIP?: string }
}

/**
 * What Prometheus makes of `kubernetes_sd_configs: [{ role: pod }]`: Debian's is built without it. A target for each
 * port of each pod that has an address, with the labels Prometheus gives it, read from the real API.
 * @returns the file of targets, for `file_sd_configs`
 */
export async function startDiscovery(proof: Proof, plane: ControlPlane, namespace: string): Promise<string> {
  const file = join(proof.folder, 'pods.json')
  const look = async () => {
    const { items } = JSON.parse(await plane.get(`/api/v1/namespaces/${namespace}/pods`)) as {
      items: PodItem[]
    }
    writeFileSync(`${file}.new`, JSON.stringify(items.flatMap(targetsOf)))
    renameSync(`${file}.new`, file)
  }
  await look()
  const loop = every({ name: 'discovery', intervalMs: EVERY_MS, run: look, onError: () => undefined })
  proof.after(() => loop.stop())
  return file
}

function targetsOf({ metadata, spec, status: { phase, podIP } }: PodItem) {
  if (podIP === undefined) return []
  const ports = spec.containers.flatMap(({ ports = [] }) => ports)
  const labels = Object.fromEntries(
    Object.entries({
      pod_name: metadata.name,
      pod_ip: podIP,
      pod_phase: phase,
      ...named('pod_label', metadata.labels),
      ...named('pod_annotation', metadata.annotations),
    }).map(([name, value]) => [`__meta_kubernetes_${name}`, value]),
  )
  // Of a pod without ports Prometheus makes one target, without a port.
  const addresses = ports.length === 0 ? [podIP] : ports.map((port) => `${podIP}:${port.containerPort}`)
  return [{ targets: addresses, labels }]
}

function named(kind: string, values: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${kind}_${name.replaceAll(/\W/g, '_')}`, value]),
  )
}
