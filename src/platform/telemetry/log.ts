import { type Logger, pino } from 'pino'
import { currentRequest } from './request-context.ts'

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

/**
 * Structured logs, one JSON object a line. The id of the current request is added by itself, so it follows a
 * request through HTTP, events and stored commands.
 * @param level trace, debug, info, warn, error, fatal or silent
 */
export function createLog(level: string, destination?: { write(line: string): void }): Logger {
  return pino(
    {
      level,
      base: {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...SECRETS, ...SECRETS.map((path) => `*.${path}`)], censor: '[hidden]' },
      mixin: () => {
        const request = currentRequest()
        return request ? { requestId: request.requestId } : {}
      },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  )
}
