import { DRAIN_LIMIT_MS } from '../../../../src/cli/serve-command.ts'
import {
  type Container,
  isExporter,
  type KubeObject,
  of,
  type Probe,
  selects,
  settingsOf,
  type Workload,
  workloads,
} from './objects.ts'
import { isOpenToAll, isWide, reaches, reachesAddress } from './reach.ts'
import { FIGURES, type Rule } from './rules-of-figures.ts'
import { SECRET_SETTINGS } from './settings-check.ts'

const PORT = 8080
/** Of the chart, where none is said. */
const SELF_CHECK_PORT = 6001

function eachContainer(
  objects: readonly KubeObject[],
  broken: (container: Container, workload: Workload) => (string | false | undefined)[],
): string[] {
  return workloads(objects).flatMap((workload) =>
    workload.pod.spec.containers.flatMap((container) =>
      broken(container, workload).flatMap((why) => (why ? [`${workload.name}: ${why}`] : [])),
    ),
  )
}

/** Our own processes that stay. */
function deploymentsOf(objects: readonly KubeObject[]): Workload[] {
  return workloads(objects).filter(isServing)
}

const isServing = (one: Workload) => one.kind === 'Deployment' && !isExporter(one)

const isLive = (probe: Probe | undefined, path: string) => probe?.httpGet?.path === path

const PODS: readonly Rule[] = [
  {
    what: 'every Deployment has probes: start and life ask the process, readiness what it stands on',
    broken: (objects) =>
      eachContainer(objects, ({ startupProbe, readinessProbe, livenessProbe }, workload) =>
        isServing(workload)
          ? [
              !isLive(startupProbe, '/health/live') && 'no startup probe',
              !isLive(readinessProbe, '/health/ready') && 'no readiness probe',
              !isLive(livenessProbe, '/health/live') && 'no liveness probe that asks nobody else',
            ]
          : [],
      ),
  },
  {
    what: 'a pod is given the time that draining takes, and is told when nobody sends it anything any more',
    broken: (objects) =>
      eachContainer(objects, ({ lifecycle }, workload) => {
        const { pod } = workload
        const sleep = lifecycle?.preStop?.sleep?.seconds ?? 0
        const given = pod.spec.terminationGracePeriodSeconds ?? 30
        return [
          given * 1_000 <= sleep * 1_000 + DRAIN_LIMIT_MS &&
            `${given} s of grace: ${sleep} s before it is told, ${DRAIN_LIMIT_MS / 1_000} s to drain`,
          isServing(workload) && sleep < 5 && `told after ${sleep} s`,
        ]
      }),
  },
  {
    what: 'every container asks for processor and memory, and is held to limits',
    broken: (objects) =>
      eachContainer(objects, ({ resources }) =>
        (['requests', 'limits'] as const).flatMap((which) =>
          ['cpu', 'memory'].map(
            (what) => resources?.[which]?.[what] === undefined && `no ${which} of ${what}`,
          ),
        ),
      ),
  },
  {
    what: 'nobody is root, the root is read-only, no capabilities, no token of the cluster',
    broken: (objects) =>
      eachContainer(objects, ({ securityContext: own }, { pod: { spec } }) => [
        spec.securityContext?.runAsNonRoot !== true && 'may be root',
        spec.securityContext?.seccompProfile?.type !== 'RuntimeDefault' && 'no seccomp profile',
        own?.readOnlyRootFilesystem !== true && 'may write its root',
        own?.allowPrivilegeEscalation !== false && 'may gain privileges',
        !own?.capabilities?.drop?.includes('ALL') && 'has capabilities',
        spec.automountServiceAccountToken !== false && 'has a token of the cluster',
      ]),
  },
  {
    what: 'pods of a Deployment are spread over machines and zones',
    broken: (objects) =>
      deploymentsOf(objects).flatMap(({ name, pod }) => {
        const keys = (pod.spec.topologySpreadConstraints ?? []).map(({ topologyKey }) => topologyKey)
        return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].flatMap((key) =>
          keys.includes(key) ? [] : [`${name}: ${key}`],
        )
      }),
  },
]

function optionOf({ pod }: Workload, option: string): string {
  const args = pod.spec.containers[0]?.args ?? []
  const at = args.indexOf(option)
  return at < 0 ? '' : (args[at + 1] ?? '')
}
const hosts = (one: Workload) => optionOf(one, '--services').split(',')
const answers = (one: Workload) => optionOf(one, '--role') !== 'worker'

const SECRET_VALUE = /-----BEGIN|\/\/[^/\s:]+:[^@\s]+@|PRD[0-9A-F]{20}/

const SETTINGS: readonly Rule[] = [
  {
    what: 'no secret stands in a ConfigMap, in settings or in arguments: they are files',
    broken: (objects) =>
      workloads(objects).flatMap((workload) => {
        const settings = Object.entries(settingsOf(workload, objects))
        const args = workload.pod.spec.containers.flatMap((one) => one.args ?? [])
        return [
          ...settings.flatMap(([name, value]) =>
            SECRET_SETTINGS.has(name) || SECRET_VALUE.test(value) ? [`${workload.name}: ${name}`] : [],
          ),
          ...args.flatMap((arg) => (SECRET_VALUE.test(arg) ? [`${workload.name}: an argument`] : [])),
        ]
      }),
  },
  {
    what: 'every secret that is named lies in the pod, and no other',
    broken: (objects) =>
      workloads(objects).flatMap((workload) => {
        const items = (workload.pod.spec.volumes ?? []).flatMap(({ secret }) => secret?.items ?? [])
        const there = items.map(({ path }) => path).toSorted()
        const named = Object.entries(settingsOf(workload, objects))
          .flatMap(([name, value]) => (name.endsWith('_FILE') ? [value.split('/').at(-1) ?? ''] : []))
          .toSorted()
        return String(there) === String(named)
          ? []
          : [`${workload.name}: named ${named.join(' ')}; there ${there.join(' ')}`]
      }),
  },
  {
    what: 'a changed setting or secret starts pods anew',
    broken: (objects) =>
      deploymentsOf(objects).flatMap(({ name, pod }) =>
        ['pillivery/settings', 'pillivery/secrets'].flatMap((key) =>
          pod.metadata.annotations?.[key] ? [] : [`${name}: ${key}`],
        ),
      ),
  },
  {
    what: 'who shows the pages is told of every service apart: the console has a room for each',
    broken: (objects) =>
      deploymentsOf(objects)
        .filter((one) => hosts(one).includes('shop') && answers(one))
        .flatMap((pages) => {
          const apart = deploymentsOf(objects).filter(
            (one) => answers(one) && !hosts(one).some((name) => name === 'shop' || name === 'gateway'),
          )
          const callees = told(pages, objects)
          return apart.flatMap(({ name }) =>
            callees.includes(name) ? [] : [`${pages.name} was not told of ${name}`],
          )
        }),
  },
  {
    what: 'every process that serves has the key of the audit',
    broken: (objects) =>
      deploymentsOf(objects).flatMap((one) =>
        hosts(one).includes('gateway') || settingsOf(one, objects).AUDIT_KEY_FILE ? [] : [one.name],
      ),
  },
  {
    what: 'the level of the log is a setting of every process',
    broken: (objects) =>
      workloads(objects).flatMap((workload) =>
        isExporter(workload) || settingsOf(workload, objects).LOG_LEVEL ? [] : [workload.name],
      ),
  },
]

const AROUND: readonly Rule[] = [
  {
    what: 'every Deployment has one disruption budget, which lets a machine be emptied',
    broken: (objects) =>
      deploymentsOf(objects).flatMap(({ name, pod }) => {
        const budgets = of(objects, 'PodDisruptionBudget').filter(({ spec }) =>
          selects(spec.selector, pod.metadata.labels),
        )
        return budgets.length === 1 && budgets[0]?.spec.maxUnavailable === 1
          ? []
          : [`${name}: ${budgets.length} budgets`]
      }),
  },
  {
    what: 'numbers of pods are ruled by one: scaling, or the Deployment',
    broken: (objects) =>
      of(objects, 'Deployment').flatMap(({ metadata: { name }, spec }) => {
        const scalers = of(objects, 'HorizontalPodAutoscaler').filter(
          (one) => one.spec.scaleTargetRef.name === name,
        )
        return scalers.length + (spec.replicas === undefined ? 0 : 1) === 1 ? [] : [name]
      }),
  },
  {
    what: 'scaling is by processor at 50 %, up to three',
    broken: (objects) =>
      of(objects, 'HorizontalPodAutoscaler').flatMap(({ metadata: { name }, spec }) => {
        const cpu = spec.metrics.find(({ resource }) => resource?.name === 'cpu')?.resource
        return cpu?.target.averageUtilization === 50 &&
          spec.minReplicas <= spec.maxReplicas &&
          spec.maxReplicas <= 3
          ? []
          : [name]
      }),
  },
  {
    what: 'one Service is reached from outside, another by named machines only, and each leads to the pods of one Deployment',
    broken: (objects) => {
      const services = of(objects, 'Service')
      const outside = services.filter(
        ({ metadata: { name }, spec }) =>
          spec.type !== 'ClusterIP' && !(name.endsWith('-sip') && spec.loadBalancerSourceRanges?.length),
      )
      return [
        ...(outside.length === 1 && outside[0]?.metadata.name.endsWith('-gateway')
          ? []
          : [`outside: ${outside.map(({ metadata }) => metadata.name).join(', ') || 'none'}`]),
        ...services.flatMap(({ metadata, spec }) => {
          const led = deploymentsOf(objects).filter(({ pod }) =>
            selects({ matchLabels: spec.selector }, pod.metadata.labels),
          )
          return led.length === 1 ? [] : [`${metadata.name} leads to ${led.length}`]
        }),
      ]
    },
  },
  {
    what: 'the billing run is by the clock of Seoul, never two at once, and ends',
    broken: (objects) =>
      of(objects, 'CronJob').flatMap(({ metadata: { name }, spec }) =>
        spec.timeZone === 'Asia/Seoul' &&
        spec.concurrencyPolicy === 'Forbid' &&
        (spec.startingDeadlineSeconds ?? 0) > 0 &&
        (spec.jobTemplate.spec.activeDeadlineSeconds ?? 0) > 0
          ? []
          : [name],
      ),
  },
  {
    what: 'migrations run before the release, and need nothing that is not there yet',
    broken: (objects) => {
      const jobs = of(objects, 'Job')
      const wrong = jobs.flatMap(({ metadata: { name, annotations = {} }, spec }) => {
        const { containers, volumes = [] } = spec.template.spec
        const needs = containers.flatMap(({ envFrom = [] }) => envFrom)
        const claims = volumes.filter(({ persistentVolumeClaim }) => persistentVolumeClaim)
        const hook = annotations['helm.sh/hook'] === 'pre-install,pre-upgrade'
        return hook && needs.length + claims.length === 0 && spec.activeDeadlineSeconds ? [] : [name]
      })
      return jobs.length > 0 ? wrong : ['none']
    },
  },
  {
    what: 'files that processes share can be mounted by many at once',
    broken: (objects) =>
      of(objects, 'PersistentVolumeClaim').flatMap(({ metadata, spec }) =>
        spec.accessModes.includes('ReadWriteMany') ? [] : [metadata.name],
      ),
  },
]

/** Processes a process was told the address of, by the name of their Deployment. */
function told(workload: Workload, objects: readonly KubeObject[]): string[] {
  return Object.entries(settingsOf(workload, objects)).flatMap(([name, value]) =>
    /^(IDENTITY|SHOP|BOOK|BORROW|DASHBOARD|NOTIFICATIONS|PAGES)_URL$/.test(name)
      ? [`Deployment ${new URL(value).hostname}`]
      : [],
  )
}

/** Where a database is that processes must reach. */
export interface Place {
  address: string
  port: number
}

const networkRules = ({ address, port }: Place): readonly Rule[] => [
  {
    what: 'who was told an address reaches it, and nobody else does',
    broken: (objects) => {
      const all = workloads(objects)
      return all.flatMap((from) => {
        const callees = told(from, objects)
        const missing = callees.filter((name) => !all.some((one) => one.name === name))
        return [
          ...missing.map((name) => `${from.name} was told of ${name}, which is not there`),
          ...all.flatMap((to) => {
            if (to === from || isOpenToAll(objects, to.pod, PORT)) return []
            const may = reaches(objects, from.pod, to.pod, PORT)
            if (may === callees.includes(to.name)) return []
            return [`${from.name} ${may ? 'reaches' : 'does not reach'} ${to.name}`]
          }),
        ]
      })
    },
  },
  {
    what: 'only the gateway lets in who comes from outside',
    broken: (objects) =>
      workloads(objects).flatMap(({ name, pod }) =>
        isOpenToAll(objects, pod, PORT) && !name.endsWith('-gateway') ? [name] : [],
      ),
  },
  {
    what: 'the port for self-check machines is open where it is answered, and to those alone who are named',
    broken: (objects) =>
      workloads(objects).flatMap((to) => {
        const { SIP_PORT, SIP_HOST } = settingsOf(to, objects)
        const port = Number(SIP_PORT ?? SELF_CHECK_PORT)
        const services = of(objects, 'Service').filter(
          ({ metadata, spec }) =>
            metadata.name.endsWith('-sip') && selects({ matchLabels: spec.selector }, to.pod.metadata.labels),
        )
        const callers = workloads(objects).filter(
          (from) => from !== to && reaches(objects, from.pod, to.pod, port),
        )
        const isAnswered = SIP_PORT !== undefined
        return [
          isAnswered && SIP_HOST !== '0.0.0.0' && 'listens to itself alone',
          isOpenToAll(objects, to.pod, port) && 'is open to everybody',
          ...callers.map(({ name }) => `lets in ${name}`),
          services.length !== (isAnswered ? 1 : 0) && `${services.length} Services`,
          ...services.flatMap(({ spec }) =>
            (spec.loadBalancerSourceRanges ?? []).map((range) => isWide(range) && `lets in ${range}`),
          ),
        ].flatMap((why) => (why ? [`${to.name}: ${why}`] : []))
      }),
  },
  {
    what: 'who has an address of the database reaches it, and nobody else does',
    broken: (objects) =>
      workloads(objects).flatMap((workload) => {
        const has = Object.keys(settingsOf(workload, objects)).some(
          (key) => key.endsWith('DATABASE_URL_FILE') || key === 'DATA_SOURCE_URI',
        )
        const may = reachesAddress(objects, workload.pod, address, port)
        return has === may ? [] : [`${workload.name} ${may ? 'reaches' : 'does not reach'} it`]
      }),
  },
  {
    what: 'nothing reaches private addresses it has no business with, nor those of the machine’s cloud',
    broken: (objects) =>
      workloads(objects).flatMap(({ name, pod }) =>
        ['10.1.2.3', '192.168.1.1', '169.254.169.254'].flatMap((other) =>
          reachesAddress(objects, pod, other, 443) ? [`${name}: ${other}`] : [],
        ),
      ),
  },
]

/** All of them, for an installation whose database is there. */
export function rulesFor(database: Place): readonly Rule[] {
  return [...PODS, ...SETTINGS, ...AROUND, ...networkRules(database), ...FIGURES]
}

/** For the files of values that come with the chart. */
export const RULES: readonly Rule[] = rulesFor({ address: '10.20.0.5', port: 5432 })
