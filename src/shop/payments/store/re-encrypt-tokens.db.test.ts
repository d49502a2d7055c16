import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createCipher } from '../../../platform/cipher.ts'
import { newId } from '../../../platform/ids.ts'
import { paymentsWorld, START, type World } from '../payments.fixture.ts'
import { countOldTokens, reEncryptTokens } from './re-encrypt-tokens.ts'
import { receiptContext } from './receipt-store.ts'

const key = () => randomBytes(32).toString('base64url')
const [first, second] = [key(), key()]
const KEYS = `${second},${first}`
const before = createCipher(first)
const cipher = createCipher(KEYS)

let world: World
let db: World['db']
beforeAll(async () => {
  world = await paymentsWorld()
  db = world.db
})
afterAll(() => world.database.drop())
beforeEach(async () => {
  await sql`delete from payments.method`.execute(db)
})

/** @returns the token behind each method, by its id */
async function stored(count: number): Promise<Map<string, string>> {
  const tokens = new Map<string, string>()
  for (let n = 0; n < count; n++) {
    const [id, attemptId, owner] = [newId(), newId(), newId()]
    tokens.set(id, `S-${n}`)
    await sql`
      insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity,
        buyer_ref, return_key, provider_ref, paid_at, created_at, updated_at)
      values (${attemptId}, ${newId()}, ${owner}, 'kakaopay', 'checkout', 'pay_and_issue_token', 'succeeded', 10000, 909,
        '상품', 1, ${owner}, 'key', ${attemptId}, ${START}, ${START}, ${START})`.execute(db)
    await sql`
      insert into payments.method (id, owner_id, provider, buyer_ref, token, display, state, issued_by, last_charged_at,
        created_at, updated_at)
      values (${id}, ${owner}, 'kakaopay', ${owner}, ${before.encrypt(`S-${n}`, id)}, '카카오페이', 'active', ${attemptId},
        ${START}, ${START}, ${START})`.execute(db)
  }
  return tokens
}

async function read(): Promise<{ id: string; token: string }[]> {
  const { rows } = await sql<{ id: string; token: string }>`
    select id, token from payments.method order by id`.execute(db)
  return rows
}

it('gives every token the key of today, and a run too many changes nothing', async () => {
  const tokens = await stored(7)
  expect(await countOldTokens({ db, cipher })).toBe(7)
  const told: number[] = []
  const ended = await reEncryptTokens({ db, cipher }, { batch: 3, onProgress: (done) => told.push(done) })
  expect(ended).toEqual({ done: 7, moved: 0, unreadable: [], complete: true })
  expect(told).toEqual([3, 6, 7])
  // The earlier key may go now.
  const alone = createCipher(second)
  const rows = await read()
  expect(new Map(rows.map(({ id, token }) => [id, alone.decrypt(token, id)]))).toEqual(tokens)
  expect((await reEncryptTokens({ db, cipher })).done).toBe(0)
  expect(await read()).toEqual(rows)
})

it('leaves alone what it cannot read and what was forgotten, and says which', async () => {
  const [harmed, emptied, good] = [...(await stored(3)).keys()]
  const foreign = createCipher(key()).encrypt('S-x', harmed ?? '')
  await sql`update payments.method set token = ${foreign} where id = ${harmed}`.execute(db)
  await sql`update payments.method set token = '' where id = ${emptied}`.execute(db)
  const ended = await reEncryptTokens({ db, cipher })
  expect(ended).toEqual({
    done: 1,
    moved: 0,
    unreadable: [{ what: 'payment_method', id: harmed }],
    complete: true,
  })
  const rows = new Map((await read()).map(({ id, token }) => [id, token]))
  expect([rows.get(harmed ?? ''), rows.get(emptied ?? '')]).toEqual([foreign, ''])
  expect(rows.get(good ?? '')).toMatch(cipher.prefix)
  expect(await countOldTokens({ db, cipher })).toBe(1)
})

it('several at once, and one that stops early, harm nothing', async () => {
  const tokens = await stored(12)
  const ends = await Promise.all([1, 2, 3].map(() => reEncryptTokens({ db, cipher }, { batch: 2 })))
  expect(ends.reduce((sum, { done }) => sum + done, 0)).toBe(12)
  const alone = createCipher(second)
  for (const { id, token } of await read()) expect(alone.decrypt(token, id)).toBe(tokens.get(id))
  const stopped = await reEncryptTokens({ db, cipher }, { signal: AbortSignal.abort() })
  expect(stopped).toEqual({ done: 0, moved: 0, unreadable: [], complete: false })
})

it('goes on where a run was killed', async () => {
  const tokens = await stored(60)
  const script = fileURLToPath(new URL('./re-encrypt-child.fixture.ts', import.meta.url))
  const child = spawn(process.execPath, [script, world.database.url, KEYS], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
  const left = await countOldTokens({ db, cipher })
  expect(left).toBeLessThan(60)
  for (const { id, token } of await read()) expect(cipher.decrypt(token, id)).toBe(tokens.get(id))
  expect(await reEncryptTokens({ db, cipher })).toMatchObject({ done: left, complete: true })
  expect(await countOldTokens({ db, cipher })).toBe(0)
})

it('gives the numbers for cash receipts the key of today, too', async () => {
  await stored(2)
  const { rows } = await sql<{
    id: string
  }>`select id from payments.attempt order by id desc limit 2`.execute(db)
  const [mine, harmed] = rows.map(({ id }) => id)
  for (const [id, encrypted] of [
    [mine, before.encrypt('01012345678', receiptContext(mine ?? ''))],
    // Bound to another payment.
    [harmed, before.encrypt('01012345678', receiptContext(mine ?? ''))],
  ])
    await sql`
      insert into payments.cash_receipt (attempt_id, state, use, number, shown, created_at, updated_at)
      values (${id}, 'asked', 'deduction', ${encrypted}, '010-****-5678', ${START}, ${START})`.execute(db)
  await sql`delete from payments.method`.execute(db)
  expect(await countOldTokens({ db, cipher })).toBe(2)
  // Stopped before the last batch of them, it says so, and goes on another time.
  const stop = new AbortController()
  const stopped = await reEncryptTokens(
    { db, cipher },
    { batch: 1, signal: stop.signal, onProgress: () => stop.abort() },
  )
  expect(stopped).toMatchObject({ complete: false })
  const ended = await reEncryptTokens({ db, cipher })
  expect(stopped.done + ended.done).toBe(1)
  expect(ended).toMatchObject({ unreadable: [{ what: 'receipt_number', id: harmed }], complete: true })
  const kept = await sql<{ number: string }>`
    select number from payments.cash_receipt where attempt_id = ${mine}`.execute(db)
  const [row] = kept.rows
  expect(createCipher(second).decrypt(row?.number ?? '', receiptContext(mine ?? ''))).toBe('01012345678')
  expect(await countOldTokens({ db, cipher })).toBe(1)
})
