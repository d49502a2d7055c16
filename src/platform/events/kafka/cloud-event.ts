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

const validator = Compile(
  Type.Object({
    specversion: Type.Literal('1.0'),
    id: Type.String({ format: 'uuid' }),
    source: Type.String({ minLength: 2 }),
    type: Type.String({ minLength: 1 }),
    subject: Type.String({ minLength: 1 }),
    time: Type.String({ minLength: 1 }),
    datacontenttype: Type.Literal('application/json'),
    dataschema: Type.String(),
    data: Type.Unknown(),
    subjectversion: Type.Integer({ minimum: 1 }),
    schemaversion: Type.Integer({ minimum: 1 }),
    requestid: Type.Optional(Type.String()),
    traceparent: Type.Optional(Type.String()),
  }),
)

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
