import Type from 'typebox'
import { expectBody } from '../../support/api.ts'
import { execute } from '../../support/database.ts'
import { at, type Json } from '../../support/json.ts'
import { customer, linkTokenTo, newcomer, PASSWORD, RECEIVER } from '../../support/people.ts'
import { AddressBook } from '../../support/views.ts'
import type { World } from '../world.ts'
import { type Entry, get } from './entry.ts'

const ADDRESSEE = { name: RECEIVER.name, phone: RECEIVER.phone, address: RECEIVER.address }

/** The one address in the owner's book, as it was before anybody came. */
async function savedAddress({ owner }: World): Promise<string> {
  const listed = await owner.api.get('/api/users/me/addresses')
  for (const { id } of expectBody(listed, 200, AddressBook).data)
    await owner.api.delete(`/api/users/me/addresses/${id}`)
  const added = await owner.api.post('/api/users/me/addresses', { json: ADDRESSEE })
  return expectBody(added, 201, Type.Object({ id: Type.String() })).id
}

/** The version in force. */
export function legalVersion(listed: Json | undefined, kind: string): string {
  const list = at(listed, 'data')
  const found =
    Array.isArray(list) && list.find((one) => at(one, 'kind') === kind && at(one, 'inForce') === true)
  const version = at(found, 'version')
  if (typeof version !== 'string') throw new Error(`no ${kind} in force`)
  return version
}

export const accounts: Record<string, Entry> = {
  readPublicKeys: get('/.well-known/jwks.json'),
  signUp: { ok: 201, ask: async () => ({ path: '/api/users', ask: { json: newcomer() } }) },
  listLegalTexts: get('/api/legal-texts'),
  getLegalText: {
    ok: 200,
    ask: async ({ system }) => {
      const { body } = await system.api().get('/api/legal-texts')
      return { path: `/api/legal-texts/terms/${legalVersion(body, 'terms')}` }
    },
  },
  listOwnAgreements: get('/api/users/me/agreements'),
  login: {
    ok: 200,
    ask: async ({ owner }) => {
      const json = { email: owner.email, password: PASSWORD }
      return { path: '/api/auth/login', ask: { json } }
    },
  },
  refresh: {
    ok: 200,
    ask: async (world, caller) => {
      const { refreshToken } = (await world.newcomer(caller)).tokens
      return { path: '/api/auth/refresh', ask: { json: { refreshToken } } }
    },
  },
  logout: { ok: 204, ends: true, ask: async () => ({ path: '/api/auth/logout' }) },
  readProfile: get('/api/users/me'),
  changeProfile: {
    ok: 200,
    ask: async () => ({ path: '/api/users/me', ask: { json: { realName: '김하나' } } }),
  },
  askForEmailVerification: {
    ok: 202,
    ask: async ({ system }) => {
      // Colleagues come verified, and everybody may ask only so often.
      await execute(system.databaseUrl, 'update identity.account set email_verified_at = null')
      await execute(system.databaseUrl, "delete from identity.one_time_link where purpose = 'verify_email'")
      return { path: '/api/users/me/email-verification' }
    },
  },
  verifyEmail: {
    ok: 204,
    ask: async ({ system }) => {
      const { email } = await customer(system)
      const token = await linkTokenTo(system, email, { path: '/verify-email' })
      return { path: '/api/email-verifications', ask: { json: { token } } }
    },
  },
  withdraw: {
    ok: 204,
    ends: true,
    ask: async () => ({ path: '/api/users/me', ask: { json: { password: PASSWORD } } }),
  },
  listAddresses: get('/api/users/me/addresses'),
  addAddress: {
    ok: 201,
    ask: async () => ({ path: '/api/users/me/addresses', ask: { json: ADDRESSEE } }),
  },
  changeAddress: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({
      path: `/api/users/me/addresses/${await savedAddress(world)}`,
      ask: { json: { ...ADDRESSEE, name: '김둘' } },
    }),
  },
  preferAddress: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/users/me/addresses/${await savedAddress(world)}/default` }),
  },
  removeAddress: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/users/me/addresses/${await savedAddress(world)}` }),
  },
  listNotifications: get('/api/notifications'),
  readNotification: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/notifications/${await world.notification()}/read` }),
  },
}
