import { noteHold, noteLoan, noteReturn, nothingAcknowledged } from '../acknowledged.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Situation } from './violation.ts'

const BOOK = 'b1'
const READER = 'r1'
const DUE = '2026-12-01'

const loan = (id: string, state: string, quantity: number, version: number): Snapshot['loans'][number] => ({
  id,
  patronId: READER,
  bookId: BOOK,
  quantity,
  state,
  version,
  returned: 0,
  returns: 0,
  renewals: 0,
  lateFees: 0,
  dueOn: DUE,
  replacement: null,
})

const view = ({ id, quantity, state, renewals }: Snapshot['loans'][number]) => ({
  id,
  patronId: READER,
  book: { id: BOOK },
  quantity,
  out: 0,
  renewals,
  state,
})

/**
 * One reader after a run as it should be: l1 was lent long ago and is half back, late; l2 runs, renewed once; l3 came to
 * nothing; l4 was cancelled and its copies were released; l5 was lost. Somebody else has a copy on the shelf.
 */
export function soundLibrary(): Situation {
  const acknowledged = nothingAcknowledged()
  const loans: Snapshot['loans'] = [
    { ...loan('l1', 'overdue', 2, 4), returned: 1, returns: 1, lateFees: 500 },
    { ...loan('l2', 'active', 1, 3), renewals: 1 },
    loan('l3', 'cancelled', 1, 2),
    loan('l4', 'cancelled', 1, 3),
    { ...loan('l5', 'lost', 1, 3), replacement: 20_000 },
  ]
  for (const row of loans.slice(1)) {
    noteLoan(acknowledged, { ...view(row), state: 'pending' })
    noteLoan(acknowledged, view(row))
  }
  const [late] = loans
  if (late) noteReturn(acknowledged, { loan: view(late), returnNo: 1, copies: 1, fee: 500 })
  acknowledged.scanned.set('l1', { barcode: 'C1', isBack: true })
  acknowledged.scanned.set('l2', { barcode: 'C3', isBack: false })
  noteHold(acknowledged, { id: 'h1', book: { id: BOOK }, state: 'shelved' })
  acknowledged.accounts.add('a@crash.test')
  acknowledged.payments.set('f3', { patronId: READER, amount: 500 })
  for (const [key, about] of KEYS) acknowledged.keys.set(key, new Set([about]))

  const step = (
    loanId: string,
    version: number,
    type: string,
    state: string,
    quantity: number,
    out: number,
  ) => ({
    loanId,
    patronId: READER,
    version,
    type: `library.loan.${type}`,
    state,
    quantity,
    out,
  })
  const told = [
    step('l1', 1, 'borrowed', 'pending', 2, 0),
    step('l1', 2, 'activated', 'active', 2, 2),
    step('l1', 3, 'expired', 'overdue', 2, 2),
    step('l2', 1, 'borrowed', 'pending', 1, 0),
    step('l2', 2, 'activated', 'active', 1, 1),
    step('l2', 3, 'renewed', 'active', 1, 1),
    step('l3', 1, 'borrowed', 'pending', 1, 0),
    step('l3', 2, 'cancelled', 'cancelled', 1, 0),
    step('l4', 1, 'borrowed', 'pending', 1, 0),
    step('l4', 2, 'cancelling', 'cancelling', 1, 0),
    step('l4', 3, 'cancelled', 'cancelled', 1, 0),
    step('l5', 1, 'borrowed', 'pending', 1, 0),
    step('l5', 2, 'activated', 'active', 1, 1),
    step('l5', 3, 'lost', 'lost', 1, 0),
    step('l1', 4, 'returned', 'overdue', 2, 1),
  ]
  const answered = (subject: string, version: number, type: string) => ({
    id: `s-${subject}-${version}`,
    type: `library.stock.${type}`,
    source: 'library/book',
    subject,
    version,
  })
  const answers = [
    answered('l1', 1, 'decreased'),
    answered('l2', 1, 'decreased'),
    answered('l3', 1, 'out'),
    answered('l4', 1, 'decreased'),
    answered('l4', 2, 'released'),
    answered('l5', 1, 'decreased'),
  ]
  const loanEvents = told.map(({ loanId, version, type }) => ({
    id: `${loanId}-${version}`,
    type,
    source: 'library/borrow',
    subject: loanId,
    version,
  }))
  const logs = new Map([
    ['book', [...loanEvents, ...answers]],
    ['borrow', [...loanEvents, ...answers]],
    ['dashboard', [...loanEvents]],
  ])
  const subscriptions = [
    { place: 'book', subscriber: 'book.stock', types: ['library.loan.borrowed', 'library.loan.returned'] },
    {
      place: 'borrow',
      subscriber: 'borrow.lending',
      types: ['library.stock.decreased', 'library.stock.out'],
    },
    { place: 'dashboard', subscriber: 'dashboard.loans', types: ['library.loan.borrowed'] },
  ]
  const wanted = subscriptions.flatMap(({ place, subscriber, types }) =>
    types.map((type) => ({ place, subscriber, type })),
  )
  const snapshot: Snapshot = {
    loans,
    returns: [{ loanId: 'l1', no: 1, copies: 1, lateDays: 3, fee: 500 }],
    fees: [
      { id: 'f1', patronId: READER, kind: 'late_fee', amount: 500, loanId: 'l1', returnNo: 1 },
      { id: 'f2', patronId: READER, kind: 'replacement', amount: 20_000, loanId: 'l5', returnNo: null },
      { id: 'f3', patronId: READER, kind: 'payment', amount: 500, loanId: null, returnNo: null },
    ],
    loanCopies: [
      { loanId: 'l1', barcode: 'C1', backNo: 1 },
      { loanId: 'l1', barcode: 'C2', backNo: null },
      { loanId: 'l2', barcode: 'C3', backNo: null },
      { loanId: 'l5', barcode: 'C4', backNo: null },
    ],
    limits: [{ patronId: READER, limit: 10 }],
    heardHolds: [
      { holdId: 'h1', waiting: false },
      { holdId: 'h2', waiting: true },
    ],
    copies: [
      { barcode: 'C1', bookId: BOOK, state: 'on_shelf', loanId: null, holdId: 'h1' },
      { barcode: 'C2', bookId: BOOK, state: 'on_loan', loanId: 'l1', holdId: null },
      { barcode: 'C3', bookId: BOOK, state: 'on_loan', loanId: 'l2', holdId: null },
      { barcode: 'C4', bookId: BOOK, state: 'lost', loanId: 'l5', holdId: null },
      { barcode: 'D1', bookId: 'b2', state: 'available', loanId: null, holdId: null },
    ],
    loanStock: [
      { loanId: 'l1', state: 'taken', taken: 2, back: 1, lost: 0 },
      { loanId: 'l2', state: 'taken', taken: 1, back: 0, lost: 0 },
      { loanId: 'l3', state: 'refused', taken: 0, back: 0, lost: 0 },
      { loanId: 'l4', state: 'released', taken: 1, back: 1, lost: 0 },
      { loanId: 'l5', state: 'taken', taken: 1, back: 0, lost: 1 },
    ],
    moves: [
      { loanId: 'l1', kind: 'take', no: 1, copies: 2 },
      { loanId: 'l1', kind: 'return', no: 1, copies: 1 },
      { loanId: 'l2', kind: 'take', no: 1, copies: 1 },
      { loanId: 'l4', kind: 'take', no: 1, copies: 1 },
      { loanId: 'l4', kind: 'release', no: 1, copies: 1 },
      { loanId: 'l5', kind: 'take', no: 1, copies: 1 },
      { loanId: 'l5', kind: 'lost', no: 1, copies: 1 },
    ],
    holds: [
      { id: 'h1', bookId: BOOK, patronId: 'r2', state: 'shelved' },
      { id: 'h2', bookId: BOOK, patronId: 'r3', state: 'waiting' },
    ],
    shown: loans.map((row) => ({
      loanId: row.id,
      state: row.state,
      quantity: row.quantity,
      out: row.state === 'overdue' || row.state === 'active' ? row.quantity - row.returned : 0,
      lateFees: row.lateFees,
      dueOn: row.dueOn,
    })),
    shownEvents: told.map(({ loanId, version }) => ({ loanId, version })),
    told,
    logs,
    undelivered: [],
    parked: [],
    inbox: wanted.flatMap(({ place, subscriber, type }) =>
      (logs.get(place) ?? [])
        .filter((event) => event.type === type)
        .map(({ id }) => ({ place, subscriber, eventId: id })),
    ),
    wanted,
    keys: KEYS.map(([key, about]) => ({
      scope: key === 'k6' ? 'library-renewals' : 'library-loans',
      key,
      about,
    })),
    accounts: ['a@crash.test'],
  }
  return {
    snapshot,
    acknowledged,
    owned: new Map([
      [BOOK, 4],
      ['b2', 1],
    ]),
    lentEarlier: new Set(['l1']),
    dashboards: [{ patronId: READER, borrowed: 2, pending: 0, lateFees: 500 }],
    repeats: [{ key: 'k2', before: 'l2', after: 'l2' }],
  }
}

const KEYS: readonly (readonly [key: string, about: string])[] = [
  ['k2', 'l2'],
  ['k3', 'l3'],
  ['k4', 'l4'],
  ['k5', 'l5'],
  ['k1', 'l1/1'],
  ['k6', 'l2'],
]
