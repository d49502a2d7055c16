import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import type { EventContract } from '../../platform/events/event.ts'
import * as account from '../account-events.ts'
import * as item from '../item-events.ts'
import * as book from '../library/book-events.ts'
import * as hold from '../library/hold-events.ts'
import * as loan from '../library/loan-events.ts'
import * as opening from '../library/opening-events.ts'
import * as stock from '../library/stock-events.ts'
import * as order from '../order-events.ts'
import * as payment from '../payment-events.ts'
import * as question from '../question-events.ts'
import * as returned from '../return-events.ts'
import * as review from '../review-events.ts'
import * as subscription from '../subscription-events.ts'

const FILES = [
  account,
  item,
  order,
  payment,
  question,
  returned,
  review,
  subscription,
  book,
  hold,
  loan,
  opening,
  stock,
]

/** Folder of one real piece of data of every version. */
export const SAMPLES = join(import.meta.dirname, '..', 'samples')

/** One version of an event type, as strangers read it. */
export interface PublishedVersion {
  type: string
  version: number
  /** Of `data`. */
  schema: TSchema
  /** Told no more; what was told stays in the topics. */
  former: boolean
  sample: unknown
}

/** Every version of every event that was ever told, by type and version. */
export function publishedVersions(): PublishedVersion[] {
  return contracts().flatMap(({ type, version, schema, earlier }) => {
    const former = Object.entries(earlier).map(([told, older]) =>
      published(type, Number(told), older.schema, true),
    )
    return [...former, published(type, version, schema, false)]
  })
}

function contracts(): EventContract[] {
  const found = FILES.flatMap((file) => Object.values<unknown>({ ...file }).filter(isContract))
  return found.toSorted((a, b) => (a.type < b.type ? -1 : 1))
}

function isContract(exported: unknown): exported is EventContract {
  return typeof exported === 'object' && exported !== null && 'read' in exported && 'earlier' in exported
}

function published(type: string, version: number, schema: TSchema, former: boolean): PublishedVersion {
  const sample: unknown = JSON.parse(readFileSync(join(SAMPLES, `${type}.v${version}.json`), 'utf8'))
  return { type, version, schema, former, sample }
}
