import type { BillingReport, BillingRun, DeclinedFor, DryRun, Tally } from '../shop/subscriptions/index.ts'

const numbers = new Intl.NumberFormat('en-US')
const number = (count: number) => numbers.format(count).padStart(9)
const won = ({ count, amount }: Tally) => `${number(count)}   ${numbers.format(amount).padStart(15)} won`

const GAP = '\t'
const row = (label: string, value: string) => `  ${label}${GAP}${value}`

/** Without empty lines, and the values below one another, however long a label is. */
function inColumns(lines: readonly string[]): string[] {
  const parts = lines.filter((text) => text !== '').map((text) => text.split(GAP))
  const width = Math.max(...parts.map(([label = '', value]) => (value === undefined ? 0 : label.length))) + 2
  return parts.map(([label = '', value]) => (value === undefined ? label : `${label.padEnd(width)}${value}`))
}

/** What a run has come to, for people. */
export function reportLines(run: BillingRun, report: BillingReport): string[] {
  const { charged, declined, frozen, postponed, methodBusy, inFlight, handled } = report
  const lines = [
    `Billing run of ${run.date}: ${run.state}${run.stopReason === null ? '' : ` (${run.stopReason})`}`,
    row('due', number(report.due)),
    line('handled', handled),
    line('charged', charged),
    line('declined, tried again', declined.retry),
    line('declined, needs new method', declined.newMethod),
    ...declined.byReason.map((reason) => line(`  because of ${reasonOf(reason)}`, reason)),
    line('outcome unknown, frozen', frozen.unknownOutcome),
    line('called wrong, frozen', frozen.invalidRequest),
    line('postponed, not reached', postponed),
    line('behind another charge of its method', methodBusy),
    line('answer outstanding', inFlight),
    ...Object.entries(report.failed).map(([reason, tally]) => line(`given up: ${reason}`, tally)),
    ...Object.entries(report.skipped).map(([reason, count]) => counted(`skipped: ${reason}`, count)),
    counted('waiting for another day', report.waiting),
    counted('could not be handled', report.errors),
    counted('left due', report.left),
    ...refusalLines(report),
  ]
  const shown = inColumns(lines)
  if (frozen.unknownOutcome.count + frozen.invalidRequest.count > 0)
    shown.push('Frozen ones are never charged again before it is known what happened: see unknown payments.')
  if (methodBusy.count > 0)
    shown.push(
      'Those behind another charge follow by themselves when that one is settled: see unknown payments.',
    )
  return shown
}

/** Refusals count attempts, not cycles: one that was refused and then paid is among the charged above. */
function refusalLines({ refusals }: BillingReport): string[] {
  if (refusals.length === 0) return []
  const lines = refusals.map((reason) => {
    const after = reason.paidAfterAll === 0 ? '' : `, ${numbers.format(reason.paidAfterAll)} paid after all`
    return `${line(`  ${reasonOf(reason)}`, reason)}${after}`
  })
  return ['  refusals by the bank, every try', ...lines]
}

const classes: Record<DeclinedFor['class'], string> = {
  retryable: 'for now',
  final: 'for good',
  token_dead: 'token dead',
  no_method: 'no payment method',
  not_recorded: 'not recorded',
}

function reasonOf({ class: kind, code }: Pick<DeclinedFor, 'class' | 'code'>): string {
  return code === null ? classes[kind] : `${code} (${classes[kind]})`
}

/** Lines about nothing are left out, but not the two everybody looks for. */
function line(label: string, tally: Tally): string {
  return tally.count === 0 && label !== 'handled' && label !== 'charged' ? '' : row(label, won(tally))
}

function counted(label: string, count: number): string {
  return count === 0 ? '' : row(label, number(count))
}

/** What a run would do, for people. */
export function dryRunLines(plan: DryRun): string[] {
  return inColumns([
    `Billing of ${plan.date}, dry run: nothing was written`,
    row('subscriptions due', number(plan.due)),
    row('to charge', won(plan.toCharge)),
    ...Object.entries(plan.toSkip).map(([reason, count]) => counted(`to skip: ${reason}`, count)),
    ...Object.entries(plan.toEnd).map(([reason, count]) => counted(`to end: ${reason}`, count)),
    counted('to ask for a payment method', plan.withoutMethod),
    counted('put off, their notice came late', plan.toPutOff),
    counted('waiting for another day', plan.waiting),
    counted('retries and deadlines due', plan.followUps),
  ])
}

/** The same for programs. */
export function runJson(run: BillingRun, report: BillingReport): Record<string, unknown> {
  return {
    date: run.date.toString(),
    state: run.state,
    stopReason: run.stopReason,
    starts: run.starts,
    planned: run.planned,
    startedAt: run.startedAt.toString(),
    finishedAt: run.finishedAt?.toString() ?? null,
    report,
  }
}
