import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { type Children, startChildren } from '../../local/children.ts'
import { prepareDatabases } from '../../local/databases.ts'
import { startBroker } from '../../local/kafka.ts'
import { membersNamed } from '../../local/plan.ts'
import { freePort, startEmbedded } from '../../src/platform/database/embedded.ts'
import { runAll } from '../../src/platform/process/run-all.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import { isObject } from '../support/json.ts'

const Books = Type.Array(Type.Object({ id: Type.String() }))
const SERVICES = ['identity', 'book', 'borrow'] as const
const MEMBERS = membersNamed([...SERVICES, 'gateway'])
const SETTINGS = {
  NODE_ENV: 'test',
  LOGIN_PER_MINUTE: '1000',
  REQUESTS_PER_MINUTE: '100000',
  CHANGES_PER_MINUTE: '10000',
}
const SOON_MS = 90_000

/** The lending part of the house: each service a process with a database of its own, a real Kafka, and one gateway. */
export interface House {
  /** For `KAFKA_BROKERS`. */
  brokers: string
  /** The one address for people, and for those who read the document. */
  url: string
  children: Children
  /** Of a person, by the demo. */
  login(role: 'customer' | 'librarian' | 'admin' | 'merchant'): Promise<string>
  call(path: string, authorization: string, body?: unknown): Promise<Record<string, unknown>>
  /** Waits until a condition holds, or gives up with the signal. */
  soon(what: string, condition: () => boolean | Promise<boolean>): Promise<void>
  stop(): Promise<void>
}

/**
 * Brings it up in a folder.
 * @param signal gives up: what was started by then is ended
 */
export async function startHouse(folder: string, signal: AbortSignal): Promise<House> {
  const closing: (() => Promise<unknown>)[] = []
  const stop = () => runAll(closing.splice(0).reverse())
  try {
    const server = await startEmbedded({
      folder: join(folder, 'postgres'),
      settings: ['max_connections=200'],
    })
    closing.push(() => server.stop())
    const quiet = { apart: true, names: SERVICES, say: () => {}, signal }
    const databases = await prepareDatabases(() => server.url, folder, quiet)
    const broker = await startBroker(join(folder, 'kafka'))
    closing.push(broker.remove)
    signal.throwIfAborted()
    const ports = new Map<string, number>()
    for (const { name } of MEMBERS) ports.set(name, await freePort())
    const url = `http://127.0.0.1:${ports.get('gateway')}`
    const children = await startChildren(
      MEMBERS,
      {
        publicUrl: url,
        folder,
        ports,
        databases,
        brokers: broker.address,
        serviceToken: randomBytes(32).toString('hex'),
        // The simulated login providers have a port of their own, which another house may have taken.
        more: { ...SETTINGS, SOCIAL_PORT: String(await freePort()), REGISTER_PORT: '0' },
      },
      () => {},
      signal,
    )
    closing.push(children.stop)
    const call: House['call'] = async (path, authorization, body) => {
      const answer = await fetch(`${url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
      })
      const said: unknown = await answer.json()
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(said)}`)
      return isObject(said) ? said : {}
    }
    return {
      brokers: broker.address,
      url,
      children,
      call,
      soon: async (what, condition) => {
        await until(async () => signal.aborted || (await condition()), {
          what,
          deadlineMs: SOON_MS,
          everyMs: 50,
        })
        signal.throwIfAborted()
      },
      login: async (role) => {
        const account = DEMO_ACCOUNTS.find((one) => one.role === role)
        const { email, password } = account ?? {}
        const { accessToken } = await call('/api/auth/login', '', { email, password })
        return `Bearer ${String(accessToken)}`
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A title with copies. @returns its id */
export async function registerBook(house: House, librarian: string): Promise<string> {
  const { id } = await house.call('/api/books', librarian, {
    title: '토지',
    author: '박경리',
    publisher: '샘물',
    callNumber: '813.7 박14',
    kdc: '813.7',
    copies: 40,
  })
  return String(id)
}

/** The first hundred titles of a class, as the house has them. */
export async function idsOfClass(house: House, authorization: string, kdc: string): Promise<string[]> {
  const { data } = await house.call(`/api/books?kdc=${kdc}&size=100`, authorization)
  return Value.Check(Books, data) ? data.map(({ id }) => id) : []
}

/** Lends one copy and, once the loan runs, takes it back. */
export async function lendAndReturn(house: House, reader: string, bookId: string): Promise<void> {
  const { id } = await house.call('/api/loans', reader, { bookId, copies: 1 })
  const path = `/api/loans/${String(id)}`
  await house.soon('the loan to run', async () => (await house.call(path, reader)).state === 'active')
  await house.call(`${path}/returns`, reader, { copies: 1 })
}
