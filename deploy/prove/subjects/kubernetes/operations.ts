import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { inWords, startLoad } from '../../kit/load.ts'
import { browse } from '../../kit/people/customers.ts'
import { claimKept, claimUnharmed } from '../../kit/people/visitors.ts'
import type { Proof } from '../../kit/proof.ts'
import type { Installation } from './installation.ts'
import { type KubeObject, of } from './objects.ts'
import { underLoad } from './rollouts.ts'
import { rulesFor } from './rules.ts'

const GATEWAY = 'app.kubernetes.io/component=gateway'

/** What stands in the cluster, held against the same rules as what was rendered. */
export async function proveLive(proof: Proof, installation: Installation): Promise<void> {
  const { objects, kubectl, url, database } = installation
  const live = withoutScaled(await objects())
  const rules = rulesFor(database)
  const broken = rules.flatMap((rule) => rule.broken(live).map((why) => `${rule.what}: ${why}`))
  proof.claim(
    'what is in the cluster holds every rule the chart is held against',
    broken.length === 0,
    broken.join('; ') || `${live.length} objects, ${rules.length} rules`,
  )
  const statusOf = async (path: string) => (await fetch(`${url}${path}`)).status
  const open = await Promise.all(['/', '/api/items', '/api/books'].map(statusOf))
  const closed = await Promise.all(['/metrics', '/internal/items/1', '/api/dashboard'].map(statusOf))
  proof.claim(
    'shop and library answer behind the gateway, and nothing internal',
    open.every((status) => status === 200) && closed.every((status) => status > 400 && status < 405),
    `${open.join(', ')}; ${closed.join(', ')}`,
  )
  const claim = await kubectl([
    'get',
    'pvc',
    '-o',
    'jsonpath={.items[*].status.phase} {.items[*].status.accessModes}',
  ])
  proof.claim(
    'the volume for files is bound, for many',
    claim.includes('Bound') && claim.includes('ReadWriteMany'),
    claim,
  )
}

/** Where a scaler rules, it writes the number into the Deployment. */
function withoutScaled(objects: readonly KubeObject[]): KubeObject[] {
  const scaled = new Set(of(objects, 'HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef.name))
  return objects.map((one) => {
    if (one.kind !== 'Deployment' || !scaled.has(one.metadata.name)) return one
    const { replicas: _, ...spec } = one.spec
    return { ...one, spec }
  })
}

interface Scaling {
  status: {
    currentReplicas: number
    desiredReplicas: number
    currentMetrics?: { resource?: { current: { averageUtilization?: number } } }[]
  }
}

/** More of the gateway while it has much to do, and fewer afterwards. */
export async function proveScaling(proof: Proof, installation: Installation): Promise<void> {
  const { kubectl, url } = installation
  const look = async () => {
    const { status } = JSON.parse(await kubectl(['get', 'hpa', 'pillivery-gateway', '-o', 'json'])) as Scaling
    return {
      pods: status.currentReplicas,
      percent: status.currentMetrics?.[0]?.resource?.current.averageUtilization ?? 0,
    }
  }
  await until(async () => (await look()).pods === 2, {
    deadlineMs: 180_000,
    everyMs: 2_000,
    what: 'the gateway to be at rest',
  })
  const before = await look()
  let most = before
  const began = performance.now()
  // Only people who look around: passwords of many newcomers are worked out a few at a time, and the rest sent away.
  const load = startLoad((n) => browse(url, n), { clients: 24, pauseMs: 20 })
  await until(
    async () => {
      const { pods, percent } = await look()
      most = { pods: Math.max(pods, most.pods), percent: Math.max(percent, most.percent) }
      return pods >= 3
    },
    { deadlineMs: 180_000, everyMs: 2_000, what: 'more pods' },
  ).catch(() => undefined)
  const out = (performance.now() - began) / 1_000
  const report = await load.stop()
  proof.claim(
    'more pods come when the processor is busy',
    before.pods === 2 && most.pods === 3 && most.percent > 50 && report.failed === 0,
    `${before.pods} → ${most.pods} after ${out.toFixed(0)} s, at ${most.percent} % of what was asked for; ${inWords(report)}`,
  )
  const fell = performance.now()
  const after = await until(async () => (await look()).pods === 2, {
    deadlineMs: 240_000,
    everyMs: 2_000,
    what: 'fewer pods',
  }).catch(() => false)
  proof.claim(
    'and go when it is not',
    after,
    `${after ? 2 : 'not 2'} after ${((performance.now() - fell) / 1_000).toFixed(0)} s`,
  )
}

/** A machine is emptied under load; the budget holds. */
export async function proveDrain(proof: Proof, installation: Installation): Promise<void> {
  const { kubectl, plane, machines, databaseUrl } = installation
  const [, last = ''] = machines
  await until(
    async () => (await podsOf(installation, GATEWAY)).filter(({ isReady }) => isReady).length >= 2,
    { deadlineMs: 120_000, everyMs: 1_000, what: 'two gateways' },
  )
  let evicted: string[] = []
  let drained = { code: 1, all: '' }
  const load = await underLoad(installation, async () => {
    const pods = await podsOf(installation, GATEWAY)
    evicted = await Promise.all(pods.slice(0, 2).map(({ name }) => evict(installation, name)))
    await until(
      async () => (await podsOf(installation, GATEWAY)).filter(({ isReady }) => isReady).length >= 2,
      { deadlineMs: 120_000, everyMs: 1_000, what: 'another gateway' },
    )
    drained = await plane.tryKubectl([
      'drain',
      last,
      '--ignore-daemonsets',
      '--delete-emptydir-data',
      '--force',
      '--timeout',
      '300s',
    ])
  })
  const answers = evicted.toSorted().join(', ')
  proof.claim('of two evictions at once the budget lets one through', answers === 'evicted, refused', answers)
  const left = JSON.parse(
    await kubectl(['get', 'pods', '--field-selector', `spec.nodeName=${last}`, '-o', 'json']),
  ) as { items: { status: { phase: string } }[] }
  const running = left.items.filter(({ status }) => status.phase === 'Running').length
  proof.claim(
    'a machine is emptied, its pods run on the other one',
    drained.code === 0 && running === 0,
    drained.code === 0 ? `${running} pods left on ${last}` : drained.all.trim().slice(-300),
  )
  claimUnharmed(proof, 'meanwhile nothing that runs twice fails a request', load, 100)
  await claimKept(proof, load.acknowledged, databaseUrl, 'meanwhile every acknowledged sign-up is there')
  await plane.kubectl(['uncordon', last])
}

async function podsOf({ kubectl }: Installation, selector: string) {
  const { items } = JSON.parse(await kubectl(['get', 'pods', '-l', selector, '-o', 'json'])) as {
    items: {
      metadata: { name: string; deletionTimestamp?: string }
      status: { conditions?: { type: string; status: string }[] }
    }[]
  }
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name }, status }) => ({
      name,
      isReady: (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    }))
}

async function evict({ plane }: Installation, pod: string): Promise<string> {
  const { code, all } = await plane.tryKubectl(
    ['create', '--raw', `/api/v1/namespaces/shop/pods/${pod}/eviction`, '-f', '-'],
    {
      input: JSON.stringify({
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod, namespace: 'shop' },
      }),
    },
  )
  if (code === 0) return 'evicted'
  return /disruption budget|TooManyRequests/i.test(all) ? 'refused' : all.trim()
}

/** The billing run starts by the clock of Seoul. */
export async function proveBilling(proof: Proof, installation: Installation): Promise<void> {
  const { upgrade, kubectl } = installation
  const before = Date.now()
  const at = Temporal.Now.zonedDateTimeISO('Asia/Seoul').add({ minutes: 2 })
  const schedule = `${at.minute} ${at.hour} * * *`
  await upgrade([
    '--set',
    'image.tag=proof-2',
    '--set',
    `billing.schedule=${schedule}`,
    '--wait',
    '--timeout',
    '5m',
  ])
  const job = await until(
    async () => {
      const { items } = JSON.parse(
        await kubectl(['get', 'jobs', '-l', 'app.kubernetes.io/component=billing', '-o', 'json']),
      ) as {
        items: { metadata: { name: string; creationTimestamp: string }; status: { succeeded?: number } }[]
      }
      return items.find(
        ({ metadata, status }) => status.succeeded === 1 && Date.parse(metadata.creationTimestamp) >= before,
      )
    },
    { deadlineMs: 300_000, everyMs: 2_000, what: 'the billing run' },
  ).catch(() => undefined)
  const made = job && Temporal.Instant.from(job.metadata.creationTimestamp).toZonedDateTimeISO('Asia/Seoul')
  const log = job ? (await kubectl(['logs', `job/${job.metadata.name}`])).trim().split('\n')[0] : ''
  proof.claim(
    'the billing run begins by the clock of Seoul, and ends well',
    made?.hour === at.hour && made.minute === at.minute,
    job
      ? `“${schedule}” made it at ${made?.toPlainTime().toString()} in Seoul, ${job.metadata.creationTimestamp}: ${log}`
      : 'none',
  )
}
