import { isExporter, type KubeObject, of, type Pod, selects, type Workload, workloads } from './objects.ts'
import { isOpenToAll, reaches, reachesAddress } from './reach.ts'

/** What must hold of the rendered chart, whatever the values. Each gives what breaks it, for people. */
export interface Rule {
  what: string
  broken(objects: readonly KubeObject[]): string[]
}

const PORT = 9187
/** Somewhere on the internet: an address of documentation. */
const ELSEWHERE = '203.0.113.5'

function deployed(objects: readonly KubeObject[]): Workload[] {
  return workloads(objects).filter(({ kind }) => kind === 'Deployment')
}

function portsOf({ spec }: Pod) {
  return spec.containers.flatMap(({ ports = [] }) => ports)
}

/** Figures: who tells them, and how they are found. */
export const FIGURES: readonly Rule[] = [
  {
    what: 'an exporter answers nobody but who reads figures, reaches nothing but its database, and starts anew with other questions or another password',
    broken: (objects) =>
      deployed(objects)
        .filter(isExporter)
        .flatMap((exporter) => {
          const { name, pod } = exporter
          const callers = workloads(objects).filter(
            (from) => from !== exporter && reaches(objects, from.pod, pod, PORT),
          )
          return [
            isOpenToAll(objects, pod, PORT) && 'is open to everybody',
            ...callers.map((from) => `lets in ${from.name}`),
            reachesAddress(objects, pod, ELSEWHERE, 443) && 'reaches the internet',
            ...['pillivery/settings', 'pillivery/secrets'].map(
              (key) => !pod.metadata.annotations?.[key] && `no ${key}`,
            ),
          ].flatMap((why) => (why ? [`${name}: ${why}`] : []))
        }),
  },
  {
    what: 'an exporter goes on while a release is rolled out, and there are never two of one server, which tell the same figures',
    broken: (objects) =>
      of(objects, 'Deployment').flatMap(({ metadata, spec }) => {
        if (!isExporter({ pod: spec.template })) return []
        return [
          spec.template.metadata.labels['app.kubernetes.io/version'] !== undefined &&
            'starts anew with a release',
          spec.strategy?.type !== 'Recreate' && 'the next one starts beside it',
          (spec.replicas ?? 1) !== 1 && `${spec.replicas} of it`,
        ].flatMap((why) => (why ? [`${metadata.name}: ${why}`] : []))
      }),
  },
  {
    what: 'where pods are found by annotations, all that tell figures are, at a port they have',
    broken: (objects) => {
      const portOf = ({ pod }: Workload) => pod.metadata.annotations?.['prometheus.io/port']
      const all = deployed(objects)
      if (all.every((one) => portOf(one) === undefined)) return []
      return all.flatMap((one) =>
        one.pod.metadata.annotations?.['prometheus.io/scrape'] === 'true' &&
        portsOf(one.pod).some(({ containerPort }) => String(containerPort) === portOf(one))
          ? []
          : [`${one.name}: ${portOf(one) ?? 'none'}`],
      )
    },
  },
  {
    what: 'where an operator finds pods, every one that tells figures is found once, and the token goes to our processes alone',
    broken: (objects) => {
      const monitors = of(objects, 'PodMonitor')
      if (monitors.length === 0) return []
      return deployed(objects).flatMap((one) => {
        const found = monitors.flatMap(({ spec }) =>
          selects(spec.selector, one.pod.metadata.labels)
            ? spec.podMetricsEndpoints.filter(({ port }) =>
                portsOf(one.pod).some(({ name }) => name === port),
              )
            : [],
        )
        const job = isExporter(one) ? 'postgres' : 'pillivery'
        const isNamed = found.every(({ relabelings = [] }) =>
          relabelings.some(({ targetLabel, replacement }) => targetLabel === 'job' && replacement === job),
        )
        const hasToken = found.some(({ authorization }) => authorization?.credentials !== undefined)
        return [
          found.length !== 1 && `found ${found.length} times`,
          !isNamed && `not as ${job}`,
          hasToken === isExporter(one) && (hasToken ? 'is given the token' : 'is asked without the token'),
        ].flatMap((why) => (why ? [`${one.name}: ${why}`] : []))
      })
    },
  },
]
