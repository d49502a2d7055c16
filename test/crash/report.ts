import { SingleBar } from 'cli-progress'
import type { Violation } from './rules/violation.ts'
import type { Unsettled } from './settle.ts'

/** Shows how far the run is: a bar for a person at a terminal, a line now and then elsewhere. */
export interface Progress {
  update(over: number, note: string): void
  stop(): void
}

export function showProgress(total: number, things = 'purchases'): Progress {
  if (process.stdout.isTTY) {
    const bar = new SingleBar({ format: `  {bar} {value}/{total} ${things} | {note}`, hideCursor: true })
    bar.start(total, 0, { note: '' })
    return { update: (over, note) => bar.update(over, { note }), stop: () => bar.stop() }
  }
  let shown = 0
  return {
    update: (over, note) => {
      if (over < total && over - shown < total / 10) return
      shown = over
      console.log(`  ${over}/${total} ${things} | ${note}`)
    },
    stop: () => undefined,
  }
}

export function showUnsettled(unsettled: Unsettled, elapsedMs: number): void {
  const left = Object.entries(unsettled).map(([what, n]) => `${n} ${what}`)
  console.log(`  ${Math.round(elapsedMs / 1_000)} s: ${left.length > 0 ? left.join(', ') : 'settled'}`)
}

/** Names with their numbers, aligned. */
export function table(title: string, rows: Iterable<readonly [string, number | string]>): string {
  const list = [...rows]
  const width = Math.max(0, ...list.map(([name]) => name.length))
  return [title, ...list.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n')
}

export function countBy<T>(list: Iterable<T>, nameOf: (one: T) => string): [string, number][] {
  return [...Map.groupBy(list, nameOf)]
    .map(([name, group]): [string, number] => [name, group.length])
    .sort(([, a], [, b]) => b - a)
}

const SHOWN_PER_RULE = 5

/** The verdict of every rule, with the evidence of what is broken. */
export function verdictLines(found: ReadonlyMap<string, readonly Violation[]>): string[] {
  const checks = table(
    'Checks',
    [...found].map(([name, broken]) => [name, broken.length === 0 ? 'ok' : `BROKEN × ${broken.length}`]),
  )
  const details = [...found.values()].flatMap((broken) => [
    ...broken
      .slice(0, SHOWN_PER_RULE)
      .map(({ rule, about, evidence }) => `✗ ${rule}: ${about}\n    ${evidence}`),
    ...(broken.length > SHOWN_PER_RULE ? [`  … and ${broken.length - SHOWN_PER_RULE} more`] : []),
  ])
  return [checks, ...details]
}
