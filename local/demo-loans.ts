import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Type, { type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { DEMO_ACCOUNTS } from '../src/services/demo/accounts.ts'

/** A few loans of the demo customer, made once, as a customer makes them: through the entry. */
export async function fillDemoLoans(url: string, folder: string): Promise<void> {
  const done = join(folder, 'demo-loans')
  const account = DEMO_ACCOUNTS.find(({ role }) => role === 'customer')
  if (existsSync(done) || !account) return
  const call = async <S extends TSchema>(path: string, schema: S, authorization: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const said: unknown = await answer.json()
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(said)}`)
    if (!Value.Check(schema, said)) throw new Error(`${path} answered otherwise than agreed`)
    return said
  }
  const { email, password } = account
  const { accessToken } = await call('/api/auth/login', Tokens, '', { email, password })
  const authorization = `Bearer ${accessToken}`
  const { data } = await call('/api/books?available=true&size=3', Books, authorization)
  for (const { id } of data) await call('/api/loans', Type.Unknown(), authorization, { bookId: id })
  await writeFile(done, '')
}

const Tokens = Type.Object({ accessToken: Type.String() })
const Books = Type.Object({ data: Type.Array(Type.Object({ id: Type.String() })) })
