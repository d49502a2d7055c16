import { createLog, type Logger } from './log.ts'

/** The log of a command: lines in words on standard error, where they stand between the lines of its progress. */
export function createPlainLog(level: string): Logger {
  return createLog(level, { write: (line) => console.error(plainLogLine(line)) })
}

/** What a person reads of a line of the log: how bad, what, why. Everything else is for machines. */
export function plainLogLine(line: string): string {
  const entry = entryOf(line)
  if (!entry) return line.trimEnd()
  const { level, msg, err } = entry
  const reason = isRecord(err) && typeof err.message === 'string' ? `: ${err.message}` : ''
  const others = Object.entries(entry).filter(
    ([name, value]) =>
      !['level', 'time', 'msg', 'err'].includes(name) &&
      (typeof value === 'string' || typeof value === 'number'),
  )
  const details = others.map(([name, value]) => `${name} ${String(value)}`).join(', ')
  return `${String(level)}: ${String(msg)}${reason}${details === '' ? '' : ` (${details})`}`
}

function entryOf(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return isRecord(entry) ? entry : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
