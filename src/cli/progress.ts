import { SingleBar } from 'cli-progress'

/** How far a long piece of work is: a bar in a terminal, now and then a plain line elsewhere. On standard error. */
export interface Progress {
  /** `note` is shown behind the bar. */
  update(done: number, note?: string): void
  stop(): void
}

/** Without a terminal: a line whenever another tenth is done. */
const PLAIN_STEPS = 10

/** @param total what `update` counts up to; 0 counts as done from the start */
export function startProgress(label: string, total: number): Progress {
  const whole = Math.max(1, total)
  return process.stderr.isTTY ? bar(label, whole) : plainLines(label, whole)
}

function bar(label: string, total: number): Progress {
  const shown = new SingleBar({
    format: `${label} [{bar}] {percentage}% {note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    stopOnComplete: false,
    // Ctrl-C is handled by the command, which ends its batch first.
    gracefulExit: false,
  })
  shown.start(total, 0, { note: '' })
  return {
    update: (done, note = '') => shown.update(Math.min(done, total), { note }),
    stop: () => shown.stop(),
  }
}

function plainLines(label: string, total: number): Progress {
  let told = 0
  return {
    update: (done, note = '') => {
      const step = Math.floor((Math.min(done, total) / total) * PLAIN_STEPS)
      if (step <= told) return
      told = step
      console.error(`${label}: ${Math.round((step / PLAIN_STEPS) * 100)} % ${note}`.trimEnd())
    },
    stop: () => {},
  }
}
