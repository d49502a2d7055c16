import type { Acknowledged } from '../acknowledged.ts'
import { asTokens, type TokensView } from '../views.ts'
import { type Answer, type Ask, insist, type Trouble } from './insist.ts'

/** One customer's account. Its tokens are kept and renewed as an app would do it. */
export interface Account {
  email: string
  /** Sends a request as this customer, signing up and in when needed, until there is a final answer. */
  send(request: Omit<Ask, 'token'>, patienceMs?: number): Promise<Answer | undefined>
  /** Exchanges the refresh token now; signs in again when the session has ended. */
  refresh(): Promise<void>
}

export const RECEIVER = {
  name: '김하나',
  phone: '010-1234-5678',
  address: { city: '서울특별시 중구 세종대로 110', detail: '3층 301호', postalCode: '04524' },
}
const PASSWORD = 'Crash-test1!'

/** Customer number n. Nothing is sent before the first request. */
export function createAccount(
  n: number,
  shopUrl: string,
  log: Pick<Acknowledged, 'accounts'>,
  trouble: Trouble,
): Account {
  const email = `buyer${n}@crash.test`
  let tokens: TokensView | undefined
  let signedUp = false

  const post = (path: string, json: unknown) =>
    insist({ method: 'POST', url: `${shopUrl}${path}`, json }, trouble)

  async function signUp(): Promise<void> {
    const person = {
      displayName: `buyer${n}`,
      realName: '김하나',
      phone: `010-${String(2000 + Math.floor(n / 10_000))}-${String(n % 10_000).padStart(4, '0')}`,
      address: RECEIVER.address,
    }
    const answer = await post('/api/users', { email, password: PASSWORD, ...person })
    if (answer === undefined) throw new Error(`${email} could not sign up in time`)
    if (answer.status === 201) log.accounts.add(email)
    // Taken: an earlier try was committed, but its answer was lost.
    else if (answer.code !== 'already_taken')
      throw new Error(`sign-up: ${answer.status} ${JSON.stringify(answer.body)}`)
    signedUp = true
  }

  async function logIn(): Promise<TokensView> {
    if (!signedUp) await signUp()
    const answer = await post('/api/auth/login', { email, password: PASSWORD })
    const given = asTokens(answer?.body)
    if (given === undefined)
      throw new Error(`login of ${email}: ${answer?.status} ${JSON.stringify(answer?.body)}`)
    log.accounts.add(email)
    tokens = given
    return given
  }

  async function refresh(): Promise<void> {
    if (tokens === undefined) return
    const answer = await post('/api/auth/refresh', { refreshToken: tokens.refreshToken })
    // Refused when the answer to an earlier exchange was lost: the token counts as used twice.
    tokens = answer?.status === 200 ? asTokens(answer.body) : undefined
  }

  return {
    email,
    refresh,
    send: async (request, patienceMs) => {
      for (let tries = 0; ; tries++) {
        const { accessToken } = tokens ?? (await logIn())
        const answer = await insist({ ...request, token: accessToken }, trouble, patienceMs)
        if (answer?.status !== 401 || tries === 2) return answer
        await refresh()
      }
    },
  }
}
