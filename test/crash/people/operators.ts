import { DEMO_ACCOUNTS } from '../../../src/services/demo/accounts.ts'
import { asTokens } from '../views.ts'
import { insist, surprise, type Trouble } from './insist.ts'

/** Signs in somebody of the demo who works there. @returns the access token */
export async function operatorToken(
  shopUrl: string,
  wanted: 'merchant' | 'admin',
  trouble: Trouble,
): Promise<string> {
  const { email, password } = DEMO_ACCOUNTS.find(({ role }) => role === wanted) ?? {}
  const login = { method: 'POST', url: `${shopUrl}/api/auth/login`, json: { email, password } } as const
  const answer = await insist(login, trouble)
  const token = asTokens(answer?.body)?.accessToken
  if (token === undefined) throw surprise(`the tokens of the ${wanted}`, answer)
  return token
}
