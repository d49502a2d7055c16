import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { testDatabase } from '../../../test/support/database.ts'

const ID = '00000000-0000-0000-0000-000000000001'

it('what was sent before parcels had rows is on its way or there, as it was', async () => {
  const { db, drop } = await testDatabase([])
  const run = (text: string) => sql.raw(text).execute(db)
  await run('create schema if not exists orders')
  const files = globSync(`${import.meta.dirname}/migrations/*.sql`).toSorted()
  const before = files.filter((file) => basename(file) < '0012')
  for (const file of before) await run(readFileSync(file, 'utf8'))
  await run(`
    insert into orders."order" (id, order_number, customer_id, state, version, origin_total, discount_total, total, item_count,
      receiver_name, receiver_phone, city, address_detail, postal_code, placed_at, expires_at, paid_at, paid_attempt_id,
      paid_provider, shipped_at)
    values ('${ID}', '20261121-AAAAA1', '${ID}', 'shipped', 3, 60, 0, 60, 6, '김하늘', '01012345678', '서울', '1', '03045', now(),
      now(), now(), '${ID}', 'toss', now());
    insert into orders.order_line (order_id, line_no, item_id, name, enterprise, quantity, origin_unit_price,
      discount_unit_price, unit_price, line_total, delivery, carrier, tracking_number, shipped_at, delivered_at)
    select '${ID}', no, gen_random_uuid(), '상품', '건강제약', no, 10, 0, 10, no * 10, delivery, carrier, number, sent, there
    from (values (1, 'none', null, null, null::timestamptz, null::timestamptz), (2, 'shipped', 'hanjin', '123456', now(), null),
      (3, 'delivered', 'hanjin', '123456', now(), now() + interval '1 hour')) as l (no, delivery, carrier, number, sent, there)`)
  for (const file of files.slice(before.length)) await run(readFileSync(file, 'utf8'))
  const { rows } = await sql`
    select l.line_no as no, l.delivery, l.sent, l.arrived, s.quantity, s.delivered_at is not null as there
    from orders.order_line l left join orders.shipment_line s using (order_id, line_no) order by 1`.execute(
    db,
  )
  expect(rows).toEqual([
    { no: 1, delivery: 'none', sent: 0, arrived: 0, quantity: null, there: false },
    { no: 2, delivery: 'shipped', sent: 2, arrived: 0, quantity: 2, there: false },
    { no: 3, delivery: 'delivered', sent: 3, arrived: 3, quantity: 3, there: true },
  ])
  expect((await sql`select pieces_to_send from orders."order"`.execute(db)).rows).toEqual([
    { pieces_to_send: 1 },
  ])
  await drop()
})
