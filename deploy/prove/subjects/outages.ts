import { join } from 'node:path'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { inWords, type LoadReport } from '../kit/load.ts'
import { claimKept, startVisitors } from '../kit/people/visitors.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'
import { MONITORING, WATCH_PROGRAMS } from '../kit/watch/start.ts'
import { type Kept, type Outage, outagesOf } from './outages/outages.ts'
import { startWorld, type World } from './outages/world.ts'

/** An alarm that waits 10 s, is looked at every 5 s and gathered for 5 s; the rest is what a busy machine takes. */
const ALARM_WITHIN_MS = 90_000
/** Four processes, the database, the machine, the first page, Prometheus, Alertmanager, the prober. */
const LEAST_WATCHED = 10

/** Each backing service and each process killed in turn, under load: what is promised happens, and its alarm arrives. */
export async function proveOutages(proof: Proof, only: readonly string[]): Promise<void> {
  const missing = await install(...WATCH_PROGRAMS, 'redis-server', 'nginx')
  if (missing.length > 0) return proof.skip('outages', `${missing.join(', ')} cannot be installed`)
  const world = await startWorld(proof)
  if ('missing' in world) return proof.skip('outages', world.missing)
  const isWell = async () =>
    (await world.watch.series('up == 1')) >= LEAST_WATCHED &&
    (await world.watch.series('up == 0 or pg_up == 0 or probe_success == 0')) === 0
  await until(isWell, { deadlineMs: 60_000, everyMs: 500, what: 'everything to be well' })
  const seen = await world.watch.series('up == 1')
  proof.claim('everything is watched and well', true, `${seen} tell figures`)
  const acknowledged: string[] = []
  for (const outage of outagesOf(world)) {
    if (only.length > 0 && !only.some((word) => outage.what.includes(word))) continue
    acknowledged.push(...(await prove(proof, world, outage)))
  }
  await proveWatchers(proof, world)
  await claimKept(
    proof,
    acknowledged,
    world.shopDatabase,
    'nothing that was acknowledged is lost, whoever died',
  )
}

/** @returns addresses whose sign-up was acknowledged meanwhile */
async function prove(proof: Proof, world: World, outage: Outage): Promise<readonly string[]> {
  const { what, alarm, channel, about = '' } = outage
  const { slack } = world.watch
  const began = performance.now()
  const visitors = startVisitors(world.front.url, { clients: 2, pauseMs: 100, newEvery: 8 })
  await until(() => visitors.sent() > 10, { deadlineMs: 60_000, everyMs: 50, what: 'the load' })
  const killedAt = performance.now()
  await outage.kill()
  const told = await slack.arrives({
    title: `[FIRING] ${alarm}`,
    says: about,
    since: killedAt,
    withinMs: ALARM_WITHIN_MS,
  })
  proof.claim(
    `${what} is killed: ${alarm} reaches ${channel}, with its runbook`,
    told?.channel === channel && told.text.includes('deploy/monitoring/runbooks/'),
    told ? `after ${seconds(told.at - killedAt)}: ${told.text.replaceAll('\n', ' ')}` : 'nothing came',
  )
  for (const promise of outage.during) await keepWord(proof, `${what} away: ${promise.claim}`, promise)
  const startedAt = performance.now()
  await outage.start()
  const over = await slack.arrives({
    title: `[RESOLVED] ${alarm}`,
    since: startedAt,
    withinMs: ALARM_WITHIN_MS,
  })
  proof.claim(
    `${what} is back: that is told, too`,
    over !== undefined,
    over ? `after ${seconds(over.at - startedAt)}` : 'nothing came',
  )
  for (const promise of outage.after) await keepWord(proof, `${what} back: ${promise.claim}`, promise)
  const report = await visitors.stop()
  claimRequests(proof, outage, report, performance.now() - began)
  return report.acknowledged
}

function claimRequests(proof: Proof, { what, requests }: Outage, report: LoadReport, ms: number): void {
  const { answers, failed, sent, examples } = report
  const other = Object.entries(answers).filter(([status]) => status === 'error' || Number(status) >= 500)
  const only503 = other.every(([status]) => status === '503')
  const readsFail = examples.some((line) => line.includes(' GET '))
  const holds = {
    'none fails': failed === 0,
    'reads do not fail': !readsFail && failed <= MOST_CUT_OFF,
    'answered with 503': failed > 0 && only503,
    'nobody comes in': failed > 0,
  }[requests]
  proof.claim(
    `${what} away: requests: ${requests}`,
    holds && sent > 20,
    `${inWords(holds ? { ...report, examples: [] } : report)}, in ${seconds(ms)}`,
  )
}

/** Requests that change something are never sent twice: those that were at work in what died are cut off. */
const MOST_CUT_OFF = 2
const PROMISE_WITHIN_MS = 130_000

async function keepWord(proof: Proof, claim: string, { look }: Kept): Promise<void> {
  let last = { holds: false, saw: 'nothing' }
  const began = performance.now()
  await until(
    async () => {
      last = await look()
      return last.holds
    },
    { deadlineMs: PROMISE_WITHIN_MS, everyMs: 250, what: claim },
  ).catch((error: unknown) => {
    if (last.saw === 'nothing') last = { holds: false, saw: String(error) }
  })
  proof.claim(claim, last.holds, `${last.saw} (${seconds(performance.now() - began)})`)
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

/** Who watches dies, too. Alertmanager cannot tell that it is dead: a script from elsewhere does. */
async function proveWatchers(proof: Proof, { apis, watch }: World): Promise<void> {
  const { slack, alertmanager, prometheus } = watch
  const [, second] = apis
  const lookAfter = () =>
    attempt(join(MONITORING, 'watch-the-watch.sh'), [], {
      env: {
        PROMETHEUS: prometheus.url,
        ALERTMANAGER: alertmanager.url,
        WEBHOOK_FILE: watch.webhookFile,
        STATE: join(proof.folder, 'watch-state'),
      },
    })
  const well = await lookAfter()
  proof.claim(
    'watch-the-watch.sh says nothing while all is well',
    well.code === 0 && well.all === '',
    `${well.code}`,
  )

  const killedAt = performance.now()
  await alertmanager.kill()
  // One that begins while nobody can tell it.
  await second.kill()
  const [first, again] = [await lookAfter(), await lookAfter()]
  const texts = slack.messages.filter(({ at }) => at >= killedAt).map(({ text }) => text)
  proof.claim(
    'Alertmanager is killed: watch-the-watch.sh tells Slack, once',
    first.code === 1 && again.code === 1 && texts.length === 1 && (texts[0] ?? '').includes('Alertmanager'),
    texts.join(' | ') || first.all,
  )
  await until(async () => (await watch.series('ALERTS{alertname="ProcessDown",alertstate="firing"}')) > 0, {
    deadlineMs: ALARM_WITHIN_MS,
    everyMs: 500,
    what: 'an alarm that nobody can tell',
  })
  const backAt = performance.now()
  await alertmanager.start()
  const late = await slack.arrives({
    title: '[FIRING] ProcessDown',
    says: new URL(second.url).host,
    since: backAt,
    withinMs: ALARM_WITHIN_MS,
  })
  proof.claim(
    'what began while it was dead is told when it is back',
    late !== undefined,
    late ? `after ${seconds(late.at - backAt)}: ${late.text.replaceAll('\n', ' ')}` : 'nothing came',
  )
  await second.start()
  const over = await until(async () => (await lookAfter()).code === 0, {
    deadlineMs: 60_000,
    everyMs: 500,
    what: 'the watch to be whole',
  }).catch(() => false)
  const said = await slack.arrives({ says: 'alarms arrive again', since: backAt, withinMs: 5_000 })
  proof.claim('and the script says that it is over', over && said !== undefined, said?.text ?? 'nothing came')

  const goneAt = performance.now()
  await prometheus.kill()
  const alone = await lookAfter()
  const told = await slack.arrives({ says: 'Prometheus', since: goneAt, withinMs: 5_000 })
  proof.claim(
    'Prometheus is killed: watch-the-watch.sh tells Slack',
    alone.code === 1 && told !== undefined,
    told?.text ?? alone.all,
  )
  await prometheus.start()
}
