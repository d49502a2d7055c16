import type { Prove } from './kit/proof.ts'

interface Subject {
  /** One line for people. */
  about: string
  load(): Promise<Prove>
}

/** What can be proved, by its name on the command line. */
export const SUBJECTS: Readonly<Record<string, Subject>> = {
  quick: {
    about: 'what can be checked in two minutes, without starting anything (part of the gate)',
    load: async () => (await import('./subjects/quick.ts')).proveQuick,
  },
  tools: {
    about: 'builds the tools that take long, for the proofs after it: all, or those named',
    load: async () => (await import('./subjects/tools.ts')).proveTools,
  },
  images: {
    about: 'the container image: size, start, read-only, no shell, bill of materials',
    load: async () => (await import('./subjects/images.ts')).proveImages,
  },
  nginx: {
    about: 'nginx in front of two servers: spread, walls, addresses, retries, rolling restart',
    load: async () => (await import('./subjects/nginx.ts')).proveNginx,
  },
  compose: {
    about: 'everything on one host: up, rolled under load, the database killed, down',
    load: async () => (await import('./subjects/compose.ts')).proveCompose,
  },
  kubernetes: {
    about:
      'the Helm chart: rendered with both files of values, held against schemas, rules and the application',
    load: async () => (await import('./subjects/kubernetes.ts')).proveKubernetes,
  },
  monitoring: {
    about: 'rules, dashboards and alarms: a real Prometheus scrapes, every panel is asked, Slack is told',
    load: async () => (await import('./subjects/monitoring.ts')).proveMonitoring,
  },
  alarms: {
    about:
      'whom Alertmanager tells what: causes silence what they cause, and a webhook that was revoked is told by another one, from a machine that boots',
    load: async () => (await import('./subjects/alarms/alarms.ts')).proveAlarms,
  },
  outages: {
    about:
      'each backing service and process killed in turn under load: what is promised happens, and its alarm arrives',
    load: async () => (await import('./subjects/outages.ts')).proveOutages,
  },
  deploy: {
    about:
      'a release rolled out over SSH through a bastion while people buy: good, bad on the second server, two at once, no bastion (`deploy quick`: its steps alone)',
    load: async () => (await import('./subjects/rolling/deployment.ts')).proveDeployment,
  },
  'previous-release': {
    about:
      'the release before this one on the schema of this one, alone and beside it; a commit may be named',
    load: async () => (await import('./subjects/previous-release.ts')).provePreviousRelease,
  },
  pipelines: {
    about: 'the pipelines: the workflow by actionlint, and that what they call is there',
    load: async () => (await import('./subjects/pipelines.ts')).provePipelines,
  },
  'batch-vm': {
    about: 'the units of the batch machine, and the function that starts it',
    load: async () => (await import('./subjects/batch-vm.ts')).proveBatchVm,
  },
  backup: {
    about: 'the drill: the database is destroyed, restored to a moment, and held against the bank',
    load: async () => (await import('./subjects/backup.ts')).proveBackup,
  },
  keys: {
    about:
      'keys of access tokens and of stored payment methods are changed while people log in and the night is billed',
    load: async () => (await import('./subjects/keys.ts')).proveKeys,
  },
  failover: {
    about:
      'the drills: the leader of three databases is killed while people buy, nothing acknowledged is lost; the primary of Redis is killed, no request fails',
    load: async () => (await import('./subjects/failover.ts')).proveFailover,
  },
  growth: {
    about:
      'more than one of each: billing workers on one run, servers of one service and brokers of Kafka, of which one is killed',
    load: async () => (await import('./subjects/growth/growth.ts')).proveGrowth,
  },
  load: {
    about:
      'people as Locust plays them: categories, payments at a slow and a failing bank, a siege of the library',
    load: async () => (await import('./subjects/load.ts')).proveLoad,
  },
}

export function subjectOf(name: string): Subject | undefined {
  return Object.hasOwn(SUBJECTS, name) ? SUBJECTS[name] : undefined
}
