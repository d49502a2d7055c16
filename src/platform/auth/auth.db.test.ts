import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { keysFromText, newPrivateKeyPem, type SigningKeys } from '../../identity/index.ts'
import { createIssuer } from '../../identity/sessions/issue-token.ts'
import { type Broadcast, createBroadcast } from '../broadcast/broadcast.ts'
import { postgresBroadcast } from '../broadcast/postgres.ts'
import { transact } from '../database/database.ts'
import type { Actor } from '../http/actor.ts'
import { newId } from '../ids.ts'
import { until } from '../resilience/poll-until.ts'
import { createLog } from '../telemetry/log.ts'
import { systemClock, type VirtualClock, virtualClock } from '../time/clock.ts'
import { createAuth } from './auth.ts'
import { createEndedSessions, type EndedSessions } from './ended-sessions.ts'
import { createServiceCredential, parseServiceTokens } from './service-credential.ts'

const SCOPE = { issuer: 'https://issuer.test', audience: 'test' }
const [OLD, NEW] = ['o'.repeat(32), 'n'.repeat(40)]
const log = createLog('silent')

let database: TestDatabase
let keys: SigningKeys
let clock: VirtualClock
const running: (() => Promise<void>)[] = []

beforeAll(async () => {
  database = await testDatabase()
  keys = await keysFromText(newPrivateKeyPem())
})
beforeEach(() => {
  clock = virtualClock(systemClock.now().round('millisecond'))
  return async () => {
    for (const stop of running.splice(0)) await stop()
  }
})
afterAll(() => database.drop())

/** What one process of the system knows; `deaf` hears nothing of the others. */
async function aProcess({ deaf = false } = {}): Promise<{ ended: EndedSessions; broadcast: Broadcast }> {
  const broadcast = createBroadcast({ transport: postgresBroadcast({ url: database.url, log }), log })
  const ended = createEndedSessions({ db: database.db, broadcast, clock, log })
  if (!deaf) await broadcast.start()
  await ended.start()
  running.push(async () => {
    await ended.stop()
    await broadcast.close()
  })
  return { ended, broadcast }
}

const end = ({ ended }: { ended: EndedSessions }, ids: readonly string[]) =>
  transact(database.db, (tx) => ended.end(tx, ids, clock.now()))

describe('sessions that ended', () => {
  it('are known here with the commit, elsewhere soon after, and to whoever starts later', async () => {
    const [here, there] = [await aProcess(), await aProcess()]
    // More than one message carries.
    const ids = Array.from({ length: 250 }, () => newId())
    await end(here, ids)
    expect(ids.every(here.ended.has)).toBe(true)
    await until(() => ids.every(there.ended.has), { what: 'the news', deadlineMs: 5_000, everyMs: 10 })
    const late = await aProcess()
    expect(ids.every(late.ended.has)).toBe(true)
    expect(here.ended.has(newId())).toBe(false)
  })

  it('are not ended when the transaction is undone', async () => {
    const here = await aProcess()
    const id = newId()
    await transact(database.db, async (tx, rollback) => {
      await here.ended.end(tx, [id], clock.now())
      rollback(undefined)
    })
    expect(here.ended.has(id)).toBe(false)
    expect((await aProcess()).ended.has(id)).toBe(false)
  })

  it('are found by looking when nothing was heard', async () => {
    const [here, there] = [await aProcess(), await aProcess({ deaf: true })]
    const id = newId()
    await end(here, [id])
    expect(there.ended.has(id)).toBe(false)
    await until(() => there.ended.has(id), { what: 'the look', deadlineMs: 20_000 })
  })

  it('are kept for the life of an access token, then forgotten everywhere', async () => {
    const here = await aProcess()
    const [old, fresh] = [newId(), newId()]
    await end(here, [old])
    clock.advance({ minutes: 30 })
    await here.ended.forgetOld()
    expect((await aProcess()).ended.has(old)).toBe(true)
    clock.advance({ minutes: 2 })
    await end(here, [fresh])
    await here.ended.forgetOld()
    const late = await aProcess()
    expect([late.ended.has(old), late.ended.has(fresh)]).toEqual([false, true])
  })
})

describe('a service', () => {
  const authOf = async (tokens: string | undefined) => {
    const { ended: endedSessions } = await aProcess({ deaf: true })
    const credential = createServiceCredential(tokens === undefined ? undefined : parseServiceTokens(tokens))
    return createAuth({ ...SCOPE, jwks: keys.jwks, endedSessions, credential, clock, log })
  }

  it('is known by any of the tokens that are set, and by none when none is', async () => {
    const auth = await authOf(`${NEW},${OLD}`)
    for (const token of [OLD, NEW]) expect(await auth(token)).toMatchObject({ roles: ['service'] })
    expect(await auth(`${OLD}x`)).toBe('invalid')
    expect(await (await authOf(undefined))(OLD)).toBe('invalid')
  })

  it('is nobody with an account, whatever roles it was given', async () => {
    const actor: Actor = { userId: 'u', roles: ['customer', 'service'], sessionId: newId() }
    const token = await createIssuer({ ...SCOPE, keys, clock })(actor)
    expect(await (await authOf(NEW))(token)).toMatchObject({ userId: 'u', roles: ['customer'] })
  })

  it('needs a token that cannot be guessed', () => {
    for (const text of ['short', `${NEW},`, `${NEW},ab`, `${'x'.repeat(31)}`, `${'x'.repeat(40)} y`])
      expect(() => parseServiceTokens(text)).toThrow('32 letters')
    expect(parseServiceTokens(` ${NEW} , ${OLD}`)).toEqual([NEW, OLD])
  })
})
