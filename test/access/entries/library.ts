import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import { photo } from '../../../src/platform/pictures/photo.fixture.ts'
import {
  askReturn,
  borrow,
  Hold,
  Loan,
  Opening,
  onlyBarcode,
  Patron,
  Policy,
  Returned,
  registerBook,
  untilStock,
} from '../../library/api.ts'
import { expectBody } from '../../support/api.ts'
import type { World } from '../world.ts'
import type { Entry } from './entry.ts'

const get = (path: string): Entry => ({ ok: 200, ask: async () => ({ path }) })
const DESK = ['librarian', 'admin']

const book = ({ librarian }: World, copies = 1) => registerBook(librarian, copies)

const ofBook = (path: string, json?: object, ok = 200): Entry => ({
  ok,
  ask: async (world) => ({
    path: `/api/books/${(await book(world)).id}${path}`,
    ask: json === undefined ? {} : { json },
  }),
})

/** A loan of the owner that runs. */
const loan = async (world: World) => borrow(world.owner, (await book(world)).id)

const ofLoan = (path: string, json: object | undefined, ok = 200, keyed = false): Entry => ({
  ok,
  owned: { also: DESK },
  ask: async (world) => ({
    path: `/api/loans/${(await loan(world)).id}${path}`,
    ask: { ...(json === undefined ? {} : { json }), ...(keyed ? { key: true as const } : {}) },
  }),
})

const barcodeOf = ({ librarian }: World, bookId: string) => onlyBarcode(librarian, bookId)

/** The card of the owner, who has borrowed before. */
async function cardOf(world: World): Promise<string> {
  await loan(world)
  return expectBody(await world.librarian.api.get(`/api/patrons/${world.owner.id}`), 200, Patron).card
}

/** The owner waits for a book somebody else has. */
async function hold(world: World): Promise<Hold> {
  const { id } = await book(world)
  await borrow(world.librarian, id)
  return expectBody(await world.owner.api.post(`/api/books/${id}/holds`, { key: true }), 201, Hold)
}

const ofPatron = (path: string, ask: object = {}, ok = 200): Entry => ({
  ok,
  ask: async (world) => {
    await loan(world)
    return { path: `/api/patrons/${world.owner.id}${path}`, ask }
  },
})

/** The patron owes nothing: who may is told so. */
const owed = (path: string): Entry => ({
  ok: 409,
  ask: async (world) => {
    await borrow(world.merchant, (await book(world)).id)
    const json = { amount: 500, reason: '현금' }
    return { path: `/api/patrons/${world.merchant.id}${path}`, ask: { key: true, json } }
  },
})

const Id = Type.Object({ id: Type.String() })

/** A self-check machine nobody has added before. */
const terminal = () => ({
  name: `kiosk-${randomUUID()}`.slice(0, 40),
  place: '1층 로비',
  charset: 'cp949',
  asksPassword: false,
  takesPayments: false,
})

/** Operations of the library. */
export const library: Record<string, Entry> = {
  listBooks: get('/api/books?size=1'),
  getBook: ofBook(''),
  registerBook: {
    ok: 201,
    ask: async () => {
      const json = { title: '새 책', author: '', publisher: '', callNumber: '', kdc: '000' }
      return { path: '/api/books', ask: { key: true, json } }
    },
  },
  exportBooks: get('/api/books/export?format=marcxml'),
  importBooks: {
    ok: 200,
    ask: async () => ({
      path: '/api/books/import',
      ask: { raw: { body: 'title,kdc\n', type: 'application/octet-stream' } },
    }),
  },
  changeBook: ofBook('', { version: 1, title: '고친 책' }),
  withdrawBook: ofBook(''),
  setCopies: ofBook('/copies', { copies: 2 }),
  listCopies: ofBook('/copies'),
  // Who may is told that there is no such copy.
  markCopy: ofBook('/copies/PL99999999', { state: 'damaged' }, 404),
  listQueue: ofBook('/holds'),
  placeHold: {
    ok: 409,
    ask: async (world) => ({ path: `/api/books/${(await book(world)).id}/holds`, ask: { key: true } }),
  },
  listToPull: get('/api/holds/to-pull'),
  // Who may is told that there is no such copy.
  putOnShelf: { ok: 404, ask: async () => ({ path: '/api/holds/to-pull/PL99999999/put' }) },
  reportMissing: { ok: 404, ask: async () => ({ path: '/api/holds/to-pull/PL99999999/missing' }) },
  listHolds: get('/api/holds'),
  cancelHold: {
    ok: 200,
    owned: { also: DESK },
    ask: async (world) => ({ path: `/api/holds/${(await hold(world)).id}` }),
  },
  listCards: { ok: 200, ask: async ({ owner }) => ({ path: `/api/patrons/cards?of=${owner.id}` }) },
  borrowBook: {
    ok: 201,
    ask: async (world) => {
      const json = { bookId: (await book(world)).id }
      return { path: '/api/loans', ask: { key: true, json } }
    },
  },
  listLoans: get('/api/loans?size=5'),
  getLoan: ofLoan('', undefined),
  returnCopies: ofLoan('/returns', { copies: 1 }, 200, true),
  renewLoan: ofLoan('/renew', {}, 200, true),
  // Who may is told that it runs already.
  cancelLoan: ofLoan('/cancel', undefined, 409),
  declareLost: { ok: 200, ask: async (world) => ({ path: `/api/loans/${(await loan(world)).id}/lost` }) },
  declareFound: {
    ok: 200,
    ask: async (world) => {
      const { id } = await loan(world)
      expectBody(await world.librarian.api.post(`/api/loans/${id}/lost`), 200, Loan)
      return { path: `/api/loans/${id}/found` }
    },
  },
  lendAtDesk: {
    ok: 201,
    ask: async (world) => {
      const { id: bookId } = await book(world)
      const json = { card: await cardOf(world), barcode: await barcodeOf(world, bookId), bookId }
      return { path: '/api/loans/desk', ask: { key: true, json } }
    },
  },
  returnAtDesk: {
    ok: 200,
    ask: async (world) => {
      const { book: lent } = await loan(world)
      const json = { barcode: await barcodeOf(world, lent.id) }
      return { path: '/api/loans/desk/returns', ask: { key: true, json } }
    },
  },
  undoLoan: {
    ok: 200,
    ask: async (world) => ({ path: `/api/loans/${(await loan(world)).id}/undo`, ask: { key: true } }),
  },
  undoReturn: {
    ok: 201,
    ask: async (world) => {
      const { id, book: lent } = await loan(world)
      expectBody(await askReturn(world.owner, id), 200, Returned)
      await untilStock(world.librarian, lent.id, 'it back', ({ available }) => available === 1)
      return { path: `/api/loans/${id}/returns/1/undo`, ask: { key: true } }
    },
  },
  listLoansAtDesk: get('/api/loans/desk?size=5'),
  getCopy: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/books/copies/${await barcodeOf(world, (await book(world)).id)}`,
    }),
  },
  listHoldsAtDesk: get('/api/holds/desk?size=5'),
  getPatronByCard: {
    ok: 200,
    ask: async (world) => ({ path: `/api/patrons/cards/${await cardOf(world)}` }),
  },
  getPatron: ofPatron(''),
  changePatron: ofPatron('', { json: { category: 'adult' } }),
  listFees: ofPatron('/fees'),
  listOwnFees: get('/api/loans/fees'),
  payFees: owed('/payments'),
  waiveFees: owed('/waivers'),
  listTerminals: get('/api/terminals'),
  addTerminal: {
    ok: 201,
    ask: async () => ({ path: '/api/terminals', ask: { key: true, json: terminal() } }),
  },
  revokeTerminal: {
    ok: 200,
    ask: async ({ librarian }) => {
      const ask = { key: true, json: terminal() } as const
      const { id } = expectBody(await librarian.api.post('/api/terminals', ask), 201, Id)
      return { path: `/api/terminals/${id}` }
    },
  },
  listOfflineRefusals: get('/api/terminals/offline-refusals'),
  // Who may is told that there is no such thing.
  settleOfflineRefusal: {
    ok: 404,
    ask: async () => ({ path: `/api/terminals/offline-refusals/${randomUUID()}` }),
  },
  giveCover: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/books/${(await book(world)).id}/picture?version=1`,
      ask: { raw: { body: await photo(5), type: 'image/jpeg' } },
    }),
  },
  takeCover: {
    ok: 200,
    ask: async (world) => ({ path: `/api/books/${(await book(world)).id}/picture?version=1` }),
  },
  getOpening: get('/api/loans/opening'),
  changeOpening: {
    ok: 200,
    ask: async ({ librarian }) => {
      const { version, closedWeekdays, closedOnHolidays, days } = expectBody(
        await librarian.api.get('/api/loans/opening'),
        200,
        Opening,
      )
      return {
        path: '/api/loans/opening',
        ask: { json: { version, closedWeekdays, closedOnHolidays, days } },
      }
    },
  },
  getLendingPolicy: get('/api/loans/policy'),
  listLendingPolicies: get('/api/loans/policies'),
  checkLendingPolicy: {
    ok: 200,
    ask: async ({ librarian }) => {
      const { rules } = expectBody(await librarian.api.get('/api/loans/policy'), 200, Policy)
      return { path: '/api/loans/policy/check', ask: { json: { rules } } }
    },
  },
  publishLendingPolicy: {
    ok: 200,
    ask: async ({ librarian }) => {
      const { version, rules } = expectBody(await librarian.api.get('/api/loans/policy'), 200, Policy)
      return { path: '/api/loans/policy', ask: { json: { version, rules } } }
    },
  },
  getDashboard: get('/api/dashboard'),
  streamDashboard: {
    ok: 200,
    ask: async () => ({ path: '/api/dashboard/stream', ask: { endless: true } }),
  },
}

/** Nobody is over a limit in this world. */
export async function openLibrary({ librarian }: Pick<World, 'librarian'>): Promise<void> {
  const { version, rules } = expectBody(await librarian.api.get('/api/loans/policy'), 200, Policy)
  const copiesPerPatron = { child: 1_000, adult: 1_000, staff: 1_000 }
  const json = { version, rules: { ...rules, copiesPerPatron } }
  expectBody(await librarian.api.send('PUT', '/api/loans/policy', { json }), 200, Policy)
}
