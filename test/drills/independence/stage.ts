import { until } from '../../../src/platform/resilience/poll-until.ts'
import { DEMO_ACCOUNTS } from '../../../src/services/demo/accounts.ts'
import { nothingAcknowledged } from '../../crash/library/acknowledged.ts'
import type { Fleet } from '../../crash/library/fleet.ts'
import { librarian, newReader, type Person } from '../../crash/library/people.ts'
import { asNamed, asPatron } from '../../crash/library/views.ts'
import { ask, surprise, type Trouble } from '../../crash/people/insist.ts'
import { asTokens } from '../../crash/views.ts'
import type { Stage } from './operations.ts'

/** Who plays, and with which tokens their requests are sent when they are sent once only. */
export interface Scene {
  stage: Stage
  tokens: ReadonlyMap<Person, string>
}

const MANY_COPIES = 1_000
const KNOWN_WITHIN_MS = 60_000

/** Signs readers up and registers titles. @param outages how many there will be: nobody waits for a title twice */
export async function setStage(
  fleet: Pick<Fleet, 'url'>,
  { readers: count, outages }: { readers: number; outages: number },
): Promise<Scene> {
  const trouble: Trouble = { connection: 0, unavailable: 0, errors: [] }
  const visiting = { url: fleet.url, log: nothingAcknowledged(), trouble }
  const desk = await librarian(visiting)
  const readers: Person[] = []
  for (let n = 0; n < count; n++) readers.push(await newReader(visiting, n))
  let registered = 0
  const register = async (title: string, copies: number) => {
    const json = { title, author: '', publisher: '', callNumber: '', kdc: '813', copies }
    const key = `independence-register-${registered++}`
    const answer = await desk.send({ method: 'POST', path: '/api/books', json, key })
    const book = asNamed(answer.body)
    if (book === undefined) throw surprise('a title', answer)
    return book.id
  }
  const plenty = await register('토지', MANY_COPIES)
  const empty: string[] = []
  for (let n = 0; n < outages; n++) empty.push(await register(`empty-${n}`, 0))
  const cards = new Map<Person, string>()
  for (const reader of readers) {
    const card = await until(
      async () => asPatron((await desk.send({ path: `/api/patrons/${reader.id}` })).body)?.card,
      { what: 'lending to know a reader', deadlineMs: KNOWN_WITHIN_MS, everyMs: 100 },
    )
    cards.set(reader, card)
  }
  const tokens = new Map<Person, string>()
  for (const [n, reader] of readers.entries())
    tokens.set(reader, await tokenOf(fleet.url, `buyer${n}@crash.test`, 'Crash-test1!'))
  const { email = '', password = '' } = DEMO_ACCOUNTS.find(({ role }) => role === 'librarian') ?? {}
  tokens.set(desk, await tokenOf(fleet.url, email, password))
  return { stage: { desk, readers, plenty, empty, cards, used: { signUps: 0, holds: 0 } }, tokens }
}

async function tokenOf(url: string, email: string, password: string): Promise<string> {
  const answer = await ask({ method: 'POST', url: `${url}/api/auth/login`, json: { email, password } })
  const token = asTokens(answer.body)?.accessToken
  if (token === undefined) throw surprise('tokens', answer)
  return token
}
