import { randomUUID } from 'node:crypto'
import type { Person } from '../../crash/library/people.ts'
import { asCopies, asLoan, asNamed } from '../../crash/library/views.ts'
import { surprise } from '../../crash/people/insist.ts'

/** What people do meanwhile, by the name of its row in the table that says what still works. */
export const OPERATIONS = [
  'search and read titles',
  'borrow',
  'return',
  'renew',
  'lend at the desk',
  'take back at the desk',
  'see one’s loans',
  'see the dashboard',
  'join a queue',
  'sign in',
  'sign up',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** One request that is sent once, whatever is answered. */
export interface Deed {
  by: Person | undefined
  method: 'GET' | 'POST'
  path: string
  json?: unknown
}

/** For each operation the deeds of one outage. */
export type Deeds = Readonly<Record<Operation, readonly Deed[]>>

/** Who is there, and what there is to borrow. */
export interface Stage {
  desk: Person
  readers: readonly Person[]
  /** A title with more copies than are ever asked for. */
  plenty: string
  /** Titles without copies: whoever wants one waits. */
  empty: readonly string[]
  cards: ReadonlyMap<Person, string>
  /** Sign-ups and queues so far: everybody signs up once, and waits once for a title. */
  used: { signUps: number; holds: number }
}

const LOANS_OF_READER = 3
const PASSWORD = 'Independent-1!'

/**
 * Lends what is to come back and to be renewed, and says what is going to be done.
 * @param times how often each operation
 */
export async function prepareDeeds(stage: Stage, times: number): Promise<Deeds> {
  const { desk, readers, plenty, empty, cards, used } = stage
  const perReader = Math.ceil(times / readers.length)
  if (perReader > LOANS_OF_READER) throw new Error(`too few readers for ${times} loans`)
  const turn = <T>(n: number, list: readonly T[]): T => {
    const one = list[n % list.length]
    if (one === undefined) throw new Error('there is nobody')
    return one
  }
  const lent = await Promise.all(Array.from({ length: times * 3 }, (_, n) => lend(turn(n, readers), plenty)))
  await Promise.all(lent.map(({ reader, loanId }) => untilActive(reader, loanId)))
  const copies = asCopies((await desk.send({ path: `/api/books/${plenty}/copies` })).body)?.data ?? []
  // From the far end: other loans take copies with the lowest barcodes first.
  const there = copies
    .filter(({ state }) => state === 'available')
    .map(({ barcode }) => barcode)
    .toReversed()
  const toReturn = lent.slice(0, times)
  const toRenew = lent.slice(times, times * 2)
  const atDesk = lent.slice(times * 2)
  const barcodes = await Promise.all(atDesk.map(({ loanId }) => barcodeOf(desk, plenty, loanId)))
  const of = (make: (n: number) => Deed) => Array.from({ length: times }, (_, n) => make(n))
  const reading = (path: string) => of((n) => ({ by: turn(n, readers), method: 'GET', path }))
  return {
    'search and read titles': of((n) => ({
      by: undefined,
      method: 'GET',
      path: n % 2 === 0 ? '/api/books?keyword=%ED%86%A0' : `/api/books/${plenty}`,
    })),
    borrow: of((n) => ({
      by: turn(n, readers),
      method: 'POST',
      path: '/api/loans',
      json: { bookId: plenty },
    })),
    return: toReturn.map(({ reader, loanId }) => ({
      by: reader,
      method: 'POST',
      path: `/api/loans/${loanId}/returns`,
      json: { copies: 1 },
    })),
    renew: toRenew.map(({ reader, loanId }) => ({
      by: reader,
      method: 'POST',
      path: `/api/loans/${loanId}/renew`,
      json: {},
    })),
    'lend at the desk': of((n) => ({
      by: desk,
      method: 'POST',
      path: '/api/loans/desk',
      json: { card: cards.get(turn(n, readers)), barcode: turn(n, there), bookId: plenty },
    })),
    'take back at the desk': barcodes.map((barcode) => ({
      by: desk,
      method: 'POST',
      path: '/api/loans/desk/returns',
      json: { barcode },
    })),
    'see one’s loans': reading('/api/loans'),
    'see the dashboard': reading('/api/dashboard'),
    'join a queue': of(() => {
      const n = used.holds++
      const title = turn(Math.floor(n / readers.length), empty)
      return { by: turn(n, readers), method: 'POST', path: `/api/books/${title}/holds` }
    }),
    'sign in': of((n) => ({
      by: undefined,
      method: 'POST',
      path: '/api/auth/login',
      json: { email: `buyer${n % readers.length}@crash.test`, password: 'Crash-test1!' },
    })),
    'sign up': of(() => ({
      by: undefined,
      method: 'POST',
      path: '/api/users',
      json: newAccount(used.signUps++),
    })),
  }
}

async function lend(reader: Person, bookId: string): Promise<{ reader: Person; loanId: string }> {
  const json = { bookId }
  const answer = await reader.send({ method: 'POST', path: '/api/loans', json, key: randomUUID() })
  const loan = asNamed(answer.body)
  if (answer.status !== 201 || loan === undefined) throw surprise('a loan', answer)
  return { reader, loanId: loan.id }
}

async function untilActive(reader: Person, loanId: string): Promise<void> {
  for (;;) {
    const state = asLoan((await reader.send({ path: `/api/loans/${loanId}` })).body)?.state
    if (state === 'active') return
    if (state !== 'pending') throw new Error(`loan ${loanId} is ${state}`)
    await new Promise((again) => setTimeout(again, 50))
  }
}

async function barcodeOf(desk: Person, bookId: string, loanId: string): Promise<string> {
  const copies = asCopies((await desk.send({ path: `/api/books/${bookId}/copies` })).body)?.data ?? []
  const barcode = copies.find((copy) => copy.loanId === loanId)?.barcode
  if (barcode === undefined) throw new Error(`no copy is out by ${loanId}`)
  return barcode
}

/** Brings everything back that a reader has, so that they may borrow again. */
export async function bringAllBack(readers: readonly Person[]): Promise<void> {
  await Promise.all(
    readers.map(async (reader) => {
      const { body } = await reader.send({ path: '/api/loans?state=active&size=100' })
      for (const { id, out } of loansIn(body)) {
        const path = `/api/loans/${id}/returns`
        const answer = await reader.send({ method: 'POST', path, json: { copies: out }, key: randomUUID() })
        if (answer.status !== 200) throw surprise('a return', answer)
      }
    }),
  )
}

function loansIn(body: unknown): { id: string; out: number }[] {
  const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : []
  return Array.isArray(data) ? data.flatMap((one) => asLoan(one) ?? []) : []
}

const newAccount = (n: number) => ({
  email: `newcomer${n}@crash.test`,
  password: PASSWORD,
  displayName: `newcomer${n}`,
  realName: '김하나',
  phone: `010-9${String(Math.floor(n / 10_000)).padStart(3, '0')}-${String(n % 10_000).padStart(4, '0')}`,
  address: { city: '서울특별시 중구 세종대로 110', detail: '3층 301호', postalCode: '04524' },
})
