/** For the tests of the catalogue only: a catalogue on a database of its own. */

import { sql } from 'kysely'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { type Broadcast, createBroadcast } from '../../platform/broadcast/broadcast.ts'
import { postgresBroadcast } from '../../platform/broadcast/postgres.ts'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import type { Redis } from '../../platform/redis/redis.ts'
import { createPseudonym } from '../../platform/signer.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { type VirtualClock, virtualClock } from '../../platform/time/clock.ts'
import { picturesSchema } from '../pictures/index.ts'
import { testPictures } from '../pictures/pictures.fixture.ts'
import { insertItems } from './import/store-items.ts'
import { type Catalog, catalogSchema, createCatalog } from './index.ts'
import { type Category, categoriesOf } from './rules/categories.ts'
import { discountRate } from './rules/price.ts'

export interface TestCatalog {
  readonly database: TestDatabase
  readonly catalog: Catalog
  readonly clock: VirtualClock
  readonly broadcast: Broadcast
}

/** Always by the same key: with some, two of a few visitors mark the same register and count as one. */
export const testPseudonym = createPseudonym(Buffer.alloc(32, 7).toString('base64url'), 'views')

/** @param redis by which it keeps lists for other processes */
export async function openCatalog(redis?: Redis): Promise<TestCatalog> {
  const database = await testDatabase([picturesSchema, catalogSchema])
  const clock = virtualClock(Temporal.Instant.from('2026-11-21T03:00:00Z'))
  const log = createLog('silent')
  const broadcast = createBroadcast({ transport: postgresBroadcast({ url: database.url, log }), log })
  const pictures = testPictures({ db: database.db, clock })
  const { db } = database
  const catalog = createCatalog({
    db,
    browsing: db,
    clock,
    log,
    broadcast,
    redis,
    pictures,
    pseudonym: testPseudonym,
    enqueue: async () => {},
  })
  const drop = async () => {
    await broadcast.close()
    await database.drop()
  }
  return { database: { ...database, drop }, catalog, clock, broadcast }
}

export interface SampleParts {
  readonly name?: string
  readonly enterprise?: string
  readonly categories?: readonly Category[]
  readonly originPrice?: number
  /** Permille. */
  readonly discount?: number
  readonly stock?: number
  readonly registeredDate?: string | null
  /** False: hidden, without an offer. */
  readonly offered?: boolean
  readonly mainFunction?: string
}

let nextNumber = 200_400_150_000

/** Stores one item and gives its id. */
export async function addItem({ database, clock }: TestCatalog, parts: SampleParts = {}): Promise<string> {
  nextNumber += 1
  const statementNumber = String(nextNumber)
  const mainFunction = parts.mainFunction ?? '면역력 증진에 도움'
  const item = {
    statementNumber,
    name: parts.name ?? `상품 ${statementNumber}`,
    enterprise: parts.enterprise ?? '(주)고려',
    registeredDate:
      parts.registeredDate === null ? null : Temporal.PlainDate.from(parts.registeredDate ?? '2024-03-02'),
    distributionPeriod: '제조일로부터 2년',
    appearance: '갈색 액상',
    servingUse: '1일 1회',
    preservation: '서늘한 곳',
    intakeHint: '의사와 상담',
    mainFunction,
    baseStandard: '1. 성상',
    rawMaterials: '홍삼',
    shape: '액상',
    updatedDate: null,
  }
  const offer = {
    originPrice: won(parts.originPrice ?? 10_000),
    discountRate: discountRate(parts.discount ?? 0),
    stock: parts.stock ?? 10,
  }
  await transact(database.db, (tx) =>
    insertItems(
      tx,
      [
        {
          item,
          categories: parts.categories ?? categoriesOf(mainFunction),
          offer: parts.offered === false ? null : offer,
        },
      ],
      clock.now(),
    ),
  )
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where statement_number = ${statementNumber}`.execute(database.db)
  return rows[0]?.id ?? newId()
}
