import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { claimKept, claimUnharmed, type Visited, whileVisited } from '../../kit/people/visitors.ts'
import type { Proof } from '../../kit/proof.ts'
import { BAD_RELEASE, type Installation } from './installation.ts'
import type { Deployment } from './objects.ts'

/** People look around and sign up while something is done. */
export function underLoad({ url }: Installation, work: () => Promise<unknown>): Promise<Visited> {
  return whileVisited(url, { clients: 4, pauseMs: 60 }, work)
}

/** Images of our processes that run. */
export async function images({ kubectl }: Installation): Promise<string[]> {
  const list = JSON.parse(
    await kubectl([
      'get',
      'pods',
      '-l',
      'app.kubernetes.io/component notin (migration,billing)',
      '-o',
      'json',
    ]),
  ) as {
    items: { spec: { containers: { image: string }[] }; metadata: { deletionTimestamp?: string } }[]
  }
  const living = list.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  return living
    .flatMap(({ spec }) => spec.containers.map(({ image }) => image))
    .filter((image) => image.startsWith('pillivery:'))
}

/** Another release under load, with its migrations before it. */
export async function proveUpgrade(proof: Proof, installation: Installation): Promise<void> {
  const { upgrade, kubectl, databaseUrl } = installation
  let seconds = 0
  let code = 1
  let said = ''
  const load = await underLoad(installation, async () => {
    const began = performance.now()
    const ran = await upgrade(['--set', 'image.tag=proof-2', '--wait', '--timeout', '10m'])
    seconds = (performance.now() - began) / 1_000
    code = ran.code
    said = ran.all
    // Helm waits for the new pods, not for the last old ones to be told.
    await until(async () => (await images(installation)).every((image) => image.endsWith(':proof-2')), {
      deadlineMs: 120_000,
      everyMs: 1_000,
      what: 'the old pods to go',
    }).catch(() => undefined)
  })
  proof.claim('another release rolls out', code === 0, code === 0 ? `${seconds.toFixed(0)} s` : said)
  const now = await images(installation)
  proof.claim(
    'all processes are of the new release',
    now.length > 0 && now.every((image) => image.endsWith(':proof-2')),
    `${now.length} pods of ${[...new Set(now)].join(', ')}`,
  )
  claimUnharmed(proof, 'meanwhile no request fails', load, 200)
  await claimKept(proof, load.acknowledged, databaseUrl)
  const job = await kubectl(['logs', 'job/pillivery-migration-all'])
  proof.claim(
    'migrations ran before it, as a Job that stays to be read',
    job.includes('The database is up to date.'),
    job.trim().split('\n').at(-1) ?? '',
  )
}

/** A release that is never ready: it gets no requests, and Helm goes back by itself. */
export async function proveBadRelease(proof: Proof, installation: Installation): Promise<void> {
  const { upgrade, helm, kubectl } = installation
  let code = 0
  let seconds = 0
  const waiting: string[] = []
  const load = await underLoad(installation, async () => {
    const began = performance.now()
    const watched = until(
      async () => {
        const { items } = JSON.parse(await kubectl(['get', 'deployments', '-o', 'json'])) as {
          items: (Deployment & { status: { unavailableReplicas?: number } })[]
        }
        const bad = items.filter(
          ({ spec, status }) =>
            spec.template.spec.containers[0]?.image.endsWith(`:${BAD_RELEASE}`) && status.unavailableReplicas,
        )
        waiting.push(...bad.map(({ metadata }) => metadata.name))
        return bad.length > 0
      },
      { deadlineMs: 150_000, everyMs: 2_000, what: 'the bad release to be tried' },
    ).catch(() => undefined)
    code = (await upgrade(['--set', `image.tag=${BAD_RELEASE}`, '--atomic', '--timeout', '150s'])).code
    await watched
    seconds = (performance.now() - began) / 1_000
  })
  const history = await helm(['history', 'pillivery', '--max', '1'])
  const now = await until(
    async () => {
      const seen = await images(installation)
      return seen.every((image) => image.endsWith(':proof-2')) ? seen : undefined
    },
    { deadlineMs: 60_000, everyMs: 1_000, what: 'the bad pods to go' },
  ).catch(() => images(installation))
  proof.claim(
    'a release that is never ready is rolled back',
    code !== 0 && waiting.length > 0 && now.every((image) => image.endsWith(':proof-2')),
    `${waiting.length} Deployments waited, back after ${seconds.toFixed(0)} s: ${history.out.trim().split('\n').at(-1)?.replaceAll(/\s+/g, ' ')}`,
  )
  claimUnharmed(proof, 'meanwhile the old release serves without a failed request', load, 200)
}

/** A setting changes, and no image with it. */
export async function proveLogLevel(proof: Proof, installation: Installation): Promise<void> {
  const { upgrade, kubectl, url } = installation
  const logged = async () => {
    const id = `proof-log-${Date.now()}`
    await (await fetch(`${url}/api/items?size=1`, { headers: { 'x-request-id': id } })).text()
    return until(
      async () =>
        (await kubectl(['logs', '-l', 'app.kubernetes.io/component=shop', '--tail=-1'])).includes(id),
      { deadlineMs: 8_000, everyMs: 1_000, what: 'the request in the log' },
    ).then(
      () => true,
      () => false,
    )
  }
  const before = await logged()
  const ran = await upgrade([
    '--set',
    'image.tag=proof-2',
    '--set',
    'settings.LOG_LEVEL=debug',
    '--wait',
    '--timeout',
    '10m',
  ])
  // The last old pods may still answer for a moment.
  const after = await until(logged, {
    deadlineMs: 90_000,
    everyMs: 500,
    what: 'a request in the log',
  }).catch(() => false)
  const now = await images(installation)
  proof.claim(
    'another level of the log is another value, not another image',
    ran.code === 0 && !before && after && now.every((image) => image.endsWith(':proof-2')),
    `a request that only reads is in the log of the shop at info: ${before}; at debug: ${after}; ${[...new Set(now)].join(', ')}`,
  )
}
