import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type Api, expectBody } from './api.ts'
import { at, type Json, parseJson } from './json.ts'
import type { System } from './system.ts'
import { Profile, Tokens } from './views.ts'

export const PASSWORD = 'Journey-test1!'
export const RECEIVER = {
  name: '홍길동',
  phone: '010-1234-5678',
  deliveryNote: '문 앞에 놓아주세요',
  address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
}

/** Somebody with an account who is signed in. */
export interface Person {
  id: string
  email: string
  tokens: Tokens
  api: Api
}

let born = 0

/** Data of somebody who has never signed up before. */
export function newcomer() {
  born += 1
  const number = String(born).padStart(4, '0')
  return {
    email: `person${number}@journey.test`,
    password: PASSWORD,
    displayName: `손님${number}`,
    realName: '홍길동',
    phone: `010-7000-${number}`,
    address: RECEIVER.address,
  }
}

/** Signs up and in, over HTTP. */
export async function customer(system: System): Promise<Person> {
  const data = newcomer()
  const { id } = expectBody(await system.api().post('/api/users', { json: data }), 201, Profile)
  return { id, email: data.email, ...(await signIn(system, data.email)) }
}

/** Somebody who works here: roles are not given over HTTP. */
export async function colleague(system: System, role: 'merchant' | 'librarian' | 'admin'): Promise<Person> {
  const data = newcomer()
  const id = await system.services.identity.ensureAccount({ ...data, roles: ['customer', role] })
  return { id, email: data.email, ...(await signIn(system, data.email)) }
}

export async function signIn(
  system: System,
  email: string,
  password = PASSWORD,
): Promise<{ tokens: Tokens; api: Api }> {
  const answer = await system.api().post('/api/auth/login', { json: { email, password } })
  const tokens = expectBody(answer, 200, Tokens)
  return { tokens, api: system.api(tokens.accessToken) }
}

/** Many customers at once: signed in, but without the cost of a password each. */
export function crowd(system: System, size: number): Promise<Person[]> {
  return Promise.all(
    Array.from({ length: size }, async (_, n): Promise<Person> => {
      const id = randomUUID()
      const accessToken = await system.token({ userId: id, roles: ['customer'], sessionId: randomUUID() })
      const tokens = { accessToken, refreshToken: '' }
      return { id, email: `crowd${n}@journey.test`, tokens, api: system.api(accessToken) }
    }),
  )
}

/** What has been sent to an address so far, oldest first. */
export async function mailsTo(system: System, email: string): Promise<Json[]> {
  const text = await readFile(join(system.dataDir, 'mail', 'messages.jsonl'), 'utf8').catch(() => '')
  // The last line may be half written.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return lines
    .filter((line) => line !== '')
    .map(parseJson)
    .filter((mail) => at(mail, 'to', 'email') === email)
}

/** What the latest link of a kind in a mail to an address carries, once there are so many of them. */
export async function linkTokenTo(
  system: System,
  email: string,
  { path, count = 1 }: { path: string; count?: number },
): Promise<string> {
  return until(
    async () => {
      const texts = (await mailsTo(system, email)).map((mail) => JSON.stringify(at(mail, 'text')))
      const links = texts.flatMap((text) => /https?:[^"\\\s]+/.exec(text)?.[0] ?? [])
      const tokens = links
        .filter((link) => new URL(link).pathname === path)
        .map((link) => new URL(link).searchParams.get('token') ?? '')
      return tokens.length >= count && tokens.at(-1)
    },
    { what: `mail ${count} with a link to ${email}`, deadlineMs: 15_000 },
  )
}

/** Follows the link that was mailed at sign-up: from then on letters go to this address. */
export async function proveAddress(system: System, { email }: Person): Promise<void> {
  const token = await linkTokenTo(system, email, { path: '/verify-email' })
  const { status } = await system.api().post('/api/email-verifications', { json: { token } })
  if (status !== 204) throw new Error(`the address ${email} was not proved: ${status}`)
}
