import { randomBytes, randomInt } from 'node:crypto'
import pg from 'pg'
import type { Request } from '../load.ts'

/** Somebody who looks around. */
export function browse(url: string, n: number): Request {
  return { url: `${url}${['/', '/api/items?size=5', '/en', '/cart'][n % 4]}` }
}

/** What somebody new says of themselves. */
export interface NewPerson {
  email: string
  password: string
  displayName: string
  realName: string
  phone: string
  address: { city: string; detail: string; postalCode: string }
}

export function newPerson(): NewPerson {
  return {
    email: `${randomBytes(8).toString('hex')}@proof.example`,
    password: `Proof-${randomBytes(6).toString('hex')}1!`,
    displayName: `손님${randomBytes(4).toString('hex')}`,
    realName: '홍길동',
    phone: `010-${randomInt(1000, 9999)}-${randomInt(1000, 9999)}`,
    address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
  }
}

/** Somebody new who signs up: a request that changes something and is acknowledged with 201. */
export function signUp(url: string, person: NewPerson = newPerson()): Request {
  const body = JSON.stringify(person)
  return { method: 'POST', url: `${url}/api/users`, headers: { 'content-type': 'application/json' }, body }
}

/** Sign-ups, and the addresses of those that were acknowledged. */
export function signUps(): {
  next(url: string): Request
  heard(request: Request, status: number): void
  acknowledged: readonly string[]
} {
  const asked = new Map<Request, string>()
  const acknowledged: string[] = []
  return {
    next: (url) => {
      const person = newPerson()
      const request = signUp(url, person)
      asked.set(request, person.email)
      return request
    },
    heard: (request, status) => {
      const email = asked.get(request)
      if (email !== undefined && status === 201) acknowledged.push(email)
    },
    acknowledged,
  }
}

/** Those of `emails` that have no account. A count would not do: sign-ups that were kept unacknowledged make up for lost ones. */
export async function lostOf(emails: readonly string[], databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ email: string }>(
      'select email from unnest($1::text[]) as email except select email::text from identity.account',
      [emails],
    )
    return rows.map(({ email }) => email)
  } finally {
    await client.end()
  }
}
