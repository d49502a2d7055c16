import { openSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Logger, pino, stdSerializers } from 'pino'
import { makeFolder } from '../process/make-folder.ts'
import { UserError } from '../user-error.ts'
import { type LogWriter, logWriterTo } from './log-writer.ts'
import { currentRequest, traceIdOf } from './request-context.ts'

export type { Logger } from 'pino'

/** Paths that never reach a log line, whatever object is logged. */
const SECRETS = [
  'password',
  'refreshToken',
  'accessToken',
  'authorization',
  'headers.authorization',
  'headers.cookie',
  'req.headers.authorization',
  'req.headers.cookie',
  'pgToken',
  'pg_token',
  'sid',
  'billingKey',
  'secret',
]

const STANDARD_ERROR = 2
let errorWriter: LogWriter | undefined

/** One for the process, whichever part of it logs. */
function standardError(): LogWriter {
  errorWriter ??= flushedAtExit(logWriterTo(STANDARD_ERROR, lostLine))
  return errorWriter
}

/** A log file that only its owner reads; made when missing, with the folders above it. */
export function logFile(path: string): LogWriter {
  try {
    makeFolder(dirname(path))
    return flushedAtExit(logWriterTo(openSync(path, 'a', 0o600), lostLine))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UserError(`The log file ${path} cannot be written: ${reason}`)
  }
}

function flushedAtExit(writer: LogWriter): LogWriter {
  process.once('exit', () => writer.flushSync())
  return writer
}

function lostLine(lost: number): string {
  const time = Temporal.Now.instant().toString({ smallestUnit: 'millisecond' })
  return `${JSON.stringify({ level: 'error', time, lost, msg: 'log lines were lost: they could not be written' })}\n`
}

/**
 * Structured logs, one JSON object a line. The ids of the current request and its trace are added by themselves, so they
 * follow a request through HTTP, events and stored commands; lines with `security` also get its address and route.
 * @param level trace, debug, info, warn, error, fatal or silent
 */
export function createLog(level: string, destination?: { write(line: string): void }): Logger {
  const lines = new Map(Object.values(pino.levels.labels).map((label) => [label, 0]))
  const log = pino(
    {
      level,
      base: {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: withoutRows },
      redact: { paths: [...SECRETS, ...SECRETS.map((path) => `*.${path}`)], censor: '[hidden]' },
      mixin: (line, number) => {
        const label = pino.levels.labels[number] ?? 'info'
        lines.set(label, (lines.get(label) ?? 0) + 1)
        const request = currentRequest()
        if (!request) return {}
        // Wherever something about security is noticed, its line says from where it came.
        const caller = 'security' in line ? request.caller : undefined
        const { requestId, traceparent, told } = request
        return {
          ...(requestId === undefined ? {} : { requestId }),
          ...(traceparent === undefined ? {} : { traceId: traceIdOf(traceparent) }),
          ...(told === undefined ? {} : { toldTraceId: traceIdOf(told) }),
          ...caller,
        }
      },
    },
    destination ?? standardError(),
  )
  linesOf.set(log, lines)
  return log
}

/** PostgreSQL tells the row, with names and addresses, in what it says beside its message. */
const TELL_ROWS = ['detail', 'where', 'internalQuery', 'parameters']

/** An error as logs hold it: whatever repeats the data of a row is left out, where several are one, too. */
function withoutRows(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { aggregateErrors: _several, ...told } = stdSerializers.err(error)
  const kept = Object.entries(told).filter(([name]) => !TELL_ROWS.includes(name))
  return {
    ...Object.fromEntries(kept),
    ...(error instanceof AggregateError && { aggregateErrors: error.errors.map(withoutRows) }),
  }
}

const linesOf = new WeakMap<Logger, ReadonlyMap<string, number>>()

/** How many lines of each level a log has been given since it was created; alarms watch errors and warnings. */
export function linesLogged(log: Logger): readonly (readonly [level: string, lines: number])[] {
  return [...(linesOf.get(log) ?? [])]
}
