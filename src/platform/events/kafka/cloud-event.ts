import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { Envelope } from '../event.ts'

/** The structured mode of CloudEvents: the whole envelope is the message, so what was kept and what was sent are one text. */
export const CONTENT_TYPE = 'application/cloudevents+json; charset=UTF-8'

/** Of all topics. Never changed: a key keeps its partition, and so its order. */
export const PARTITIONS = 6

/** A topic for each kind of aggregate: `library.loan.returned` goes to `<prefix>.library.loan`. */
export function topicOf(prefix: string, type: string): string {
  return `${prefix}.${type.slice(0, type.lastIndexOf('.'))}`
}

/** A message, whatever it tells; readers elsewhere get it with the published contracts. */
export const EnvelopeSchema = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: Type.String({ format: 'uuid', description: 'Of the event, however often it is sent' }),
    source: Type.String({ minLength: 2, description: 'The part of the software that tells it' }),
    type: Type.String({ minLength: 1 }),
    subject: Type.String({ minLength: 1, description: 'Id of the aggregate; the key of the message' }),
    time: Type.String({ minLength: 1, description: 'RFC 3339; when it happened' }),
    datacontenttype: Type.Literal('application/json'),
    dataschema: Type.String({ description: 'Names type and version' }),
    data: Type.Unknown(),
    subjectversion: Type.Integer({
      minimum: 1,
      description: 'Of the aggregate as it has become, by source; the order of its events',
    }),
    schemaversion: Type.Integer({ minimum: 1, description: 'Version of the type' }),
    requestid: Type.Optional(Type.String({ description: 'Of the request that led to it, as in logs' })),
    traceparent: Type.Optional(Type.String({ description: 'W3C trace context' })),
  },
  { description: 'A CloudEvents 1.0 envelope' },
)

const validator = Compile(EnvelopeSchema)

/** Reads a message; undefined when it is none of ours. */
export function envelopeFrom(value: string): Envelope | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch {
    return undefined
  }
  return validator.Check(parsed) ? parsed : undefined
}
