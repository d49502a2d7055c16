import { randomInt } from 'node:crypto'
import Type from 'typebox'
import type { Brand, Item, Person } from '../../simulators/social/people.ts'
import { throughProvider } from '../../simulators/social/testing.ts'
import { type Api, expectBody } from '../support/api.ts'
import { newcomer } from '../support/people.ts'
import type { System } from '../support/system.ts'
import { Tokens } from '../support/views.ts'

const Begun = Type.Object({ url: Type.String(), flow: Type.String() })
const SignedIn = Type.Object({ kind: Type.Literal('signed_in'), tokens: Tokens })
const Newcomer = Type.Object({
  kind: Type.Literal('newcomer'),
  ticket: Type.String(),
  known: Type.Object({
    email: Type.Union([Type.String(), Type.Null()]),
    name: Type.Union([Type.String(), Type.Null()]),
    phone: Type.Union([Type.String(), Type.Null()]),
  }),
})

/** A person at a provider whom nobody else uses. */
export function personAt(system: System, brand: Brand, also: Partial<Person> = {}): Person {
  const { email, realName, phone } = newcomer()
  const id = String(randomInt(1_000_000_000, 9_000_000_000))
  const person = { id, name: realName, email, emailVerified: true, phone: phone.replaceAll('-', ''), ...also }
  if (!system.social) throw new Error('the system was started without login providers')
  system.social.add(brand, person)
  return person
}

/** What a client has in hand when a browser has come back from a provider. */
export async function returnFrom(
  api: Api,
  brand: Brand,
  wish: { person: string; refuse?: readonly Item[] } | 'cancel',
  begin = `/api/auth/providers/${brand}/begin`,
  json?: object,
): Promise<{ flow: string; query: string }> {
  const { url, flow } = expectBody(await api.post(begin, json === undefined ? {} : { json }), 200, Begun)
  return { flow, query: new URL(await throughProvider(url, wish)).search.slice(1) }
}

/** Logs somebody in who is known. */
export async function logInWith(system: System, brand: Brand, person: string) {
  const returned = await returnFrom(system.api(), brand, { person })
  const answer = await system.api().post('/api/auth/providers/finish', { json: returned })
  return expectBody(answer, 200, SignedIn).tokens
}

/** Goes to the provider for the first time. */
export async function firstLogin(system: System, brand: Brand, person: string, refuse: readonly Item[] = []) {
  const returned = await returnFrom(system.api(), brand, { person, refuse })
  const answer = await system.api().post('/api/auth/providers/finish', { json: returned })
  return { returned, ...expectBody(answer, 200, Newcomer) }
}

/** Signs somebody up by a provider. */
export async function signUpWith(system: System, brand: Brand, also: Partial<Person> = {}) {
  const person = personAt(system, brand, also)
  const { ticket } = await firstLogin(system, brand, person.id)
  const { password: _, ...typed } = newcomer()
  const json = { ...typed, email: person.email, ticket }
  const tokens = expectBody(await system.api().post('/api/auth/providers/sign-up', { json }), 201, Tokens)
  return { person, json, tokens }
}
