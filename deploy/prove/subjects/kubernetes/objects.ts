/** Objects as Helm renders them: what the rules look at, nothing more. */

export type Labels = Readonly<Record<string, string>>

export interface Probe {
  httpGet?: { path: string; port: string | number }
  periodSeconds?: number
  timeoutSeconds?: number
  failureThreshold?: number
}

export interface Container {
  name: string
  image: string
  args?: string[]
  env?: { name: string; value?: string }[]
  envFrom?: { configMapRef?: { name: string } }[]
  ports?: { name: string; containerPort: number }[]
  resources?: Partial<Record<'requests' | 'limits', Record<string, string>>>
  startupProbe?: Probe
  readinessProbe?: Probe
  livenessProbe?: Probe
  lifecycle?: { preStop?: { sleep?: { seconds: number } } }
  securityContext?: {
    allowPrivilegeEscalation?: boolean
    readOnlyRootFilesystem?: boolean
    capabilities?: { drop?: string[] }
  }
}

export interface Volume {
  name: string
  secret?: { secretName: string; items?: { key: string; path: string }[] }
  persistentVolumeClaim?: { claimName: string }
}

export interface Pod {
  metadata: { labels: Labels; annotations?: Labels }
  spec: {
    automountServiceAccountToken?: boolean
    serviceAccountName?: string
    terminationGracePeriodSeconds?: number
    securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type: string } }
    topologySpreadConstraints?: { topologyKey: string }[]
    containers: Container[]
    initContainers?: Container[]
    volumes?: Volume[]
  }
}

interface Meta {
  metadata: { name: string; labels?: Labels; annotations?: Record<string, string> }
}

export interface Selector {
  matchLabels?: Labels
}

export type Deployment = Meta & {
  kind: 'Deployment'
  spec: { replicas?: number; selector: Selector; strategy?: { type?: string }; template: Pod }
}
export type Job = Meta & { kind: 'Job'; spec: { activeDeadlineSeconds?: number; template: Pod } }
export type CronJob = Meta & {
  kind: 'CronJob'
  spec: {
    schedule: string
    timeZone?: string
    concurrencyPolicy?: string
    startingDeadlineSeconds?: number
    jobTemplate: { spec: { activeDeadlineSeconds?: number; template: Pod } }
  }
}
export type ConfigMap = Meta & { kind: 'ConfigMap'; data: Record<string, string> }
export type Service = Meta & {
  kind: 'Service'
  spec: { type: string; selector: Labels; ports: { port: number }[]; loadBalancerSourceRanges?: string[] }
}
export type Budget = Meta & {
  kind: 'PodDisruptionBudget'
  spec: { maxUnavailable?: number | string; minAvailable?: number | string; selector: Selector }
}
export type Autoscaler = Meta & {
  kind: 'HorizontalPodAutoscaler'
  spec: {
    scaleTargetRef: { name: string }
    minReplicas: number
    maxReplicas: number
    metrics: { type: string; resource?: { name: string; target: { averageUtilization?: number } } }[]
  }
}
export interface Peer {
  podSelector?: Selector
  namespaceSelector?: Selector
  ipBlock?: { cidr: string; except?: string[] }
}
export interface Opening {
  from?: Peer[]
  to?: Peer[]
  ports?: { protocol?: string; port: number }[]
}
export type Policy = Meta & {
  kind: 'NetworkPolicy'
  spec: { podSelector: Selector; policyTypes: string[]; ingress?: Opening[]; egress?: Opening[] }
}
export type Claim = Meta & { kind: 'PersistentVolumeClaim'; spec: { accessModes: string[] } }

/** Of the Prometheus Operator: which pods it scrapes, and how. */
export type PodMonitor = Meta & {
  kind: 'PodMonitor'
  spec: {
    selector: Selector
    podMetricsEndpoints: {
      port: string
      authorization?: { credentials?: { name: string; key: string } }
      relabelings?: { targetLabel?: string; replacement?: string }[]
    }[]
  }
}

export type KubeObject =
  | Deployment
  | Job
  | CronJob
  | ConfigMap
  | Service
  | Budget
  | Autoscaler
  | Policy
  | Claim
  | PodMonitor

/** The objects of one kind. */
export function of<K extends KubeObject['kind']>(
  objects: readonly KubeObject[],
  kind: K,
): Extract<KubeObject, { kind: K }>[] {
  return objects.filter((one): one is Extract<KubeObject, { kind: K }> => one.kind === kind)
}

export interface Workload {
  /** For people: kind and name. */
  name: string
  kind: 'Deployment' | 'Job' | 'CronJob'
  pod: Pod
}

/** Whatever makes pods. */
export function workloads(objects: readonly KubeObject[]): Workload[] {
  return objects.flatMap((one): Workload[] => {
    const name = `${one.kind} ${one.metadata.name}`
    if (one.kind === 'Deployment' || one.kind === 'Job')
      return [{ name, kind: one.kind, pod: one.spec.template }]
    return one.kind === 'CronJob' ? [{ name, kind: one.kind, pod: one.spec.jobTemplate.spec.template }] : []
  })
}

/** Whether it runs no process of ours, but tells figures of something behind them. */
export function isExporter({ pod }: Pick<Workload, 'pod'>): boolean {
  return (pod.metadata.labels['app.kubernetes.io/component'] ?? '').includes('-exporter-')
}

/** Whether a selector chooses these labels; an empty one chooses all. */
export function selects({ matchLabels = {} }: Selector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
}

/** The settings of a workload's container, from its own list and from maps of the same chart. */
export function settingsOf({ pod }: Workload, objects: readonly KubeObject[]): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const container of pod.spec.containers) {
    for (const { configMapRef } of container.envFrom ?? [])
      for (const map of of(objects, 'ConfigMap'))
        if (map.metadata.name === configMapRef?.name) Object.assign(settings, map.data)
    for (const { name, value = '' } of container.env ?? []) settings[name] = value
  }
  return settings
}
