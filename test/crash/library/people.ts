import { DEMO_ACCOUNTS } from '../../../src/services/demo/accounts.ts'
import { createAccount } from '../people/accounts.ts'
import { type Answer, type Ask, insist, surprise, type Trouble } from '../people/insist.ts'
import { asTokens } from '../views.ts'
import { type Acknowledged, noteKey } from './acknowledged.ts'
import { asNamed } from './views.ts'

/** Somebody who is signed in. */
export interface Person {
  id: string
  send(request: Omit<Ask, 'token' | 'url'> & { path: string }, patienceMs?: number): Promise<Answer>
}

/** What everybody needs who does something here. */
export interface Visiting {
  url: string
  log: Acknowledged
  trouble: Trouble
}

/** A reader with an account of their own. */
export async function newReader({ url, log, trouble }: Visiting, n: number): Promise<Person> {
  const account = createAccount(n, url, log, trouble)
  const send: Person['send'] = async ({ path, ...request }, patienceMs) => {
    const answer = await account.send({ ...request, url: `${url}${path}` }, patienceMs)
    if (answer === undefined) throw surprise(`an answer to ${path}`, answer)
    return answer
  }
  return { id: await idOf(send), send }
}

/** Somebody at the desk. */
export async function librarian({ url, trouble }: Visiting): Promise<Person> {
  const { email, password } = DEMO_ACCOUNTS.find(({ role }) => role === 'librarian') ?? {}
  let token: string | undefined
  const signIn = async () => {
    const login = { method: 'POST', url: `${url}/api/auth/login`, json: { email, password } } as const
    const answer = await insist(login, trouble)
    const tokens = asTokens(answer?.body)
    if (tokens === undefined) throw surprise('tokens of the librarian', answer)
    token = tokens.accessToken
    return token
  }
  const send: Person['send'] = async ({ path, ...request }, patienceMs) => {
    const ask = async (by: string) =>
      insist({ ...request, url: `${url}${path}`, token: by }, trouble, patienceMs)
    const first = await ask(token ?? (await signIn()))
    const answer = first?.status === 401 ? await ask(await signIn()) : first
    if (answer === undefined) throw surprise(`an answer to ${path}`, answer)
    return answer
  }
  return { id: await idOf(send), send }
}

async function idOf(send: Person['send']): Promise<string> {
  const answer = await send({ path: '/api/users/me' })
  const me = asNamed(answer.body)
  if (me === undefined) throw surprise('an account', answer)
  return me.id
}

/** A request that changes something and may be sent again. */
export interface Wish<T> {
  path: string
  json: unknown
  key: string
  /** Reads the answer; undefined when it is not what was wished for. */
  read(body: unknown): T | undefined
  /** What the answer is about: the same for every answer to this key. */
  nameOf(answer: T): string
}

/** Sends a wish until it is answered and notes what was granted; a refusal is returned as it came. */
export async function wish<T>(
  log: Acknowledged,
  person: Person,
  { path, json, key, read, nameOf }: Wish<T>,
): Promise<{ kind: 'granted'; view: T } | { kind: 'refused'; answer: Answer }> {
  const answer = await person.send({ method: 'POST', path, json, key })
  if (answer.status >= 300) return { kind: 'refused', answer }
  const view = read(answer.body)
  if (view === undefined) throw surprise(`an answer of the known form to ${path}`, answer)
  noteKey(log, { person, path, json, key, about: nameOf(view), nameIn: (body) => nameIn(body, read, nameOf) })
  return { kind: 'granted', view }
}

function nameIn<T>(body: unknown, read: Wish<T>['read'], nameOf: Wish<T>['nameOf']): string | undefined {
  const view = read(body)
  return view === undefined ? undefined : nameOf(view)
}
