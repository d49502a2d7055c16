import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { testDatabase } from '../../../test/support/database.ts'
import { transact } from '../../platform/database/database.ts'
import { handedBack } from './store/deed-store.ts'

const id = (no: number) => `00000000-0000-0000-0000-${String(no).padStart(12, '0')}`
const [FIRST, SECOND] = [id(901), id(902)]

it('what was confirmed before deeds were written is known as done, or handed back: none is lost', async () => {
  const { db, drop } = await testDatabase([])
  const run = (text: string) => sql.raw(text).execute(db)
  await run('create schema if not exists payments')
  const files = globSync(`${import.meta.dirname}/migrations/*.sql`).toSorted()
  const before = files.filter((file) => basename(file) < '0022')
  for (const file of before) await run(readFileSync(file, 'utf8'))
  const attempt = (no: number, state: string) =>
    run(`
      insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity,
        buyer_ref, return_key, provider_ref, paid_at, needs_review, unknown_reason, sent_at, created_at, updated_at)
      values ('${id(no)}', '${id(100 + no)}', '${id(903)}', 'toss', 'checkout', 'pay', '${state}', 5000, 455, '상품', 1,
        'b', 'key', ${state === 'succeeded' ? `'T-${no}', now()` : 'null, null'}, ${state === 'unknown'},
        ${state === 'unknown' ? "'timeout'" : 'null'}, now(), now(), now())`)
  const refund = (no: number, of: number, state: 'succeeded' | 'declined', age = '1 hour') =>
    run(`
      insert into payments.refund (id, attempt_id, order_id, amount, vat, reason, requested_by, state, refundable_before,
        provider_refund_id, created_at, updated_at, finished_at)
      values ('${id(no)}', '${id(of)}', '${id(100 + of)}', 2000, 182, '파손', '${FIRST}', '${state}', 5000,
        ${state === 'succeeded' ? `'R-${no}'` : 'null'}, now() - interval '${age}', now(), now())`)
  const proposal = async (no: number, kind: string, subject: number, terms: object) => {
    await run(`
      insert into payments.proposal (id, kind, subject_id, amount, terms, proposed_by, proposed_at, expires_at, state)
      values ('${id(no)}', '${kind}', '${id(subject)}', 2000, '${JSON.stringify(terms)}', '${FIRST}',
        now() - interval '5 hours', now() + interval '1 hour', 'open')`)
    await run(`update payments.proposal set state = 'confirmed', ended_by = '${SECOND}', ended_at = now() - interval '2 hours'
      where id = '${id(no)}'`)
  }
  for (const [no, state] of [
    [1, 'succeeded'],
    [2, 'declined'],
    [3, 'unknown'],
    [4, 'succeeded'],
  ] as const)
    await attempt(no, state)
  await refund(21, 1, 'succeeded')
  // Asked for before it was confirmed: another one.
  await refund(22, 4, 'declined', '3 hours')
  const evidence = '확인함'
  await proposal(31, 'decide_payment', 1, { outcome: 'charged', evidence })
  await proposal(32, 'decide_payment', 2, { outcome: 'not_charged', evidence })
  await proposal(33, 'refund', 1, { reason: '파손' })
  await proposal(34, 'decide_refund', 22, { outcome: 'not_given', evidence })
  await proposal(41, 'decide_payment', 3, { outcome: 'charged', evidence })
  await proposal(42, 'decide_payment', 4, { outcome: 'not_charged', evidence })
  await proposal(43, 'refund', 4, { reason: '파손' })
  await proposal(44, 'decide_refund', 21, { outcome: 'not_given', evidence })
  for (const file of files.slice(before.length)) await run(readFileSync(file, 'utf8'))

  const { rows } = await sql<{ outcome: string; proposals: string }>`
    select outcome, string_agg(right(proposal_id::text, 2), ' ' order by proposal_id) as proposals
    from payments.proposal_deed group by outcome order by outcome`.execute(db)
  expect(rows).toEqual([
    { outcome: 'done', proposals: '31 32 33 34' },
    { outcome: 'not_recorded', proposals: '41 42 43 44' },
  ])
  const shown = await handedBack(db, Temporal.Now.instant(), 10)
  expect(shown.map((row) => Number(row.id.slice(-2))).sort()).toEqual([41, 42, 43, 44])

  // A version that writes no deed and is still running confirms one more.
  await proposal(51, 'decide_payment', 3, { outcome: 'not_charged', evidence })
  const opened = await sql`
    select done_at, act_at < now() as is_due from payments.proposal_deed where proposal_id = ${id(51)}`.execute(
    db,
  )
  expect(opened.rows).toEqual([{ done_at: null, is_due: true }])
  // One that writes its own deed after the confirmation confirms another one: both in one transaction, as it does.
  await run(`
    insert into payments.proposal (id, kind, subject_id, amount, terms, proposed_by, proposed_at, expires_at, state)
    values ('${id(52)}', 'refund', '${id(1)}', 2000, '{}', '${FIRST}', now(), now() + interval '1 hour', 'open')`)
  await transact(db, async (tx) => {
    await sql`update payments.proposal set state = 'confirmed', ended_by = ${SECOND}, ended_at = now()
      where id = ${id(52)}`.execute(tx)
    await sql`insert into payments.proposal_deed (proposal_id, act_at)
      values (${id(52)}, now() + interval '9 minutes')`.execute(tx)
  })
  const own = await sql`
    select act_at > now() + interval '8 minutes' as is_own from payments.proposal_deed
    where proposal_id = ${id(52)}`.execute(db)
  expect(own.rows).toEqual([{ is_own: true }])
  await drop()
})
