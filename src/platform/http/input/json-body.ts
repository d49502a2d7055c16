import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import { visit } from 'jsonc-parser'
import { type Refused, refused } from '../../refusal.ts'
import type { App } from '../app.ts'
import { isTooDeep } from './request-text.ts'

/** An error that carries the answer it shall become. */
export function refusalError(refusal: Refused): Error & { refusal: Refused } {
  return Object.assign(new Error(refusal.code), { refusal })
}

/**
 * Reads bodies: JSON in UTF-8 as it is, and nothing else. Fastify's own parser would take other charsets and encodings
 * for UTF-8, and of a member that stands twice the last one, where others may take the first.
 * A route that takes no body is content with an empty one, whatever its type.
 */
export function readOnlyJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (isNoBody(request, bytes)) return done(null, undefined)
    const unreadable = unreadableAs(request, bytes)
    if (unreadable) return done(refusalError(unreadable))
    const text = bytes.toString()
    void parse(request, text, (error, body: unknown) => {
      if (error) return done(error)
      const twice = isTooDeep(body) ? undefined : duplicateIn(text)
      return twice === undefined ? done(null, body) : done(refusalError(duplicate(twice)))
    })
  })
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, bytes, done) =>
    isNoBody(request, bytes) ? done(null, undefined) : done(refusalError(refused('unsupported_media_type'))),
  )
}

function isNoBody(request: FastifyRequest, bytes: Buffer): boolean {
  return bytes.length === 0 && request.routeOptions.schema?.body === undefined
}

function unreadableAs(
  { headers }: FastifyRequest,
  bytes: Buffer,
): Refused<'unsupported_content_encoding' | 'unsupported_charset' | 'malformed_body'> | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity') return refused('unsupported_content_encoding')
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8'
  if (!/^(utf-?8|us-ascii)$/i.test(charset)) return refused('unsupported_charset')
  return isUtf8(bytes) ? undefined : refused('malformed_body')
}

type Path = readonly (string | number)[]

/** The first member of an object in JSON text that its object already has. */
function duplicateIn(text: string): Path | undefined {
  const objects: Set<string>[] = []
  let found: Path | undefined
  visit(text, {
    onObjectBegin: () => {
      objects.push(new Set())
    },
    onObjectProperty: (name, _offset, _length, _line, _character, pathOf) => {
      const names = objects.at(-1)
      if (names?.has(name)) found ??= [...pathOf(), name]
      names?.add(name)
    },
    onObjectEnd: () => {
      objects.pop()
    },
  })
  return found
}

function duplicate(path: Path): Refused<'duplicate_member'> {
  const message = { ko: '같은 항목이 두 번 있습니다.', en: 'This field stands twice.' }
  return refused('duplicate_member', {
    errors: [{ field: ['body', ...path].join('.').slice(0, 100), code: 'duplicate', message }],
  })
}
