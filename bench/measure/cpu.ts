import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Processor seconds a process has used so far, those of its ended children included when asked for. Linux only. */
export function cpuSeconds(pid: number, withEndedChildren = false): number {
  const fields = statOf(pid)
  const ticks = [11, 12, ...(withEndedChildren ? [13, 14] : [])].map((n) => Number(fields[n] ?? 0))
  return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND
}

/** The same for a process and everything it has started, running or ended. */
export function familyCpuSeconds(pid: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === pid)
  return children.reduce((sum, child) => sum + cpuSeconds(Number(child)), cpuSeconds(pid, true))
}

/** Who started a process; undefined when it is gone. */
export function parentOf(pid: number): number | undefined {
  const parent = statOf(pid)[1]
  return parent === undefined ? undefined : Number(parent)
}

/** Memory a process holds at the moment, in MB. */
export function residentMb(pid: number): number {
  try {
    const pages = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(pages ?? 0) / 1_024
  } catch {
    return 0
  }
}

/** The fields after the name, which may hold blanks itself; none when the process is gone. */
function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

/** Averages over 1, 5 and 15 minutes: on a busy machine only ratios mean anything. */
export function loadAverage(): string {
  try {
    return readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ')
  } catch {
    return 'unknown'
  }
}
