import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transact } from '../../../platform/database/database.ts'
import { until } from '../../../platform/resilience/poll-until.ts'
import { openShop, type Shop, START } from '../orders.fixture.ts'
import { consentTo, DEFAULT_RECURRING_TERMS as terms } from '../rules/consent.ts'
import { findConsentText, keepConsentText } from './consent-store.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(() => shop.drop())

const inForce = consentTo(terms)
const other = consentTo({ ...terms, noticeDays: 5 })
const kept = async () => (await sql`select * from orders.consent_text order by kept_at`.execute(shop.db)).rows
const waiting = async () => {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%consent_text%'`.execute(
    shop.db,
  )
  return rows[0]?.n === 1
}

describe('the text in force', () => {
  it('is kept when the shop opens, once, and stays when it opens with other terms', async () => {
    await keepConsentText(shop.db, inForce, START.add({ hours: 1 }))
    await keepConsentText(shop.db, other, START.add({ hours: 2 }))
    await shop.orders.module.prepare?.()
    expect(await kept()).toEqual([
      { version: inForce.version, ...inForce.text, kept_at: START },
      { version: other.version, ...other.text, kept_at: START.add({ hours: 2 }) },
    ])
    expect(await findConsentText(shop.db, inForce.version)).toEqual(inForce)
    expect(await findConsentText(shop.db, other.version)).toEqual(other)
    expect(await findConsentText(shop.db, '2020-01-01')).toBeUndefined()
  })

  it('is kept once by two processes that start at the same moment', async () => {
    const late = consentTo({ ...terms, noticeDays: 6 })
    let second = Promise.resolve()
    await transact(shop.db, async (tx) => {
      await sql`insert into orders.consent_text values (${late.version}, ${late.text.ko}, ${late.text.en}, ${START})`.execute(
        tx,
      )
      second = keepConsentText(shop.db, late, START.add({ hours: 1 }))
      await until(waiting, { deadlineMs: 5_000, what: 'the second to wait for the first' })
    })
    await second
    expect(await kept()).toContainEqual({ version: late.version, ...late.text, kept_at: START })
  })
})

describe('a kept text', () => {
  it('is never changed: neither by other sentences under its version nor by hand', async () => {
    const before = await kept()
    for (const text of [
      { ...inForce.text, ko: '동의합니다.' },
      { ...inForce.text, en: 'I agree.' },
    ])
      await expect(keepConsentText(shop.db, { version: inForce.version, text }, START)).rejects.toThrow(
        /kept with another text/,
      )
    for (const statement of [
      sql`update orders.consent_text set ko = '동의합니다.'`,
      sql`delete from orders.consent_text`,
      sql`truncate orders.consent_text cascade`,
    ])
      await expect(statement.execute(shop.db)).rejects.toThrow(/never changed/)
    expect(await kept()).toEqual(before)
  })

  it('is there for every version that an order names', async () => {
    const { id } = await shop.placed([{ itemId: await shop.addItem(5), quantity: 1 }])
    const agree = sql`update orders."order" set consent_version = '2020-01-01', consented_at = placed_at where id = ${id}`
    await expect(agree.execute(shop.db)).rejects.toThrow(/order_consent_text/)
  })
})
