import { chmodSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { type Booted, envFile, type Machine, makeMachine, noMachine } from '../../kit/machine.ts'
import type { Proof } from '../../kit/proof.ts'
import { ROOT } from '../../kit/shell.ts'
import { type Slack, startSlack } from '../../kit/watch/slack.ts'
import type { Watch } from '../../kit/watch/start.ts'

const UNIT = 'pillivery-watch.service'
const TIMER = 'pillivery-watch.timer'
const CHECKOUT = 'opt/pillivery'
const BOOTS_WITHIN_MS = 60_000
/** Failures are counted as they come; a busy machine takes a while. */
const RINGS_WITHIN_MS = 120_000

/**
 * Alertmanager's webhook is revoked. The machine that watches boots with the units of deploy/monitoring, and tells it by a
 * webhook of its own.
 * @param beginAlarm makes something ring that was well
 */
export async function proveRevoked(proof: Proof, watch: Watch, beginAlarm: () => void): Promise<void> {
  const because = await noMachine()
  if (because !== undefined) return proof.skip('the machine that watches the watch', because)
  const other = await startSlack(proof)
  const machine = makeWatcher(proof, watch, other)
  const booted = machine.boot()
  await until(async () => (await booted.show('multi-user.target', 'ActiveState')) === 'active', {
    deadlineMs: BOOTS_WITHIN_MS,
    everyMs: 200,
    what: 'the machine that watches to boot',
  })
  const next = await booted.show(TIMER, 'NextElapseUSecRealtime')
  const state = await booted.show(TIMER, 'ActiveState')
  proof.claim(
    'the timer waits for the next five minutes once the machine has booted',
    state === 'active' && /\d{2}:\d[0-9]:/.test(next),
    `${state}, next ${next}`,
  )
  const well = await started(booted)
  proof.claim(
    'the unit runs as nobody in particular, and says nothing while all is well',
    well === 'success/0' && other.messages.length === 0,
    `${well}, ${other.messages.length} messages`,
  )

  const revokedAt = performance.now()
  watch.slack.revoke(true)
  beginAlarm()
  const rings = await until(async () => (await watch.series(RINGS)) > 0, {
    deadlineMs: RINGS_WITHIN_MS,
    everyMs: 500,
    what: 'AlarmsNotSent',
  }).catch(() => false)
  const told = watch.slack.messages.filter(({ at }) => at >= revokedAt).length
  proof.claim(
    'Alertmanager’s webhook is revoked: AlarmsNotSent rings in Prometheus, and cannot arrive by that way',
    rings && told === 0,
    `rings after ${((performance.now() - revokedAt) / 1_000).toFixed(0)} s, ${told} arrived`,
  )
  const ends = [await started(booted), await started(booted)]
  const texts = other.messages.map(({ text }) => text)
  proof.claim(
    'the machine that watches tells it by its own webhook, once, and its unit has not failed',
    ends.every((end) => end === 'success/1') &&
      texts.length === 1 &&
      /cannot send alarms/.test(texts[0] ?? ''),
    `${ends.join(', ')}: ${texts.join(' | ') || 'nothing'}`,
  )
  other.revoke(true)
  // As if an hour had passed.
  await booted.attempt('rm', '-f', '/var/lib/private/pillivery-watch/told')
  const unheard = await started(booted)
  proof.claim(
    'when its own webhook fails, too, the unit has failed: systemd knows, and its log says why',
    unheard === 'exit-code/2' && (await machine.journal()).includes('403'),
    unheard,
  )
  await booted.cut()
}

const RINGS = 'ALERTS{alertname="AlarmsNotSent",alertstate="firing"}'

/** A machine as the README makes it: the repository in /opt, two addresses, a webhook of its own. */
function makeWatcher(proof: Proof, watch: Watch, other: Slack): Machine {
  chmodSync(proof.folder, 0o755)
  const machine = makeMachine(proof, {
    name: 'watcher',
    units: [`deploy/monitoring/${UNIT}`, `deploy/monitoring/${TIMER}`],
    files: {
      'watch.env': envFile({ PROMETHEUS: watch.prometheus.url, ALERTMANAGER: watch.alertmanager.url }),
    },
    secrets: { slack_webhook_watch: other.url },
  })
  for (const part of ['deploy/monitoring', 'deploy/batch-vm'])
    cpSync(join(ROOT, part), machine.path(CHECKOUT, part), { recursive: true })
  for (const path of ['opt', CHECKOUT, `${CHECKOUT}/deploy`]) chmodSync(machine.path(path), 0o755)
  machine.enable(TIMER)
  return machine
}

/** Starts the unit as the timer does. @returns its result and the code it ended with */
async function started(booted: Booted): Promise<string> {
  await booted.attempt('systemctl', 'start', UNIT)
  return `${await booted.show(UNIT, 'Result')}/${await booted.show(UNIT, 'ExecMainStatus')}`
}
