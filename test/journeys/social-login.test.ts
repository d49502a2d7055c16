import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BRANDS } from '../../simulators/social/people.ts'
import { SIMULATED_CLIENT } from '../../simulators/social/server.ts'
import { throughProvider } from '../../simulators/social/testing.ts'
import { naverUnlink } from '../../simulators/social/unlink.ts'
import { firstLogin, logInWith, personAt, returnFrom, signUpWith } from '../logins/logins.ts'
import type { Api } from '../support/api.ts'
import { at } from '../support/json.ts'
import { customer, linkTokenTo, mailsTo, newcomer, PASSWORD, signIn } from '../support/people.ts'
import { inOneProcess, KAKAO_ADMIN_KEY, type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem({ social: true })
})
afterAll(async () => {
  await system?.stop()
})

const finish = (json: object) => system.api().post('/api/auth/providers/finish', { json })
const me = async (token: string) => (await system.api(token).get('/api/users/me')).body

/** Data of a sign-up with a ticket. */
function typedBy(email: string, ticket: string) {
  const { password: _, ...typed } = newcomer()
  return { ...typed, email, ticket }
}

describe('a login at a provider', () => {
  test('those that are set up are offered', async () => {
    const { body } = await system.api().get('/api/auth/providers')
    expect(body).toEqual({ providers: ['kakao', 'naver', 'google'] })
  })

  test.each(BRANDS)('%s: signs up with what is missing, and comes in afterwards', async (brand) => {
    const { person, tokens } = await signUpWith(system, brand)
    const profile = await me(tokens.accessToken)
    expect(at(profile, 'email')).toBe(person.email)
    const again = await logInWith(system, brand, person.id)
    expect(at(await me(again.accessToken), 'id')).toBe(at(profile, 'id'))
    // It has no password that anybody could know.
    const byPassword = { email: person.email, password: PASSWORD }
    expect((await system.api().post('/api/auth/login', { json: byPassword })).code).toBe('wrong_credentials')
  })

  test('the same id at another provider is somebody else', async () => {
    const { person, tokens } = await signUpWith(system, 'kakao')
    const twin = personAt(system, 'google', { id: person.id })
    const { ticket } = await firstLogin(system, 'google', twin.id)
    const json = typedBy(twin.email, ticket)
    const other = await system.api().post('/api/auth/providers/sign-up', { json })
    expect(other.status).toBe(201)
    const ids = [tokens.accessToken, String(at(other.body, 'accessToken'))].map(me)
    const [first, second] = await Promise.all(ids)
    expect(at(first ?? null, 'id')).not.toBe(at(second ?? null, 'id'))
  })

  test('what a provider tells fills in the form, in its own spelling', async () => {
    const kakao = personAt(system, 'kakao', { phone: '01012345678' })
    expect((await firstLogin(system, 'kakao', kakao.id)).known).toEqual({
      email: kakao.email,
      name: kakao.name,
      phone: '+82 10-1234-5678',
    })
    const naver = personAt(system, 'naver', { phone: '01012345678' })
    expect((await firstLogin(system, 'naver', naver.id)).known.phone).toBe('010-1234-5678')
  })

  test('a Kakao number is taken as it is told', async () => {
    const person = personAt(system, 'kakao')
    const { ticket, known } = await firstLogin(system, 'kakao', person.id)
    const json = { ...typedBy(person.email, ticket), phone: known.phone }
    const answer = await system.api().post('/api/auth/providers/sign-up', { json })
    expect(answer.status).toBe(201)
    expect(at(await me(String(at(answer.body, 'accessToken'))), 'phone')).toBe(person.phone)
  })

  test.each(['kakao', 'naver'] as const)(
    '%s: what somebody keeps to themselves is asked for by us',
    async (brand) => {
      const person = personAt(system, brand)
      const { ticket, known } = await firstLogin(system, brand, person.id, ['email', 'phone', 'name'])
      expect(known).toEqual({ email: null, name: brand === 'kakao' ? person.name : null, phone: null })
      const json = typedBy(person.email, ticket)
      expect((await system.api().post('/api/auth/providers/sign-up', { json })).status).toBe(201)
    },
  )

  test('an e-mail address opens nobody’s account: only its password does', async () => {
    const owner = await customer(system)
    const thief = personAt(system, 'google', { email: owner.email, emailVerified: true })
    const { ticket, known } = await firstLogin(system, 'google', thief.id)
    expect(known.email).toBe(owner.email)
    const taken = await system
      .api()
      .post('/api/auth/providers/sign-up', { json: typedBy(owner.email.toUpperCase(), ticket) })
    expect([taken.status, taken.fields]).toEqual([409, ['body.email']])
    const connect = (password: string) =>
      system.api().post('/api/auth/providers/connect', { json: { ticket, email: owner.email, password } })
    expect((await connect('Wrong-guess1!')).code).toBe('wrong_credentials')
    expect((await firstLogin(system, 'google', thief.id)).kind).toBe('newcomer')
    // The owner, who knows it, now has two ways in.
    const connected = await connect(PASSWORD)
    expect(at(await me(String(at(connected.body, 'accessToken'))), 'id')).toBe(owner.id)
    const tokens = await logInWith(system, 'google', thief.id)
    expect(at(await me(tokens.accessToken), 'id')).toBe(owner.id)
    expect((await signIn(system, owner.email)).tokens.accessToken).toBeTruthy()
  })

  test('a person of a provider is one account, however many first logins end at the same time', async () => {
    const person = personAt(system, 'kakao')
    const { ticket } = await firstLogin(system, 'kakao', person.id)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        system.api().post('/api/auth/providers/sign-up', { json: typedBy(newcomer().email, ticket) }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'login_already_linked')).toHaveLength(7)
  })
})

describe('what does not fit', () => {
  test('a code is good once', async () => {
    const { returned } = await firstLogin(system, 'google', personAt(system, 'google').id)
    const answer = await finish(returned)
    expect([answer.status, answer.code]).toEqual([422, 'login_not_proved'])
  })

  test('a state of another login is refused', async () => {
    const person = personAt(system, 'kakao')
    const [mine, theirs] = [
      await returnFrom(system.api(), 'kakao', { person: person.id }),
      await returnFrom(system.api(), 'kakao', { person: person.id }),
    ]
    expect((await finish({ flow: mine.flow, query: theirs.query })).code).toBe('login_not_proved')
    const forged = new URLSearchParams(mine.query)
    forged.set('state', 'made-up')
    expect((await finish({ flow: mine.flow, query: String(forged) })).code).toBe('login_not_proved')
    forged.delete('state')
    expect((await finish({ flow: mine.flow, query: String(forged) })).code).toBe('login_not_proved')
  })

  test('a login begun at one provider does not end at another, nor with a flow of one’s own making', async () => {
    const google = await returnFrom(system.api(), 'google', { person: personAt(system, 'google').id })
    const kakao = await returnFrom(system.api(), 'kakao', { person: personAt(system, 'kakao').id })
    for (const flow of [kakao.flow, 'x', `${google.flow}x`, google.flow.replace('flow1', 'ticket1')])
      expect((await finish({ flow, query: google.query })).code).toBe('login_not_proved')
  })

  test.each([
    'other_nonce',
    'other_issuer',
    'other_audience',
    'old_token',
    'tampered',
    'other_key',
    'unsigned',
    'refuses_token',
  ] as const)('an ID token is refused: %s', async (fault) => {
    for (const brand of ['google', 'kakao', 'naver'] as const) {
      const person = personAt(system, brand)
      const returned = await returnFrom(system.api(), brand, { person: person.id })
      system.social?.fault(brand, fault)
      expect([brand, (await finish(returned)).code]).toEqual([brand, 'login_not_proved'])
      system.social?.fault(brand, 'none')
    }
  })

  test.each(['down', 'broken'] as const)(
    'a provider that is %s is said to be, and comes back',
    async (fault) => {
      const person = personAt(system, 'kakao')
      const returned = await returnFrom(system.api(), 'kakao', { person: person.id })
      system.social?.fault('kakao', fault)
      const answer = await finish(returned)
      expect([answer.status, answer.code]).toEqual([503, 'login_provider_unavailable'])
      expect(answer.headers.get('retry-after')).toBe('30')
      system.social?.fault('kakao', 'none')
      expect((await finish(returned)).status).toBe(200)
    },
  )

  test('who cancels there is told so', async () => {
    const answer = await finish(await returnFrom(system.api(), 'kakao', 'cancel'))
    expect([answer.status, answer.code]).toEqual([422, 'login_cancelled'])
  })

  test.runIf(inOneProcess)('flows and tickets end', async () => {
    const person = personAt(system, 'kakao')
    const returned = await returnFrom(system.api(), 'kakao', { person: person.id })
    const { ticket } = await firstLogin(system, 'kakao', person.id)
    system.skip({ minutes: 11 })
    expect((await finish(returned)).code).toBe('login_not_proved')
    system.skip({ minutes: 10 })
    const json = typedBy(person.email, ticket)
    expect((await system.api().post('/api/auth/providers/sign-up', { json })).code).toBe('ticket_invalid')
    const connect = { ticket, email: person.email, password: PASSWORD }
    expect((await system.api().post('/api/auth/providers/connect', { json: connect })).code).toBe(
      'ticket_invalid',
    )
  })

  test('a ticket is nobody’s to write', async () => {
    const { ticket } = await firstLogin(system, 'naver', personAt(system, 'naver').id)
    const [head = '', until = '', content = '', mac = ''] = ticket.split('.')
    const other = Buffer.from(content, 'base64url').toString().replace('naver', 'kakao')
    for (const forged of [
      `${head}.${until}.${Buffer.from(other).toString('base64url')}.${mac}`,
      `${head}.9${until}.${content}.${mac}`,
      `${head}.${until}.${content}`,
      '',
    ]) {
      const json = typedBy('forged@journey.test', forged)
      expect((await system.api().post('/api/auth/providers/sign-up', { json })).code).toBe('ticket_invalid')
    }
  })
})

describe('ways into an account', () => {
  const linking = (api: Api, person: string, password = PASSWORD) =>
    returnFrom(api, 'kakao', { person }, '/api/users/me/logins/kakao/begin', { password })

  test('a provider is added with the password, and taken away again', async () => {
    const owner = await customer(system)
    const person = personAt(system, 'kakao')
    const wrong = await owner.api.post('/api/users/me/logins/kakao/begin', {
      json: { password: 'Wrong-guess1!' },
    })
    expect(wrong.code).toBe('wrong_password')
    const returned = await linking(owner.api, person.id)
    // Neither somebody else nor a login can make use of it.
    const stranger = await customer(system)
    expect((await stranger.api.post('/api/users/me/logins', { json: returned })).code).toBe(
      'login_not_proved',
    )
    expect((await finish(returned)).code).toBe('login_not_proved')
    const linked = await owner.api.post('/api/users/me/logins', { json: returned })
    expect(at(linked.body, 'logins', 0, 'provider')).toBe('kakao')
    expect(at(await me((await logInWith(system, 'kakao', person.id)).accessToken), 'id')).toBe(owner.id)
    expect((await owner.api.delete('/api/users/me/logins/kakao')).status).toBe(204)
    expect((await owner.api.delete('/api/users/me/logins/kakao')).status).toBe(404)
    expect((await firstLogin(system, 'kakao', person.id)).kind).toBe('newcomer')
  })

  test('a login leads into one account, and an account has one login of a provider', async () => {
    const { person } = await signUpWith(system, 'kakao')
    const owner = await customer(system)
    const taken = await owner.api.post('/api/users/me/logins', { json: await linking(owner.api, person.id) })
    expect(taken.code).toBe('login_already_linked')
    const own = [personAt(system, 'kakao'), personAt(system, 'kakao')]
    const [first, second] = await Promise.all(own.map(({ id }) => linking(owner.api, id)))
    const answers = await Promise.all(
      [first, second].map((json) => owner.api.post('/api/users/me/logins', { json })),
    )
    expect(answers.map(({ code }) => code).toSorted()).toEqual(['', 'provider_already_linked'])
  })

  test('the last way in stays', async () => {
    const { tokens } = await signUpWith(system, 'kakao')
    const api = system.api(tokens.accessToken)
    expect((await api.delete('/api/users/me/logins/kakao')).code).toBe('last_way_in')
    // Without a password nobody adds a way in to a session that may be stolen.
    const begun = await api.post('/api/users/me/logins/google/begin', { json: { password: 'x' } })
    expect(begun.code).toBe('password_needed')
    const ways = await api.get('/api/users/me/logins')
    expect(ways.body).toMatchObject({ hasPassword: false, logins: [{ provider: 'kakao' }] })
  })

  test('who withdraws can sign up again by the same login', async () => {
    const { person, tokens } = await signUpWith(system, 'naver')
    expect((await system.api(tokens.accessToken).delete('/api/users/me')).status).toBe(204)
    const { ticket } = await firstLogin(system, 'naver', person.id)
    const json = typedBy(person.email, ticket)
    expect((await system.api().post('/api/auth/providers/sign-up', { json })).status).toBe(201)
  })

  test.skipIf(!inOneProcess)('who has no password closes the account by a login of just now', async () => {
    const { person, tokens } = await signUpWith(system, 'naver')
    system.skip({ minutes: 11 })
    const old = await system.api(tokens.accessToken).delete('/api/users/me')
    expect(old).toMatchObject({ status: 403, code: 'fresh_login_needed' })
    const again = await logInWith(system, 'naver', person.id)
    expect((await system.api(again.accessToken).delete('/api/users/me')).status).toBe(204)
  })

  test('Kakao tells that somebody has cut the connection: the way in and its sessions end', async () => {
    const { person, tokens } = await signUpWith(system, 'kakao')
    const path = `/api/auth/providers/kakao/unlinked?app_id=1&user_id=${person.id}&referrer_type=UNLINK_FROM_APPS`
    for (const authorization of [undefined, 'KakaoAK ', 'KakaoAK wrong', `Bearer ${KAKAO_ADMIN_KEY}`]) {
      const headers = authorization === undefined ? {} : { authorization }
      expect((await system.api().get(path, { headers })).status).toBe(401)
    }
    expect(at(await me(tokens.accessToken), 'email')).toBe(person.email)
    const headers = { authorization: `KakaoAK ${KAKAO_ADMIN_KEY}` }
    for (const _ of [1, 2]) expect((await system.api().get(path, { headers })).status).toBe(200)
    await expect
      .poll(async () => (await system.api(tokens.accessToken).get('/api/users/me')).status)
      .toBe(401)
    expect((await firstLogin(system, 'kakao', person.id)).kind).toBe('newcomer')
    // It was the only way in: a link for a password follows, by which the account is entered again.
    const token = await linkTokenTo(system, person.email, { path: '/password/reset' })
    const json = { token, newPassword: PASSWORD }
    expect((await system.api().post('/api/auth/password/reset', { json })).status).toBe(204)
    expect(at(await me((await signIn(system, person.email)).tokens.accessToken), 'email')).toBe(person.email)
    // Told once, although Kakao told it twice.
    const news = async () =>
      (await mailsTo(system, person.email)).filter((mail) =>
        JSON.stringify(mail).includes('카카오 로그인 연결'),
      )
    await expect.poll(async () => (await news()).length, { timeout: 10_000 }).toBe(1)
  })

  test('Naver tells the same, signed; forged and old messages change nothing', async () => {
    const { person, tokens } = await signUpWith(system, 'naver')
    const client = { clientId: SIMULATED_CLIENT.id, clientSecret: SIMULATED_CLIENT.secret }
    const tell = (change: Partial<Parameters<typeof naverUnlink>[0]> = {}) => {
      const call = { person: person.id, to: '', at: system.now(), ...client, ...change }
      // What Naver may come to say beside it one day.
      const body = `${naverUnlink(call).init.body}&reason=LEFT&__proto__=1`
      const raw = { body, type: 'application/x-www-form-urlencoded' }
      return system.api().post('/api/auth/providers/naver/unlinked', { raw })
    }
    const before = system.now().subtract({ hours: 1 })
    expect((await tell({ clientSecret: 'guessed' })).status).toBe(401)
    expect((await tell({ clientId: 'other' })).status).toBe(401)
    // From before the connection was made: somebody sends an old message once more.
    expect((await tell({ at: before })).status).toBe(204)
    expect((await tell({ person: 'nobody' })).status).toBe(204)
    expect(at(await me(tokens.accessToken), 'email')).toBe(person.email)
    const many = await Promise.all([tell(), tell(), tell()])
    expect(many.map(({ status }) => status)).toEqual([204, 204, 204])
    await expect
      .poll(async () => (await system.api(tokens.accessToken).get('/api/users/me')).status)
      .toBe(401)
    await linkTokenTo(system, person.email, { path: '/password/reset' })
    expect((await firstLogin(system, 'naver', person.id)).kind).toBe('newcomer')
  })
})

describe('Naver by plain OAuth 2', () => {
  let plain: System
  beforeAll(async () => {
    plain = await startSystem({ social: true, settings: { NAVER_PROTOCOL: 'oauth2' } })
  })
  afterAll(() => plain?.stop())

  test('signs up and comes in by the profile alone', async () => {
    const { person } = await signUpWith(plain, 'naver')
    const tokens = await logInWith(plain, 'naver', person.id)
    expect(at((await plain.api(tokens.accessToken).get('/api/users/me')).body, 'email')).toBe(person.email)
  })

  test('an error with status 200 is an error, and so is a state that is not ours', async () => {
    const person = personAt(plain, 'naver')
    const { returned } = await firstLogin(plain, 'naver', person.id)
    const json = { ...returned }
    expect((await plain.api().post('/api/auth/providers/finish', { json })).code).toBe('login_not_proved')
    const other = await returnFrom(plain.api(), 'naver', { person: person.id })
    const mixed = { flow: other.flow, query: other.query.replace(/state=[^&]+/, 'state=other') }
    expect((await plain.api().post('/api/auth/providers/finish', { json: mixed })).code).toBe(
      'login_not_proved',
    )
  })

  test('cancelling is told apart', async () => {
    const begun = await plain.api().post('/api/auth/providers/naver/begin')
    const back = await throughProvider(String(at(begun.body, 'url')), 'cancel')
    const json = { flow: at(begun.body, 'flow'), query: new URL(back).search.slice(1) }
    expect((await plain.api().post('/api/auth/providers/finish', { json })).code).toBe('login_cancelled')
  })
})
