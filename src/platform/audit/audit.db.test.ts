import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { transact } from '../database/database.ts'
import { type AuditNote, LOOK_MINUTES, readAudit, writeAudit, writeLook } from './audit.ts'

const NOW = Temporal.Instant.from('2026-11-29T03:00:00Z')
const note = (subject: string): AuditNote => ({
  actorId: 'operator-1',
  action: 'item.changed',
  subject: { type: 'item', id: subject },
  reason: 'a mistake in the price',
  before: { originPrice: 100 },
  after: { originPrice: 200 },
})

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase([])
})
afterAll(() => database.drop())

it('keeps what was done, with the deed or not at all', async () => {
  await writeAudit(database.db, NOW, note('kept'))
  await transact(database.db, async (tx, rollback) => {
    await writeAudit(tx, NOW, note('undone'))
    rollback(undefined)
  })
  const found = await readAudit(database.db, { actorId: 'operator-1', limit: 10 })
  expect(found).toMatchObject([
    {
      actor_id: 'operator-1',
      action: 'item.changed',
      subject_type: 'item',
      subject_id: 'kept',
      reason: 'a mistake in the price',
      before: { originPrice: 100 },
      after: { originPrice: 200 },
    },
  ])
})

it('is changed by nobody, whatever they may do in the database', async () => {
  await writeAudit(database.db, NOW, note('for ever'))
  const attempts = [
    sql`update platform.audit_entry set actor_id = 'somebody else'`,
    sql`delete from platform.audit_entry where subject_id = 'for ever'`,
    sql`truncate platform.audit_entry`,
  ]
  for (const attempt of attempts)
    await expect(attempt.execute(database.db)).rejects.toThrow('the audit is append-only')
  expect(await readAudit(database.db, { subjectId: 'for ever', limit: 10 })).toHaveLength(1)
})

it('writes nothing that the console has no words for', () => {
  // @ts-expect-error it is not on the list of the contracts
  const eaten: AuditNote['action'] = 'item.eaten'
  const asked: AuditNote['action'] = `operation.${eaten}`
  expect(asked).toBe('operation.item.eaten')
})

it('is found by who, what, which and when, page by page', async () => {
  const at = (hour: number) => NOW.add({ hours: hour })
  const subject = { type: 'order', id: 'o-1' } as const
  for (const hour of [1, 2, 3])
    await writeAudit(database.db, at(hour), { actorId: `reader-${hour}`, action: 'order.read', subject })
  const who = async (filter: Omit<Parameters<typeof readAudit>[1], 'limit'>, limit = 10) =>
    (await readAudit(database.db, { ...filter, limit })).map((row) => row.actor_id)
  expect(await who({ action: 'order.read' })).toEqual(['reader-3', 'reader-2', 'reader-1'])
  expect(await who({ subjectType: 'order', subjectId: 'o-1', from: at(2) })).toEqual(['reader-3', 'reader-2'])
  expect(await who({ action: 'order.read', to: at(2) })).toEqual(['reader-1'])
  expect(await who({ actorId: 'reader-2' })).toEqual(['reader-2'])
  const [first] = await readAudit(database.db, { action: 'order.read', limit: 1 })
  expect(await who({ action: 'order.read', after: first?.id ?? '' }, 1)).toEqual(['reader-2'])
})

it('writes a look down once in ten minutes, for each who looks, at what, and how it was asked for', async () => {
  const look = (seconds: number, changed: Partial<Parameters<typeof writeLook>[2]> = {}) =>
    writeLook(database.db, NOW.add({ seconds }), {
      actorId: 'watcher-1',
      action: 'operation.list_orders',
      subject: { type: 'request', id: 'all' },
      after: { asked: { page: '1', state: 'paid' } },
      ...changed,
    })
  const rows = async () =>
    (await readAudit(database.db, { action: 'operation.list_orders', limit: 50 }))
      .map(({ at, actor_id }) => `${actor_id} ${NOW.until(at).total('seconds')}`)
      .toReversed()
  // A list that is open for half an hour, and asked for every three seconds.
  for (let seconds = 0; seconds < 30 * 60; seconds += 3) await look(seconds)
  const every = LOOK_MINUTES * 60
  expect(await rows()).toEqual([0, every, 2 * every].map((seconds) => `watcher-1 ${seconds}`))
  // Members in another order are the same question.
  await look(1_790, { after: { asked: { state: 'paid', page: '1' } } })
  expect(await rows()).toHaveLength(3)
  await look(1_790, { actorId: 'watcher-2' })
  await look(1_791, { after: { asked: { page: '2', state: 'paid' } } })
  await look(1_792, { after: undefined })
  await look(1_793, { subject: { type: 'request', id: 'other' } })
  expect(await rows()).toHaveLength(7)
  // What is to be known of the deed is not lost to a look: it has no such limit.
  await writeAudit(database.db, NOW, note('twice'))
  await writeAudit(database.db, NOW, note('twice'))
  expect(await readAudit(database.db, { subjectId: 'twice', limit: 10 })).toHaveLength(2)
})
