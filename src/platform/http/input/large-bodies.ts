import { refused } from '../../refusal.ts'
import type { App } from '../app.ts'

/** So that one process never holds more than about a hundred megabytes of what is being sent to it. */
const READ_AT_ONCE = 12

/**
 * For routes whose bodies are large: so many are read at a time, of callers who have been let in; more are asked to come
 * again, before anything of theirs is read.
 */
export function readFewAtOnce(scope: App, atOnce: number = READ_AT_ONCE): void {
  let reading = 0
  scope.addHook('preParsing', (_request, reply, payload, done) => {
    if (reading >= atOnce)
      return void reply.refuse(refused('temporarily_unavailable', { retryAfterSeconds: 2 }))
    reading += 1
    reply.raw.once('close', () => {
      reading -= 1
    })
    done(null, payload)
  })
}

/** Bodies of these types are taken as bytes. */
export function readBytes(scope: App, types: RegExp): void {
  readFewAtOnce(scope)
  scope.addContentTypeParser<Buffer>(types, { parseAs: 'buffer' }, (_request, bytes, done) =>
    done(null, bytes),
  )
}
