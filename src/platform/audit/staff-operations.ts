import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { App } from '../http/app.ts'
import type { AuditNote } from './audit.ts'
import type { Marks } from './marks.ts'

/** Members of searches that tell of nobody. */
const PLAIN = new Set(['page', 'size', 'after', 'state', 'kind', 'sort', 'from', 'to', 'date'])

/** A longer body is told of by its beginning. */
const MOST_CHARACTERS = 4_000

/**
 * Writes down what those who work here ask for, before it is done: every change, and every look at what belongs to
 * customers (`config.personal`). Without the note there is no deed. What became of it, with before and after, stands
 * in the note of the use case, which is written in its transaction.
 */
export function noteStaffOperations(app: App, { deed, look, markOf }: StaffAudit): void {
  app.addHook('preHandler', async (request) => {
    const note = noteOf(request, markOf)
    if (note) await (isLook(request) && isTold(note) && !isExport(request) ? look(note) : deed(note))
  })
}

/** How what those who work here ask for is written down. */
export interface StaffAudit {
  deed(note: AuditNote): Promise<void>
  /** Repeated by an open screen it need not be written down again; see `writeLook`. */
  look(note: AuditNote): Promise<void>
  /** Stands for what tells of a person; see `createMarks`. */
  markOf: Marks
}

/** Without a key there are no marks, and two searches for two people would look like one. */
const isTold = ({ after }: AuditNote) => !JSON.stringify(after ?? null).includes('"mark":null')

const isLook = ({ method }: FastifyRequest) => method === 'GET' || method === 'HEAD'

/** A table is taken away: that is done once each time, not looked at again by a screen that stays open. */
const isExport = ({ routeOptions }: FastifyRequest) => /\.(csv|xlsx)$/.test(routeOptions.url ?? '')

function noteOf(request: FastifyRequest, markOf: Marks): AuditNote | undefined {
  const { actor, routeOptions } = request
  const { config, schema } = routeOptions
  const isForStaff = Array.isArray(config.audience)
  const isNoted = isLook(request) ? config.personal === true : isForStaff
  if (!isNoted || !actor || actor.roles.includes('service')) return undefined
  const name = operationIdOf(schema)
  const body = textsIn(keptOf(request.body, config.unkept))
  return {
    actorId: actor.userId,
    action: `operation.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
    subject: { type: 'request', id: idIn(request.params) },
    reason: body.reason ?? body.evidence,
    ...askedBy(request, markOf),
  }
}

/** The body without the words that are not to be kept: of a text its length, of anything else that there was something. */
function keptOf(body: unknown, unkept: readonly string[] | undefined): unknown {
  if (!unkept || typeof body !== 'object' || body === null || isBytes(body)) return body
  return Object.fromEntries(
    Object.entries(body).map(([name, member]: [string, unknown]) => {
      if (!unkept.includes(name) || member === null) return [name, member]
      return [name, { characters: typeof member === 'string' ? member.length : null }]
    }),
  )
}

/** What was sent, or of a look at many things for whom or what it was. */
function askedBy(
  { body, query, routeOptions: { config } }: FastifyRequest,
  markOf: Marks,
): { after?: Record<string, unknown> } {
  if (body !== undefined && body !== null) return { after: bounded(keptOf(body, config.unkept)) }
  const sought = soughtIn(query, markOf)
  return Object.keys(sought).length === 0 ? {} : { after: { asked: sought } }
}

/**
 * How a list was asked for, so that another page or filter is another look. Ids and what tells of nobody stand as they
 * are; everything else, which may tell of a person, by its mark, since nothing is ever taken out of the audit.
 */
function soughtIn(query: unknown, markOf: Marks): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(textsIn(query)).flatMap<[string, unknown]>(([name, value = '']) => {
      if (/(^id|Id|^number)$/.test(name) || PLAIN.has(name) || isYesOrNo(value)) return [[name, value]]
      return [[name, { mark: markOf(value.trim().toLowerCase()) }]]
    }),
  )
}

const isYesOrNo = (value: string) => value === 'true' || value === 'false'

function operationIdOf(schema: unknown): string {
  if (typeof schema === 'object' && schema !== null && 'operationId' in schema) {
    if (typeof schema.operationId === 'string') return schema.operationId
  }
  return 'unnamed'
}

/** What the address names. */
function idIn(params: unknown): string {
  const named = Object.values(textsIn(params)).join('/')
  return named === '' ? 'all' : named.slice(0, 200)
}

function textsIn(value: unknown): Record<string, string | undefined> {
  if (typeof value !== 'object' || value === null || isBytes(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      ['string', 'number', 'boolean'].includes(typeof member) ? [[name, String(member)]] : [],
    ),
  )
}

/**
 * What was asked. A text is a table, bytes are a workbook or a picture, with whatever stands in them, receivers and their
 * addresses included, and nothing is ever taken out of the audit: they are told of by their length and hash, by which the
 * file can be recognised.
 */
function bounded(body: unknown): Record<string, unknown> {
  if (typeof body === 'string' || isBytes(body))
    return { bytes: Buffer.byteLength(body), sha256: createHash('sha256').update(body).digest('hex') }
  const text = JSON.stringify(body)
  return text.length <= MOST_CHARACTERS ? { asked: body } : { beginning: text.slice(0, MOST_CHARACTERS) }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}
