/** For tests of subscribers: events as they are handed over, without an outbox. */
import { newId } from '../ids.ts'
import { systemClock } from '../time/clock.ts'
import type { Delivery } from './deliver.ts'
import type { NewEvent } from './event.ts'
import { envelopeOf } from './outbox.ts'

let places = 0

/** An event as it comes out of the log, each time with an id and a place of its own. */
export function deliveryOf({ type, subject, subjectVersion, schemaVersion, data }: NewEvent): Delivery {
  places += 1
  const about = { type, subject, subject_version: subjectVersion, schema_version: schemaVersion, data }
  const trace = { request_id: null, traceparent: null }
  const occurred_at = systemClock.now()
  const envelope = envelopeOf({
    position: places,
    event_id: newId(),
    source: 'test',
    occurred_at,
    ...about,
    ...trace,
  })
  return { position: places, envelope }
}
