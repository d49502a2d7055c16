import { firstLogin, personAt, returnFrom } from '../logins/logins.ts'
import { expectBody } from '../support/api.ts'
import { customer, newcomer, PASSWORD } from '../support/people.ts'
import { KAKAO_ADMIN_KEY } from '../support/system.ts'
import { WaysIn } from '../support/views.ts'
import type { Entry } from './entries.ts'
import type { World } from './world.ts'

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
    ok: 204,
    ask: async () => ({
      path: '/api/auth/providers/kakao/unlinked?app_id=1&user_id=1',
      ask: { headers: { authorization: `KakaoAK ${KAKAO_ADMIN_KEY}` } },
    }),
  },
}
