import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { createEndedSessions } from '../../platform/auth/ended-sessions.ts'
import { type Broadcast, createBroadcast } from '../../platform/broadcast/broadcast.ts'
import { postgresBroadcast } from '../../platform/broadcast/postgres.ts'
import { transact } from '../../platform/database/database.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { systemClock, type VirtualClock, virtualClock } from '../../platform/time/clock.ts'
import { signUp } from '../accounts/sign-up.ts'
import { askForVerification, verifyEmail } from '../accounts/verify-email.ts'
import { withdrawAccount } from '../accounts/withdraw-account.ts'
import type { Context } from '../context.ts'
import { identitySchema } from '../index.ts'
import { createPasswords } from '../passwords.ts'
import { LINKS } from '../rules/link.ts'
import { openSession } from '../sessions/open-session.ts'
import { readProfile } from '../store/profile.ts'
import { identity } from '../store/tables.ts'
import { forgetOldLinks } from './forget-old-links.ts'
import { issueLink } from './issue-link.ts'
import { linkAddress } from './link-address.ts'
import { createLinkSecrets } from './link-secrets.ts'

const log = createLog('silent')
let database: TestDatabase
let broadcast: Broadcast
let clock: VirtualClock
let context: Context

beforeAll(async () => {
  database = await testDatabase([identitySchema], { poolSize: 20 })
  broadcast = createBroadcast({ transport: postgresBroadcast({ url: database.url, log }), log })
})
beforeEach(() => {
  clock = virtualClock(systemClock.now().round('millisecond'))
  context = {
    db: database.db,
    clock,
    passwords: createPasswords(),
    endedSessions: createEndedSessions({ db: database.db, broadcast, clock, log }),
    log,
    issueAccessToken: async () => '',
    linkSecrets: createLinkSecrets([Buffer.alloc(32, 7)]),
    publicUrl: 'https://shop.test',
  }
})
afterAll(async () => {
  await broadcast.close()
  await database.drop()
})

let people = 0

/** A new account. @returns its id, and the latest link it was sent */
async function newcomer() {
  people += 1
  const result = await signUp(context, {
    email: `link${people}@example.com`,
    password: 'secret-pw1!',
    displayName: `링크${people}`,
    realName: '김하나',
    phone: `010-2000-${String(people).padStart(4, '0')}`,
    address: { city: '서울특별시 중구 세종대로 110', detail: '3층', postalCode: '04524' },
  })
  if (result.kind === 'refused') throw new Error(result.code)
  return result.profile.id
}

function linksOf(accountId: string) {
  return identity(database.db)
    .selectFrom('identity.one_time_link')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('id')
    .execute()
}

/** What the latest link of an account carries, if it is still good. */
async function tokenFor(accountId: string): Promise<string> {
  const latest = (await linksOf(accountId)).at(-1)
  const address = latest && (await linkAddress(context, latest.id))
  return address === undefined ? '' : (new URL(address).searchParams.get('token') ?? '')
}

/** How many of this database's sessions wait for a lock. */
async function waitingForLocks(): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db)
  return rows[0]?.waiting ?? 0
}

const isVerified = async (accountId: string) => (await readProfile(database.db, accountId))?.emailVerified

describe('a link to prove an address', () => {
  it('is sent at sign-up, leads to its page, and proves the address once', async () => {
    const id = await newcomer()
    expect(await isVerified(id)).toBe(false)
    const [link] = await linksOf(id)
    expect(await linkAddress(context, link?.id ?? '')).toMatch(
      /^https:\/\/shop\.test\/verify-email\?token=[\w-]{43}$/,
    )
    const token = await tokenFor(id)
    // What is stored does not tell what the link carries.
    expect(JSON.stringify(link)).not.toContain(token)
    expect(await verifyEmail(context, token)).toEqual({ kind: 'verified' })
    expect(await isVerified(id)).toBe(true)
    expect(await verifyEmail(context, token)).toMatchObject({ code: 'link_invalid' })
    expect(await linkAddress(context, link?.id ?? '')).toBeUndefined()
    expect(await askForVerification(context, id)).toMatchObject({ code: 'already_verified' })
  })

  it('is written and used while keys are exchanged, also by a process that makes links by the next one', async () => {
    const id = await newcomer()
    const [link] = await linksOf(id)
    const [old, next] = [Buffer.alloc(32, 7), Buffer.alloc(32, 9)]
    const written = await linkAddress(context, link?.id ?? '')
    const after = { ...context, linkSecrets: createLinkSecrets([next, old]) }
    expect(await linkAddress(after, link?.id ?? '')).toBe(written)
    const gone = { ...context, linkSecrets: createLinkSecrets([next]) }
    expect(await linkAddress(gone, link?.id ?? '')).toBeUndefined()
    // Who has the letter can use it all the same.
    const token = new URL(written ?? '').searchParams.get('token') ?? ''
    expect(await verifyEmail(gone, token)).toEqual({ kind: 'verified' })
  })

  it('is used by one of many who bring it at the same time', async () => {
    const id = await newcomer()
    const token = await tokenFor(id)
    const results = await Promise.all(Array.from({ length: 10 }, () => verifyEmail(context, token)))
    expect(results.filter(({ kind }) => kind === 'verified')).toHaveLength(1)
  })

  it('is confirmed and sent again at the same time, and neither holds up the other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const id = await newcomer()
      const token = await tokenFor(id)
      const [again, confirmed] = await Promise.all([
        askForVerification(context, id),
        verifyEmail(context, token),
      ])
      // One of the two was first: the link was used, or it had been replaced.
      const outcome = [again.kind, confirmed.kind].join(' ')
      expect(['sent refused', 'refused verified']).toContain(outcome)
      expect(await isVerified(id)).toBe(confirmed.kind === 'verified')
    }
  })

  it('waits for the account before it is touched', async () => {
    const id = await newcomer()
    const token = await tokenFor(id)
    const { promise: held, resolve: hold } = Promise.withResolvers<void>()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const sendingAgain = transact(database.db, async (tx) => {
      const account = identity(tx).selectFrom('identity.account').select('id').where('id', '=', id)
      await account.forUpdate().execute()
      hold()
      await released
      return issueLink(context, tx, { accountId: id, purpose: 'verify_email' })
    })
    await held
    const confirming = verifyEmail(context, token)
    await expect.poll(waitingForLocks).toBe(1)
    release()
    expect(await sendingAgain).toMatchObject({ kind: 'issued' })
    expect(await confirming).toMatchObject({ code: 'link_invalid' })
  })

  it('is too old after a day', async () => {
    const id = await newcomer()
    const token = await tokenFor(id)
    clock.advance(LINKS.verify_email.life)
    expect(await verifyEmail(context, token)).toMatchObject({ code: 'link_invalid' })
    expect(await isVerified(id)).toBe(false)
  })

  it('is replaced by the next one', async () => {
    const id = await newcomer()
    const first = await tokenFor(id)
    expect(await askForVerification(context, id)).toMatchObject({ kind: 'sent' })
    expect(await verifyEmail(context, first)).toMatchObject({ code: 'link_invalid' })
    expect(await verifyEmail(context, await tokenFor(id))).toEqual({ kind: 'verified' })
  })

  it('is made up by nobody, nor under another key', async () => {
    const id = await newcomer()
    const [link] = await linksOf(id)
    const others = { ...context, linkSecrets: createLinkSecrets([Buffer.alloc(32, 8)]) }
    expect(await linkAddress(others, link?.id ?? '')).toBeUndefined()
    for (const token of ['', 'x', others.linkSecrets.tokenOf(link?.id ?? '')])
      expect(await verifyEmail(context, token)).toMatchObject({ code: 'link_invalid' })
  })

  it('is sent so often in an hour, also when many ask at the same time', async () => {
    const id = await newcomer()
    const results = await Promise.all(Array.from({ length: 12 }, () => askForVerification(context, id)))
    const { perHour } = LINKS.verify_email
    // One went with the sign-up.
    expect(results.filter(({ kind }) => kind === 'sent')).toHaveLength(perHour - 1)
    const refusals = results.filter((result) => result.kind === 'refused')
    for (const refusal of refusals)
      expect(refusal).toMatchObject({ code: 'too_many_requests', retryAfterSeconds: 3_600 })
    const open = (await linksOf(id)).filter((link) => link.used_at === null && link.replaced_at === null)
    expect(open).toHaveLength(1)
    clock.advance({ hours: 1 })
    expect(await askForVerification(context, id)).toMatchObject({ kind: 'sent' })
  })

  it('goes with the account', async () => {
    const id = await newcomer()
    const token = await tokenFor(id)
    const sessionId = await transact(database.db, (tx) => openSession(tx, id, null, clock.now()))
    const actor = { userId: id, roles: ['customer' as const], sessionId }
    expect(await withdrawAccount(context, actor, 'secret-pw1!')).toEqual({ kind: 'withdrawn' })
    expect(await verifyEmail(context, token)).toMatchObject({ code: 'link_invalid' })
    expect(await linksOf(id)).toEqual([])
    expect(await askForVerification(context, id)).toMatchObject({ code: 'not_signed_in' })
    const issued = transact(database.db, (tx) =>
      issueLink(context, tx, { accountId: id, purpose: 'verify_email' }),
    )
    expect(await issued).toMatchObject({ code: 'not_found' })
  })

  it('is forgotten some days after it was any good', async () => {
    const id = await newcomer()
    await forgetOldLinks(database.db, clock.now().add({ hours: 95 }))
    expect(await linksOf(id)).toHaveLength(1)
    await forgetOldLinks(database.db, clock.now().add({ hours: 97 }))
    expect(await linksOf(id)).toEqual([])
  })
})
