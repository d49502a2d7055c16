import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Stranger, startGreeter, startPatronMessages } from './consumers.ts'
import { type House, idsOfClass, lendAndReturn, registerBook, startHouse } from './house.ts'
import { type Receiver, startReceiver } from './receiver.ts'

/** Loans, each of which is told of twice: when it begins and when its copy comes back. */
const BEFORE = 8
const BESIDE_GREETER = 4
const WHILE_DEAD = 5
const BESIDE_BOTH = 6
const AFTER = 2
/** The message that is under way when its sender is killed: in the middle of the history. */
const KILLED_AT = 10
const LENT = '대출 안내 / Your loan'
const RETURNED = '반납 확인 / Thank you'

interface Proof {
  /** That may be filled. */
  folder: string
  /** With what the example needs. */
  python: string
  say(line: string): void
  /** Gives up, and ends what was started, when it is aborted. */
  stopping: AbortSignal
}

/**
 * Strangers come and go while the house runs: the greeter gets all that was told before it came, the sender of messages
 * is killed in the middle and started again, then both are removed; every effect is there once, and no process of the
 * house was ever started again.
 */
export async function prove({ folder, python, say, stopping }: Proof): Promise<void> {
  const strangers: Stranger[] = []
  const receiver = await startReceiver()
  let house: House | undefined
  try {
    house = await startHouse(folder, stopping)
    await comeAndGo(house, receiver, { folder, python, say, strangers })
  } catch (error) {
    if (!stopping.aborted) for (const one of strangers) console.error(`--- ${one.output()}`)
    throw error
  } finally {
    await Promise.all(strangers.map((one) => one.end('SIGKILL')))
    await receiver.stop()
    await house?.stop()
  }
}

type Given = Pick<Proof, 'folder' | 'python' | 'say'> & { strangers: Stranger[] }

async function comeAndGo(house: House, receiver: Receiver, given: Given): Promise<void> {
  const { folder, python, say, strangers } = given
  const pids = house.children.pids()
  const librarian = await house.login('librarian')
  const readers = await Promise.all(
    (['customer', 'admin', 'merchant'] as const).map((role) => house.login(role)),
  )
  const book = await registerBook(house, librarian)
  let loans = 0
  const lend = async (count: number) => {
    for (let n = 0; n < count; n += 1) {
      await lendAndReturn(house, readers[loans % readers.length] ?? '', book)
      loans += 1
    }
  }
  const settings = (name: string) => ({
    KAFKA_BROKERS: house.brokers,
    ASYNCAPI: `${house.url}/asyncapi.json`,
    DATABASE: join(folder, `${name}.sqlite`),
    HTTP_URL: receiver.url,
  })
  const inGreeter = (question: string) => rowsOf(settings('greeter').DATABASE, question)
  const suggested = () => inGreeter('select * from suggestion where book_id is not null').length
  const startSender = () => {
    const sender = startPatronMessages(python, settings('patron-messages'))
    strangers.push(sender)
    return sender
  }

  await lend(BEFORE)
  say(`${loans} loans and returns before any stranger came`)
  const greeter = startGreeter(settings('greeter'))
  strangers.push(greeter)
  await house.soon('the whole history at the greeter', () => suggested() === loans)
  await lend(BESIDE_GREETER)
  await house.soon('what is told beside it', () => suggested() === loans)
  say(`the greeter, added while the house runs, has all ${loans}`)

  let underWay: string | undefined
  void receiver.holdAt(KILLED_AT).then((key) => {
    underWay = key
  })
  const killed = startSender()
  await house.soon(`message ${KILLED_AT}`, () => underWay !== undefined)
  await killed.end('SIGKILL')
  await lend(WHILE_DEAD)
  assert.equal(receiver.messages().size, KILLED_AT)
  const sender = startSender()
  await lend(BESIDE_BOTH)
  await house.soon('all messages', () => receiver.messages().size === 2 * loans)
  await house.soon('all suggestions', () => suggested() === loans)
  assert.equal(await greeter.end('SIGTERM'), 0)
  assert.equal(await sender.end('SIGTERM'), 0)

  const sent = receiver.messages()
  const bySubject = Map.groupBy(sent.keys(), (key) => sent.get(key))
  const [lent = [], returned = []] = [LENT, RETURNED].map((subject) => bySubject.get(subject))
  assert.deepEqual([sent.size, lent.length, returned.length], [2 * loans, loans, loans])
  // Sent when it was killed, and not yet noted: the receiver knows it by its key, and no other came twice.
  assert.deepEqual(receiver.repeated(), { [underWay ?? '']: 2 })
  const noted = rowsOf(settings('patron-messages').DATABASE, 'select event_id, sent from message')
  assert.deepEqual(new Set(noted.map(({ event_id }) => event_id)), new Set(sent.keys()))
  assert.ok(noted.every((row) => row.sent === 1))
  say(
    `patron_messages, killed with message ${KILLED_AT} under way, sent all ${sent.size}, that one again by its id`,
  )

  const suggestions = inGreeter('select event_id, book_id from suggestion')
  assert.equal(suggestions.length, loans)
  // Two who know nothing of each other heard of the same returns.
  assert.deepEqual(new Set(suggestions.map(({ event_id }) => event_id)), new Set(returned))
  assert.equal(inGreeter('select * from greeting').length, readers.length)
  const ofClass = await idsOfClass(house, librarian, '8')
  assert.ok(suggestions.every(({ book_id }) => book_id !== book && ofClass.includes(String(book_id))))
  say(`the greeter left with 0: ${loans} suggestions, ${readers.length} greetings`)

  await lend(AFTER)
  assert.equal(receiver.messages().size, 2 * (loans - AFTER))
  assert.deepEqual(house.children.pids(), pids)
  assert.deepEqual(house.children.ended(), [])
  say(`both removed; of ${pids.size} processes of the house none was started again`)
}

/** Rows of a stranger's database; none as long as it has none. */
function rowsOf(file: string, question: string): Record<string, unknown>[] {
  if (!existsSync(file)) return []
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
    try {
      return db.prepare(question).all()
    } finally {
      db.close()
    }
  } catch {
    // It is just being made.
    return []
  }
}
