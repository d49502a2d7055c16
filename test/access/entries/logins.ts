import { SIMULATED_CLIENT } from '../../../simulators/social/server.ts'
import { kakaoUnlink, naverUnlink } from '../../../simulators/social/unlink.ts'
import { firstLogin, personAt, returnFrom } from '../../logins/logins.ts'
import { expectBody } from '../../support/api.ts'
import { customer, linkTokenTo, newcomer, PASSWORD, signIn } from '../../support/people.ts'
import { KAKAO_ADMIN_KEY } from '../../support/system.ts'
import { Devices, WaysIn } from '../../support/views.ts'
import type { World } from '../world.ts'
import type { Entry } from './entry.ts'

const newAt = ({ system }: World, brand: 'kakao' | 'google') => personAt(system, brand).id

/** The owner's way to Kakao and back, to add it. */
async function linking(world: World) {
  const person = newAt(world, 'kakao')
  const begin = '/api/users/me/logins/kakao/begin'
  return returnFrom(world.owner.api, 'kakao', { person }, begin, { password: PASSWORD })
}

async function withoutKakao({ owner }: World): Promise<void> {
  await owner.api.delete('/api/users/me/logins/kakao')
}

/** Logins at providers. */
export const logins: Record<string, Entry> = {
  listLoginProviders: { ok: 200, ask: async () => ({ path: '/api/auth/providers' }) },
  beginProviderLogin: { ok: 200, ask: async () => ({ path: '/api/auth/providers/kakao/begin' }) },
  finishProviderLogin: {
    ok: 200,
    ask: async (world) => {
      const json = await returnFrom(world.system.api(), 'google', { person: newAt(world, 'google') })
      return { path: '/api/auth/providers/finish', ask: { json } }
    },
  },
  signUpWithProvider: {
    ok: 201,
    ask: async (world) => {
      const { ticket } = await firstLogin(world.system, 'google', newAt(world, 'google'))
      const { password: _, ...typed } = newcomer()
      return { path: '/api/auth/providers/sign-up', ask: { json: { ...typed, ticket } } }
    },
  },
  connectProvider: {
    ok: 200,
    ask: async (world) => {
      const { email } = await customer(world.system)
      const { ticket } = await firstLogin(world.system, 'google', newAt(world, 'google'))
      return { path: '/api/auth/providers/connect', ask: { json: { ticket, email, password: PASSWORD } } }
    },
  },
  listWaysIn: { ok: 200, ask: async () => ({ path: '/api/users/me/logins' }) },
  beginLinking: {
    ok: 200,
    ask: async () => ({ path: '/api/users/me/logins/kakao/begin', ask: { json: { password: PASSWORD } } }),
  },
  finishLinking: {
    ok: 200,
    // What the owner began is no proof for anybody else.
    owned: { also: [], otherwise: 422 },
    ask: async (world) => {
      await withoutKakao(world)
      return { path: '/api/users/me/logins', ask: { json: await linking(world) } }
    },
  },
  unlinkLogin: {
    ok: 204,
    owned: { also: [] },
    ask: async (world) => {
      await withoutKakao(world)
      const linked = await world.owner.api.post('/api/users/me/logins', { json: await linking(world) })
      expectBody(linked, 200, WaysIn)
      return { path: '/api/users/me/logins/kakao' }
    },
  },
  kakaoUnlinked: {
    ok: 200,
    ask: async () => {
      const to = '/api/auth/providers/kakao/unlinked'
      const { url, init } = kakaoUnlink({ person: '1', to, adminKey: KAKAO_ADMIN_KEY })
      return { path: url, ask: { headers: init.headers } }
    },
  },
  naverUnlinked: {
    ok: 204,
    ask: async ({ system }) => {
      const { id: clientId, secret: clientSecret } = SIMULATED_CLIENT
      const told = { person: 'nobody', to: '', at: system.now(), clientId, clientSecret }
      const body = naverUnlink(told).init.body ?? ''
      const type = 'application/x-www-form-urlencoded'
      return { path: '/api/auth/providers/naver/unlinked', ask: { raw: { body, type } } }
    },
  },
}

/** Getting in again, devices, roles. */
export const entry: Record<string, Entry> = {
  forgetPassword: {
    ok: 204,
    ask: async ({ owner }) => ({
      path: '/api/auth/password/forgotten',
      ask: { json: { email: owner.email } },
    }),
  },
  askForBrowserLink: {
    ok: 204,
    ask: async ({ owner }) => ({ path: '/api/auth/browser-links', ask: { json: { email: owner.email } } }),
  },
  resetPassword: {
    ok: 204,
    ask: async ({ system }) => {
      const token = await letterTo(system, '/api/auth/password/forgotten', '/password/reset')
      return { path: '/api/auth/password/reset', ask: { json: { token, newPassword: PASSWORD } } }
    },
  },
  knowBrowser: {
    ok: 204,
    ask: async ({ system }) => {
      const token = await letterTo(system, '/api/auth/browser-links', '/login/known')
      return { path: '/api/auth/known-browsers', ask: { json: { token } } }
    },
  },
  listDevices: { ok: 200, ask: async () => ({ path: '/api/users/me/devices' }) },
  endDevice: {
    ok: 204,
    owned: { also: [] },
    ask: async ({ system, owner }) => {
      await signIn(system, owner.email)
      const answer = await owner.api.get('/api/users/me/devices')
      const { devices } = expectBody(answer, 200, Devices)
      return { path: `/api/users/me/devices/${devices.find(({ isThis }) => !isThis)?.id}` }
    },
  },
  endOtherDevices: { ok: 204, ends: true, ask: async () => ({ path: '/api/users/me/devices' }) },
  findAccount: {
    ok: 200,
    ask: async ({ owner }) => ({ path: `/api/admin/accounts?email=${encodeURIComponent(owner.email)}` }),
  },
  changeRoles: {
    ok: 200,
    ask: async ({ system }) => {
      const { id } = await customer(system)
      const json = { roles: ['librarian'], reason: '도서관 담당' }
      return { path: `/api/admin/accounts/${id}/roles`, ask: { json } }
    },
  },
}

/** Letters take their time; those for all callers are on their way together. */
const AT_ONCE = 11
const arrived = new WeakMap<World['system'], Map<string, Letter[]>>()

interface Letter {
  token: string
  askedAt: Temporal.Instant
}

/** A link is good for half an hour, and a whole file of tests may take longer on a busy machine. */
const KEPT = { minutes: 10 }

/** What the letter carries that a new account was sent. */
async function letterTo(system: World['system'], ask: string, path: string): Promise<string> {
  const mine = arrived.get(system) ?? new Map<string, Letter[]>()
  arrived.set(system, mine)
  const oldest = system.now().subtract(KEPT)
  const waiting = (mine.get(path) ?? []).filter(
    ({ askedAt }) => Temporal.Instant.compare(askedAt, oldest) > 0,
  )
  if (waiting.length === 0) {
    const letters = Array.from({ length: AT_ONCE }, async () => {
      const { email } = await customer(system)
      const askedAt = system.now()
      await system.api().post(ask, { json: { email } })
      return { askedAt, token: await linkTokenTo(system, email, { path }) }
    })
    waiting.push(...(await Promise.all(letters)))
  }
  mine.set(path, waiting)
  const letter = waiting.pop()
  if (letter === undefined) throw new Error('no letter came')
  return letter.token
}
