/**
 * Sends requests for loans, in a process of its own. Closed: so many people, each of whom goes on when they are answered
 * and comes again when they are told to. Open: so many new people a second, whatever becomes of those before them.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Answered, type Connection, openConnection } from '../measure/connection.ts'

/** What the generator is told once. */
export interface Borrowers {
  readonly port: number
  /** Of patrons who borrow in turn, and of one more who is among the people of every closed load. */
  readonly tokens: readonly string[]
  readonly regular: string
  readonly books: readonly string[]
}

export interface Job {
  readonly seconds: number
  readonly load: { readonly clients: number } | { readonly perSecond: number }
}

/** What came of a job. Times are those of single answers, in milliseconds. */
export interface Borrowed {
  readonly accepted: readonly number[]
  /** Of the patron who is always there. */
  readonly regular: readonly number[]
  /** 503 with Retry-After. */
  readonly refused: readonly number[]
  /** Every other answer, and broken connections. */
  readonly failed: Readonly<Record<number, number>>
  /** People of an open load for whom there was no connection left, or no time. */
  readonly unsent: number
  /** How much later than they were due people of an open load were sent, in milliseconds; of a closed one nobody is due. */
  readonly late: readonly number[]
  /** Part of a processor that sending and reading took, of 1. */
  readonly busy: number
  readonly seconds: number
}

/** More connections would only measure how sockets wait for one another. */
const MOST_CONNECTIONS = 2_000
const TICK_MS = 5
/** People who were due in the last of these milliseconds may be left over when time is up. */
const MOST_LATE_MS = 20

/** Tells as they come what became of each request. */
function createTally() {
  const accepted: number[] = []
  const regular: number[] = []
  const refused: number[] = []
  const failed: Record<number, number> = {}
  return {
    accepted,
    regular,
    refused,
    failed,
    note: ({ status, retryAfterSeconds }: Answered, ms: number, isRegular: boolean) => {
      if (status === 201) (isRegular ? regular : accepted).push(ms)
      else if (status === 503 && retryAfterSeconds > 0) refused.push(ms)
      else failed[status] = (failed[status] ?? 0) + 1
    },
  }
}

function createSender({ tokens, regular, books }: Borrowers) {
  const putOff: string[] = []
  let next = 0
  const textOf = (token: string, bookId: string) => {
    const body = JSON.stringify({ bookId })
    return `POST /api/loans HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nauthorization: Bearer ${token}\r\nidempotency-key: ${randomUUID()}\r\n\r\n${body}`
  }
  return {
    /** A loan that nobody has been given yet: each of another title, by patrons in turn. */
    wish: (isRegular: boolean) => {
      const again = isRegular ? undefined : putOff.pop()
      if (again !== undefined) return again
      const n = next++
      return textOf(isRegular ? regular : (tokens[n % tokens.length] ?? ''), books[n % books.length] ?? '')
    },
    /** Somebody else may ask for it: the catalogue is finite. */
    putOff: (wish: string) => putOff.push(wish),
  }
}

type Sender = ReturnType<typeof createSender>
type Tally = ReturnType<typeof createTally>

async function timed(connection: Connection, request: string, tally: Tally, isRegular: boolean) {
  const from = performance.now()
  const answer = await connection.ask(request)
  tally.note(answer, performance.now() - from, isRegular)
  return answer
}

async function closed(port: number, clients: number, until: number, sender: Sender, tally: Tally) {
  const person = async (isRegular: boolean) => {
    let connection = openConnection(port)
    let wish = sender.wish(isRegular)
    while (performance.now() < until) {
      const { status, retryAfterSeconds } = await timed(connection, wish, tally, isRegular)
      if (status === 0) connection = openConnection(port)
      // The same loan, under the same key: what a page that waits does.
      if (status === 503)
        await pause(Math.min(retryAfterSeconds * 1_000, Math.max(0, until - performance.now())))
      else wish = sender.wish(isRegular)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: clients }, (_, n) => person(n === 0)))
}

async function open(port: number, perSecond: number, until: number, sender: Sender, tally: Tally) {
  const idle: Connection[] = []
  const all: Connection[] = []
  const underWay = new Set<Promise<void>>()
  const late: number[] = []
  const begin = performance.now()
  let unsent = 0
  const opened = () => {
    const connection = openConnection(port)
    all.push(connection)
    return connection
  }
  const come = async () => {
    const connection = idle.pop() ?? opened()
    const wish = sender.wish(false)
    const { status } = await timed(connection, wish, tally, false)
    if (status === 503) sender.putOff(wish)
    if (status !== 0) idle.push(connection)
  }
  const dueBy = (moment: number) => Math.floor(((moment - begin) * perSecond) / 1_000)
  let sent = 0
  while (performance.now() < until) {
    const due = dueBy(performance.now())
    for (; sent < due; sent += 1) {
      if (idle.length === 0 && underWay.size >= MOST_CONNECTIONS) {
        unsent += 1
        continue
      }
      late.push(performance.now() - begin - (1_000 * (sent + 1)) / perSecond)
      const one: Promise<void> = come().finally(() => underWay.delete(one))
      underWay.add(one)
    }
    await pause(TICK_MS)
  }
  // The last turn may come in time and end after it; who was due before that and is left was never sent.
  unsent += Math.max(0, dueBy(until - MOST_LATE_MS) - sent)
  await Promise.all(underWay)
  for (const connection of all) connection.close()
  return { unsent, late }
}

async function run(port: number, sender: Sender, { seconds, load }: Job): Promise<Borrowed> {
  const tally = createTally()
  const begin = performance.now()
  const until = begin + seconds * 1_000
  const before = process.cpuUsage()
  const { unsent, late } =
    'clients' in load
      ? await closed(port, load.clients, until, sender, tally).then(() => ({ unsent: 0, late: [] }))
      : await open(port, load.perSecond, until, sender, tally)
  const took = performance.now() - begin
  const { user, system } = process.cpuUsage(before)
  const busy = (user + system) / 1_000 / took
  const { accepted, regular, refused, failed } = tally
  return { accepted, regular, refused, failed, unsent, late, busy, seconds: took / 1_000 }
}

let borrowers: Borrowers | undefined
let sender: Sender | undefined
process.on('message', (message: Borrowers | Job) => {
  if ('tokens' in message) {
    borrowers = message
    sender = createSender(message)
    process.send?.('ready')
  } else if (borrowers && sender) {
    void run(borrowers.port, sender, message).then((result) => process.send?.(result))
  }
})
