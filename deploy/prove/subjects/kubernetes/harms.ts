import { type Container, isExporter, type KubeObject, of, workloads } from './objects.ts'

/** Something a person could get wrong in the chart, done to what was rendered: a rule must notice each. */
export interface Harm {
  what: string
  /** The rule that must notice it; that another one does is luck. */
  noticedBy: string
  /** Changes the objects. */
  do(objects: KubeObject[]): void
}

/** Of our own processes. */
const containers = (objects: readonly KubeObject[]): Container[] =>
  workloads(objects)
    .filter((one) => !isExporter(one))
    .flatMap(({ pod }) => pod.spec.containers)

export function first<T>(list: readonly T[], does: (one: T) => boolean = () => true): T {
  const found = list.find(does)
  if (found === undefined) throw new Error('there is nothing to harm')
  return found
}

export function remove(objects: KubeObject[], does: (one: KubeObject) => boolean): void {
  const index = objects.findIndex(does)
  if (index === -1) throw new Error('there is nothing to take away')
  objects.splice(index, 1)
}

export const isNamed = (kind: KubeObject['kind'], end: string) => (one: KubeObject) =>
  one.kind === kind && one.metadata.name.endsWith(end)

export function deployment(objects: KubeObject[], end: string) {
  return first(of(objects, 'Deployment'), ({ metadata }) => metadata.name.endsWith(end))
}

export function policy(objects: KubeObject[], end: string) {
  return first(of(objects, 'NetworkPolicy'), ({ metadata }) => metadata.name.endsWith(end))
}

export const HARMS: readonly Harm[] = [
  {
    what: 'a Deployment without a readiness probe',
    noticedBy: 'every Deployment has probes: start and life ask the process, readiness what it stands on',
    do: (all) => delete first(containers(all), (one) => one.readinessProbe !== undefined).readinessProbe,
  },
  {
    what: 'a liveness probe that asks the database',
    noticedBy: 'every Deployment has probes: start and life ask the process, readiness what it stands on',
    do: (all) => {
      first(containers(all), (one) => one.livenessProbe !== undefined).livenessProbe = {
        httpGet: { path: '/health/ready', port: 'http' },
      }
    },
  },
  {
    what: 'less time to end than draining takes',
    noticedBy:
      'a pod is given the time that draining takes, and is told when nobody sends it anything any more',
    do: (all) => {
      deployment(all, '-shop').spec.template.spec.terminationGracePeriodSeconds = 30
    },
  },
  {
    what: 'no pause before the end',
    noticedBy:
      'a pod is given the time that draining takes, and is told when nobody sends it anything any more',
    do: (all) => delete first(containers(all)).lifecycle,
  },
  {
    what: 'no limits',
    noticedBy: 'every container asks for processor and memory, and is held to limits',
    do: (all) => delete first(containers(all)).resources?.limits,
  },
  {
    what: 'a writable root',
    noticedBy: 'nobody is root, the root is read-only, no capabilities, no token of the cluster',
    do: (all) => delete first(containers(all)).securityContext,
  },
  {
    what: 'a token of the cluster',
    noticedBy: 'nobody is root, the root is read-only, no capabilities, no token of the cluster',
    do: (all) => {
      first(workloads(all)).pod.spec.automountServiceAccountToken = true
    },
  },
  {
    what: 'pods that may all be on one machine',
    noticedBy: 'pods of a Deployment are spread over machines and zones',
    do: (all) => delete deployment(all, '-book').spec.template.spec.topologySpreadConstraints,
  },
  {
    what: 'a secret in a ConfigMap',
    noticedBy: 'no secret stands in a ConfigMap, in settings or in arguments: they are files',
    do: (all) => {
      first(of(all, 'ConfigMap')).data.SERVICE_TOKEN = '0123456789abcdef'
    },
  },
  {
    what: 'a secret in a setting that is none',
    noticedBy: 'no secret stands in a ConfigMap, in settings or in arguments: they are files',
    do: (all) => {
      first(of(all, 'ConfigMap')).data.KAFKA_PREFIX = 'postgres://shop:hunter2@10.0.0.1/shop'
    },
  },
  {
    what: 'a secret that nobody mounts',
    noticedBy: 'every secret that is named lies in the pod, and no other',
    do: (all) => {
      deployment(all, '-borrow').spec.template.spec.volumes = []
    },
  },
  {
    what: 'changed settings that nobody reads',
    noticedBy: 'a changed setting or secret starts pods anew',
    do: (all) => delete deployment(all, '-shop').spec.template.metadata.annotations,
  },
  {
    what: 'pages that do not know where accounts are',
    noticedBy: 'who shows the pages is told of every service apart: the console has a room for each',
    do: (all) => {
      delete first(of(all, 'ConfigMap'), ({ metadata }) => metadata.name.endsWith('-shop')).data.IDENTITY_URL
    },
  },
  {
    what: 'a Deployment without a budget',
    noticedBy: 'every Deployment has one disruption budget, which lets a machine be emptied',
    do: (all) => remove(all, isNamed('PodDisruptionBudget', '-book')),
  },
  {
    what: 'a budget that no machine can be emptied under',
    noticedBy: 'every Deployment has one disruption budget, which lets a machine be emptied',
    do: (all) => {
      const { spec } = first(of(all, 'PodDisruptionBudget'))
      delete spec.maxUnavailable
      spec.minAvailable = 1
    },
  },
  {
    what: 'two that rule the number of pods, or none',
    noticedBy: 'numbers of pods are ruled by one: scaling, or the Deployment',
    do: (all) => {
      const { spec } = deployment(all, '-shop')
      if (spec.replicas === undefined) spec.replicas = 2
      else delete spec.replicas
    },
  },
  {
    what: 'a service that is reached from outside',
    noticedBy:
      'one Service is reached from outside, another by named machines only, and each leads to the pods of one Deployment',
    do: (all) => {
      first(of(all, 'Service'), ({ spec }) => spec.type === 'ClusterIP').spec.type = 'NodePort'
    },
  },
  {
    what: 'a Service that leads nowhere',
    noticedBy:
      'one Service is reached from outside, another by named machines only, and each leads to the pods of one Deployment',
    do: (all) => {
      first(of(all, 'Service')).spec.selector = { 'app.kubernetes.io/component': 'nobody' }
    },
  },
  {
    what: 'a migration that waits for what comes after it',
    noticedBy: 'migrations run before the release, and need nothing that is not there yet',
    do: (all) => {
      const [container] = first(of(all, 'Job')).spec.template.spec.containers
      if (container) container.envFrom = [{ configMapRef: { name: 'pillivery-shop' } }]
    },
  },
  {
    what: 'a process without its policy',
    noticedBy: 'who was told an address reaches it, and nobody else does',
    do: (all) => remove(all, isNamed('NetworkPolicy', '-dashboard')),
  },
  {
    what: 'a policy that lets in everybody',
    noticedBy: 'only the gateway lets in who comes from outside',
    do: (all) => {
      policy(all, '-book').spec.ingress = [{}]
    },
  },
  {
    what: 'a policy with an empty list, which is everybody',
    noticedBy: 'only the gateway lets in who comes from outside',
    do: (all) => {
      policy(all, '-book').spec.ingress = [{ from: [], ports: [{ port: 8080 }] }]
    },
  },
  {
    what: 'a policy that lets in every namespace',
    noticedBy: 'only the gateway lets in who comes from outside',
    do: (all) => {
      policy(all, '-book').spec.ingress?.push({ from: [{ namespaceSelector: {} }], ports: [{ port: 8080 }] })
    },
  },
  {
    what: 'a policy that lets in a whole network',
    noticedBy: 'only the gateway lets in who comes from outside',
    do: (all) => {
      policy(all, '-book').spec.ingress?.push({
        from: [{ ipBlock: { cidr: '10.0.0.0/8' } }],
        ports: [{ port: 8080 }],
      })
    },
  },
  {
    what: 'a policy that forgets a caller',
    noticedBy: 'who was told an address reaches it, and nobody else does',
    do: (all) => {
      policy(all, '-identity').spec.ingress = []
    },
  },
  {
    what: 'a gateway that reaches the database',
    noticedBy: 'who has an address of the database reaches it, and nobody else does',
    do: (all) => {
      policy(all, '-gateway').spec.egress?.push({
        to: [{ ipBlock: { cidr: '10.20.0.0/24' } }],
        ports: [{ port: 5432 }],
      })
    },
  },
  {
    what: 'a worker that reaches everything',
    noticedBy: 'nothing reaches private addresses it has no business with, nor those of the machine’s cloud',
    do: (all) => {
      policy(all, '-shop-worker').spec.egress?.push({})
    },
  },
]

/** Harms of what only some values render. */
export const HARMS_OF_PRODUCTION: readonly Harm[] = [
  {
    what: 'a run by another clock',
    noticedBy: 'the billing run is by the clock of Seoul, never two at once, and ends',
    do: (all) => {
      first(of(all, 'CronJob')).spec.timeZone = 'Etc/UTC'
    },
  },
  {
    what: 'two runs at once',
    noticedBy: 'the billing run is by the clock of Seoul, never two at once, and ends',
    do: (all) => delete first(of(all, 'CronJob')).spec.concurrencyPolicy,
  },
  {
    what: 'scaling without an end',
    noticedBy: 'scaling is by processor at 50 %, up to three',
    do: (all) => {
      first(of(all, 'HorizontalPodAutoscaler')).spec.maxReplicas = 50
    },
  },
  {
    what: 'files for one machine only',
    noticedBy: 'files that processes share can be mounted by many at once',
    do: (all) => {
      first(of(all, 'PersistentVolumeClaim')).spec.accessModes = ['ReadWriteOnce']
    },
  },
]

const SELF_CHECK =
  'the port for self-check machines is open where it is answered, and to those alone who are named'

/** Harms of what is rendered where self-check machines are let in. */
export const HARMS_OF_SELF_CHECK: readonly Harm[] = [
  {
    what: 'a port for machines that is open to everybody',
    noticedBy: SELF_CHECK,
    do: (all) => {
      policy(all, '-borrow').spec.ingress?.push({ ports: [{ port: 6001 }] })
    },
  },
  {
    what: 'a port for machines that other services reach',
    noticedBy: SELF_CHECK,
    do: (all) => {
      const peer = { podSelector: {} }
      policy(all, '-borrow').spec.ingress?.push({ from: [peer], ports: [{ port: 6001 }] })
      policy(all, '-shop').spec.egress?.push({ to: [peer], ports: [{ port: 6001 }] })
    },
  },
  {
    what: 'a balancer for machines that lets in everybody',
    noticedBy:
      'one Service is reached from outside, another by named machines only, and each leads to the pods of one Deployment',
    do: (all) => delete first(of(all, 'Service'), isNamed('Service', '-sip')).spec.loadBalancerSourceRanges,
  },
  {
    what: 'a balancer for machines that lets in a whole network',
    noticedBy: SELF_CHECK,
    do: (all) => {
      first(of(all, 'Service'), isNamed('Service', '-sip')).spec.loadBalancerSourceRanges = ['0.0.0.0/0']
    },
  },
  {
    what: 'a port for machines on which nobody listens',
    noticedBy: SELF_CHECK,
    do: (all) => {
      delete first(of(all, 'ConfigMap'), isNamed('ConfigMap', '-borrow')).data.SIP_PORT
    },
  },
]
