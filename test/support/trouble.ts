import { randomUUID } from 'node:crypto'
import { execute } from './database.ts'
import type { Person } from './people.ts'
import { beginPayment } from './shop.ts'
import type { System } from './system.ts'

/** A payment of an order that the bank took, and whose answer was lost. @returns its id */
export async function lostPayment(system: System, owner: Person, orderId: string): Promise<string> {
  const payment = await beginPayment(owner, orderId)
  await system.bank.faults({
    match: { operation: 'approve', partnerOrderId: payment.id },
    effect: { kind: 'reset_after' },
  })
  await system.api().get((await system.bank.press(payment.redirectUrl, 'approve')) ?? '')
  await system.bank.heal()
  return payment.id
}

/** An event that only a person can settle, as it lies in the table. */
export async function deadEvent(system: System): Promise<string> {
  const id = randomUUID()
  const envelope = {
    specversion: '1.0',
    id,
    source: 'test',
    type: 'test.nothing',
    subject: id,
    time: '2026-01-01T00:00:00Z',
    data: {},
  }
  const [row] = await execute(
    system.databaseUrl,
    `insert into platform.parked_event
       (subscriber, event_id, subject, position, envelope, state, attempts, next_at, reason)
     values ('nobody', '${id}', '${id}', 1, '${JSON.stringify(envelope)}', 'dead', 9, now(), 'test')
     returning id::int as id`,
  )
  return String(row?.id)
}

/** As it lies in the tables. */
export async function finding(system: System): Promise<string> {
  const [id, day] = [randomUUID(), '2026-01-01']
  await execute(
    system.databaseUrl,
    `insert into payments.reconciliation (id, provider, day, matched, late, listed_total, reconciled_at)
     values ('${id}', 'toss', '${day}', 0, 0, 0, now()) on conflict do nothing`,
  )
  await execute(
    system.databaseUrl,
    `insert into payments.reconciliation_finding (id, provider, day, kind, movement, key, there, first_seen_at)
     values ('${id}', 'toss', '${day}', 'missing_here', 'charge', '${id}', 100, now())`,
  )
  return id
}
