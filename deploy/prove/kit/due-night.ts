import { join } from 'node:path'
import { sql } from 'kysely'
import { type BenchBank, startBank } from '../../../bench/billing/bank.ts'
import { bankTokenOf, fillMethods, fillSubscriptions } from '../../../bench/billing/fill.ts'
import { stockUp } from '../../../bench/orders/order-books.ts'
import type { Cipher } from '../../../src/platform/cipher.ts'
import { type Db, openDatabase } from '../../../src/platform/database/database.ts'
import type { Proof } from './proof.ts'
import { run } from './shell.ts'

/** A shop in which so many charges are due today, and a provider that knows all of their payment methods. */
export interface DueNight {
  db: Db
  bank: BenchBank
  /** Settings of processes that charge at this provider. */
  settings: Readonly<Record<string, string>>
  /** Cycles of the night by their state. */
  cycles(): Promise<Readonly<Record<string, number>>>
  /** Charges of the provider, and how many of them are for a cycle that has another one. */
  charges(): Promise<{ all: number; twice: number }>
}

const ITEMS = 200

/** Fills a new database: items, subscriptions that are due today, their methods. */
export async function startDueNight(
  proof: Proof,
  { databaseUrl, cipher, due }: { databaseUrl: string; cipher: Cipher; due: number },
): Promise<DueNight> {
  const data = join(proof.folder, 'data')
  const env = { NODE_ENV: 'development', DATABASE_URL: databaseUrl, DATA_DIR: data, LOG_LEVEL: 'warn' }
  await run(process.execPath, ['src/main.ts', 'migrate'], { env })
  await run(process.execPath, ['src/main.ts', 'seed', '--items', String(ITEMS), '--orders', '0'], { env })
  const database = openDatabase({ url: databaseUrl, poolSize: 3, statementTimeoutMs: 120_000 })
  proof.after(() => database.close())
  const { db } = database
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where status = 'on_sale' order by id`.execute(db)
  const items = rows.map(({ id }) => id)
  const today = Temporal.Now.plainDateISO('Asia/Seoul')
  const filledAt = await fillSubscriptions(db, today, { subscriptions: due, due }, items)
  await fillMethods(db, cipher, filledAt, due)
  await stockUp(db, items)
  const bank = await startBank(data)
  proof.after(() => bank.stop())
  const subscriptions = await sql<{ id: string }>`select id from subscriptions.subscription`.execute(db)
  await bank.know(subscriptions.rows.map(({ id }) => bankTokenOf(id)))
  return {
    db,
    bank,
    settings: {
      NODE_ENV: 'development',
      DEMO: 'off',
      KAKAOPAY_BASE_URL: `http://127.0.0.1:${bank.port}`,
      KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
      KAKAOPAY_CID: 'TC0ONETIME',
      KAKAOPAY_SUBSCRIPTION_CID: 'TCSUBSCRIP',
      SOCIAL_PORT: '0',
      REGISTER_PORT: '0',
    },
    cycles: async () => {
      const counted = await sql<{ state: string; count: number }>`
        select state, count(*)::int as count from subscriptions.cycle where cycle_no = 2 group by state`.execute(
        db,
      )
      return Object.fromEntries(counted.rows.map(({ state, count }) => [state, count]))
    },
    charges: async () => {
      const orders = await bank.chargesSince(0)
      return { all: orders.length, twice: orders.length - new Set(orders).size }
    },
  }
}
