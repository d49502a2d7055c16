import { deployment, first, type Harm, isNamed, policy, remove } from './harms.ts'
import { of } from './objects.ts'

const EXPORTER =
  'an exporter answers nobody but who reads figures, reaches nothing but its database, and starts anew with other questions or another password'
const ALONE =
  'an exporter goes on while a release is rolled out, and there are never two of one server, which tell the same figures'
const OPERATOR =
  'where an operator finds pods, every one that tells figures is found once, and the token goes to our processes alone'

/** Harms of what tells figures of the database. */
export const HARMS_OF_EXPORTERS: readonly Harm[] = [
  {
    what: 'an exporter that everybody may ask',
    noticedBy: EXPORTER,
    do: (all) => {
      policy(all, '-postgres-exporter-primary').spec.ingress = [{ ports: [{ port: 9187 }] }]
    },
  },
  {
    what: 'an exporter without a policy',
    noticedBy: EXPORTER,
    do: (all) => {
      remove(all, isNamed('NetworkPolicy', '-postgres-exporter-primary'))
      remove(all, isNamed('NetworkPolicy', '-nothing'))
    },
  },
  {
    what: 'an exporter that reaches the internet',
    noticedBy: EXPORTER,
    do: (all) => {
      policy(all, '-postgres-exporter-primary').spec.egress?.push({ ports: [{ port: 443 }] })
    },
  },
  {
    what: 'an exporter that keeps an old password',
    noticedBy: EXPORTER,
    do: (all) => {
      delete deployment(all, '-postgres-exporter-primary').spec.template.metadata.annotations
    },
  },
  {
    what: 'an exporter that starts anew with every release',
    noticedBy: ALONE,
    do: (all) => {
      const { metadata } = deployment(all, '-postgres-exporter-primary').spec.template
      metadata.labels = { ...metadata.labels, 'app.kubernetes.io/version': 'next' }
    },
  },
  {
    what: 'an exporter whose next one starts beside it',
    noticedBy: ALONE,
    do: (all) => {
      deployment(all, '-postgres-exporter-primary').spec.strategy = { type: 'RollingUpdate' }
    },
  },
]

export const HARMS_OF_ANNOTATIONS: readonly Harm[] = [
  {
    what: 'a worker that no Prometheus finds',
    noticedBy: 'where pods are found by annotations, all that tell figures are, at a port they have',
    do: (all) => {
      deployment(all, '-shop-worker').spec.template.metadata.annotations = {}
    },
  },
]

export const HARMS_OF_MONITORS: readonly Harm[] = [
  {
    what: 'a monitor of a port nobody has',
    noticedBy: OPERATOR,
    do: (all) => {
      first(first(of(all, 'PodMonitor')).spec.podMetricsEndpoints).port = 'web'
    },
  },
  {
    what: 'an exporter that is given the token',
    noticedBy: OPERATOR,
    do: (all) => {
      first(
        first(of(all, 'PodMonitor'), isNamed('PodMonitor', '-postgres')).spec.podMetricsEndpoints,
      ).authorization = { credentials: { name: 'pillivery', key: 'metrics_token' } }
    },
  },
]
