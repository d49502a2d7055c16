import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { idOf } from './visit.ts'

/** What drawn pictures share: how they are asked for, sent and lettered. */

const FRESH = 'public, max-age=86400, stale-while-revalidate=604800'

/** The id in the address of a picture: `<id>.svg`. */
export function pictureId({ params }: FastifyRequest): string | undefined {
  const file = typeof params === 'object' && params !== null && 'file' in params ? String(params.file) : ''
  return file.endsWith('.svg') ? idOf(file.slice(0, -'.svg'.length)) : undefined
}

/** Browsers keep a picture for a day, unless told otherwise, and ask afterwards whether it is still the same. */
export function sendPicture(
  request: FastifyRequest,
  reply: FastifyReply,
  svg: string,
  keep = FRESH,
): FastifyReply {
  const etag = `"${createHash('sha1').update(svg).digest('base64url')}"`
  reply.header('etag', etag).header('cache-control', keep)
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  return reply
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
    .type('image/svg+xml')
    .send(svg)
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as it may stand in XML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] ?? '')
}

/** A number from 0 to 255 out of an id. */
export function chance(id: string, place: number): number {
  return createHash('sha256').update(id).digest()[place] ?? 0
}

/** A text of at most so many letters; what is cut off is an ellipsis. */
export function shorten(text: string, most: number): string {
  const letters = [...text]
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text
}

/** Width of a text in letters of Hangul; Latin letters and digits are about half as wide. */
export function widthOf(text: string): number {
  return [...text].reduce((width, letter) => width + (/[\x20-\x7e]/.test(letter) ? 0.6 : 1), 0)
}

/** Breaks a name between words where it can, for a label of so many characters and lines. */
export function linesOf(name: string, width: number, most: number): string[] {
  const lines: string[] = []
  for (const word of name.trim().split(/\s+/)) {
    let rest = [...word]
    const last = lines.at(-1)
    if (last !== undefined && [...last].length + 1 + rest.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`
      continue
    }
    while (rest.length > 0) {
      lines.push(rest.slice(0, width).join(''))
      rest = rest.slice(width)
    }
  }
  if (lines.length <= most) return lines
  const kept = lines.slice(0, most)
  kept[most - 1] = `${[...(kept[most - 1] ?? '')].slice(0, width - 1).join('')}…`
  return kept
}
