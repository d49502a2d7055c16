import type { BillingReport, BillingRun, DryRun, Tally } from '../shop/subscriptions/index.ts'

const numbers = new Intl.NumberFormat('en-US')
const won = ({ count, amount }: Tally) =>
  `${numbers.format(count).padStart(9)}   ${numbers.format(amount).padStart(15)} won`

/** What a run has come to, for people. */
export function reportLines(run: BillingRun, report: BillingReport): string[] {
  const { charged, declined, frozen, postponed, inFlight, handled } = report
  const lines = [
    `Billing run of ${run.date}: ${run.state}${run.stopReason === null ? '' : ` (${run.stopReason})`}`,
    line('handled', handled),
    line('charged', charged),
    line('declined, tried again', declined.retry),
    line('declined, needs new method', declined.newMethod),
    line('outcome unknown, frozen', frozen.unknownOutcome),
    line('called wrong, frozen', frozen.invalidRequest),
    line('postponed, not reached', postponed),
    line('answer outstanding', inFlight),
    ...Object.entries(report.failed).map(([reason, tally]) => line(`given up: ${reason}`, tally)),
    ...Object.entries(report.skipped).map(([reason, count]) => counted(`skipped: ${reason}`, count)),
    counted('waiting for another day', report.waiting),
    counted('could not be handled', report.errors),
    counted('left due', report.left),
  ]
  const shown = lines.filter((text) => text !== '')
  if (frozen.unknownOutcome.count + frozen.invalidRequest.count > 0)
    shown.push('Frozen ones are never charged again before it is known what happened: see unknown payments.')
  return shown
}

/** Lines about nothing are left out, but not the two everybody looks for. */
function line(label: string, tally: Tally): string {
  return tally.count === 0 && label !== 'handled' && label !== 'charged'
    ? ''
    : `  ${label.padEnd(28)}${won(tally)}`
}

function counted(label: string, count: number): string {
  return count === 0 ? '' : `  ${label.padEnd(28)}${numbers.format(count).padStart(9)}`
}

/** What a run would do, for people. */
export function dryRunLines(plan: DryRun): string[] {
  return [
    `Billing of ${plan.date}, dry run: nothing was written`,
    `  ${'subscriptions due'.padEnd(28)}${numbers.format(plan.due).padStart(9)}`,
    `  ${'to charge'.padEnd(28)}${won(plan.toCharge)}`,
    counted('of them without a method', plan.withoutMethod),
    ...Object.entries(plan.toSkip).map(([reason, count]) => counted(`to skip: ${reason}`, count)),
    counted('waiting for another day', plan.waiting),
    counted('retries and deadlines due', plan.followUps),
  ].filter((text) => text !== '')
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
