/** One measured number and what it has to be. */
export interface Figure {
  readonly name: string
  /** As shown, with its unit. */
  readonly measured: string
  /** What it is compared with, as shown; '–' for absolute limits. */
  readonly yardstick: string
  readonly ratio?: number
  /** As shown. */
  readonly limit: string
  readonly ok: boolean
}

/** A throughput against the same work done by a peer in the same run; `least` and `stretch` are parts of 1. */
export function ratioFigure(
  name: string,
  perSecond: number,
  peer: { name: string; perSecond: number },
  least: number,
  stretch?: number,
): Figure {
  const ratio = perSecond / peer.perSecond
  return {
    name,
    measured: `${whole(perSecond)}/s`,
    yardstick: `${peer.name} ${whole(peer.perSecond)}/s`,
    ratio,
    limit: `≥ ${percent(least)}${stretch === undefined ? '' : ` (stretch ${percent(stretch)})`}`,
    ok: ratio >= least,
  }
}

/** What is left of the least SQL by what our own statements do more, both under pgbench. */
const LEAST_OF_LEAST = 1 / 3

/** Our own statements against the least ones that give the same, in the same run: waste in ours shows here. */
export function ownSqlFigure(name: string, perSecond: number, leastPerSecond: number): Figure {
  return ratioFigure(
    `${name}, our SQL`,
    perSecond,
    { name: 'least SQL', perSecond: leastPerSecond },
    LEAST_OF_LEAST,
  )
}

/** A time that must not be longer than a limit, both in milliseconds. */
export function timeFigure(name: string, ms: number, limitMs: number): Figure {
  return {
    name,
    measured: `${ms.toFixed(1)} ms`,
    yardstick: '–',
    limit: `≤ ${whole(limitMs)} ms`,
    ok: ms <= limitMs,
  }
}

/** A time against the same work on less data: it may be at most `most` times as long. */
export function spreadFigure(
  name: string,
  ms: number,
  peer: { name: string; ms: number },
  most: number,
): Figure {
  return {
    name,
    measured: `${ms.toFixed(1)} ms`,
    yardstick: `${peer.name} ${peer.ms.toFixed(1)} ms`,
    ratio: ms / peer.ms,
    limit: `≤ ${percent(most)}`,
    ok: ms / peer.ms <= most,
  }
}

/** An amount that must not be exceeded. */
export function mostFigure(name: string, measured: number, most: number, unit: string): Figure {
  return {
    name,
    measured: `${whole(measured)} ${unit}`,
    yardstick: '–',
    limit: `≤ ${whole(most)} ${unit}`,
    ok: measured <= most,
  }
}

/** An amount that must be reached. */
export function leastFigure(name: string, measured: number, least: number, unit: string): Figure {
  return {
    name,
    measured: `${whole(measured)}${unit}`,
    yardstick: '–',
    limit: `≥ ${whole(least)}${unit}`,
    ok: measured >= least,
  }
}

/** Something that must hold exactly, e.g. a count that must be zero. */
export function equalFigure(name: string, measured: number, expected: number): Figure {
  return {
    name,
    measured: whole(measured),
    yardstick: '–',
    limit: `= ${whole(expected)}`,
    ok: measured === expected,
  }
}

const COLUMNS = [34, 14, 24, 8, 22] as const

/** One line: name, measured, yardstick, ratio, limit, ok or MISSED. */
export function figureLine({ name, measured, yardstick, ratio, limit, ok }: Figure): string {
  const cells = [name, measured, yardstick, ratio === undefined ? '–' : percent(ratio), limit]
  return `${cells.map((cell, n) => cell.padEnd(COLUMNS[n] ?? 0)).join(' ')} ${ok ? 'ok' : 'MISSED'}`
}

export function headingLine(): string {
  const cells = ['figure', 'measured', 'yardstick', 'ratio', 'limit']
  return cells.map((cell, n) => cell.padEnd(COLUMNS[n] ?? 0)).join(' ')
}

const whole = (value: number) => Math.round(value).toLocaleString('en-US')
const percent = (part: number) => `${Math.round(part * 100)} %`

/** The p-th part (0 < p ≤ 1) of sorted or unsorted numbers, by nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort()
  const value = sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)]
  if (value === undefined) throw new RangeError('no values')
  return value
}
