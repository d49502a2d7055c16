import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

/**
 * The contract of one event type. Publisher and subscribers share only this: name, version and schema.
 * `earlier[n]` reads version n: old events stay readable, here and, by its schema, for readers elsewhere.
 */
export interface EventContract<S extends TSchema = TSchema> {
  type: string
  version: number
  schema: S
  earlier: Readonly<Record<number, EarlierVersion>>
  /** Upcasts and checks stored data. */
  read(data: unknown, version: number): ReadResult<Static<S>>
}

/** A version that is told no more; what was told of it stays in the log and in topics. */
export interface EarlierVersion {
  schema: TSchema
  /** Turns its data into those of the next version. */
  upcast(data: unknown): unknown
}

/** `newer`: written by a version that this one does not know yet; a process of that version can read it. */
export type ReadResult<T> =
  | { kind: 'ok'; data: T }
  | { kind: 'newer'; reason: string }
  | { kind: 'unreadable'; reason: string }

/** An event about to be written to the outbox. */
export interface NewEvent {
  type: string
  schemaVersion: number
  /** Id of the aggregate the event is about; order is kept per subject. */
  subject: string
  subjectVersion: number
  data: unknown
}

/** A CloudEvents 1.0 envelope in JSON form. Extension attributes carry what ordering and tracing need. */
export interface Envelope {
  specversion: '1.0'
  id: string
  source: string
  type: string
  subject: string
  time: string
  datacontenttype: 'application/json'
  dataschema: string
  data: unknown
  subjectversion: number
  schemaversion: number
  requestid?: string
  traceparent?: string
}

/**
 * Declares an event type, e.g. `defineEvent('shop.order.paid', 1, Type.Object({ … }))`.
 * @param earlier every older version, by its number
 */
export function defineEvent<S extends TSchema>(
  type: string,
  version: number,
  schema: S,
  earlier: Readonly<Record<number, EarlierVersion>> = {},
): EventContract<S> & { of(subject: string, subjectVersion: number, data: Static<S>): NewEvent } {
  const validator = Compile(schema)
  return {
    type,
    version,
    schema,
    earlier,
    of: (subject, subjectVersion, data) => ({ type, schemaVersion: version, subject, subjectVersion, data }),
    read: (stored, storedVersion) => {
      if (storedVersion > version) {
        return {
          kind: 'newer',
          reason: `unknown version ${storedVersion} of ${type} (known up to ${version})`,
        }
      }
      let data = stored
      for (let from = storedVersion; from < version; from++) {
        const older = earlier[from]
        if (!older)
          return { kind: 'unreadable', reason: `nobody says how to read version ${from} of ${type}` }
        data = older.upcast(data)
      }
      if (validator.Check(data)) return { kind: 'ok', data }
      const [first] = validator.Errors(data)
      return {
        kind: 'unreadable',
        reason: `${type} does not match its schema: ${first?.instancePath} ${first?.message}`,
      }
    },
  }
}
