import { describe, expect, it } from 'vitest'
import { underWay } from '../settle.ts'
import { soundLibrary } from './sound-library.ts'
import { RULES, verifyLibrary } from './verify.ts'
import type { Situation } from './violation.ts'

type Harm = (situation: Situation) => void

/** The one row of a list that a harm is done to. */
function row<T>(rows: readonly T[], isIt: (row: T) => boolean): T {
  const found = rows.find(isIt)
  if (found === undefined) throw new Error('there is no such row')
  return found
}
const loan = ({ snapshot }: Situation, id: string) => row(snapshot.loans, (one) => one.id === id)
const stock = ({ snapshot }: Situation, id: string) => row(snapshot.loanStock, ({ loanId }) => loanId === id)
const copy = ({ snapshot }: Situation, code: string) =>
  row(snapshot.copies, ({ barcode }) => barcode === code)
const log = ({ snapshot }: Situation, place: string) => snapshot.logs.get(place) ?? []

/** What could go wrong, and the rules that must see it. */
const HARMS: readonly [string, readonly (keyof typeof RULES)[], Harm][] = [
  ['a copy vanishes', ['copies in every place = copies owned'], ({ snapshot }) => snapshot.copies.pop()],
  [
    'a copy appears',
    ['copies in every place = copies owned'],
    ({ snapshot }) =>
      snapshot.copies.push({ barcode: 'C9', bookId: 'b1', state: 'available', loanId: null, holdId: null }),
  ],
  [
    'copies are taken twice for a loan',
    [
      'copies in every place = copies owned',
      'stock taken = copies of loans',
      'each return raised stock once',
    ],
    (situation) => {
      stock(situation, 'l2').taken = 2
    },
  ],
  [
    'a loan runs and nothing was taken for it',
    ['stock taken = copies of loans'],
    ({ snapshot }) => {
      snapshot.loanStock = snapshot.loanStock.filter(({ loanId }) => loanId !== 'l2')
    },
  ],
  [
    'a cancelled loan keeps its copies',
    ['stock taken = copies of loans'],
    (situation) => Object.assign(stock(situation, 'l4'), { state: 'taken', back: 0 }),
  ],
  [
    'copies are taken for a loan that lending has lost',
    ['stock taken = copies of loans', 'acknowledged loans stand'],
    ({ snapshot }) => {
      snapshot.loans = snapshot.loans.filter(({ id }) => id !== 'l2')
    },
  ],
  [
    'a return raises stock twice',
    [
      'each return raised stock once',
      'stock taken = copies of loans',
      'copies in every place = copies owned',
    ],
    (situation) => {
      situation.snapshot.moves.push({ loanId: 'l1', kind: 'return', no: 2, copies: 1 })
      stock(situation, 'l1').back = 2
    },
  ],
  [
    'a return never raises stock',
    ['each return raised stock once'],
    ({ snapshot }) => {
      snapshot.moves = snapshot.moves.filter(({ kind }) => kind !== 'return')
    },
  ],
  [
    'a copy is out by two loans',
    ['no copy lent to two readers'],
    ({ snapshot }) => snapshot.loanCopies.push({ loanId: 'l1', barcode: 'C3', backNo: null }),
  ],
  [
    'the catalogue believes a copy to be with somebody else',
    ['no copy lent to two readers', 'copies in every place = copies owned'],
    (situation) => {
      copy(situation, 'C3').loanId = 'l1'
    },
  ],
  [
    'a copy stands free while somebody waits',
    ['the queue is served'],
    (situation) => Object.assign(copy(situation, 'D1'), { bookId: 'b1' }),
  ],
  [
    'nothing stands on the shelf for a hold',
    ['the queue is served'],
    (situation) => Object.assign(copy(situation, 'C1'), { state: 'available', holdId: null }),
  ],
  [
    'somebody waits twice',
    ['the queue is served'],
    ({ snapshot }) => snapshot.holds.push({ id: 'h3', bookId: 'b1', patronId: 'r3', state: 'waiting' }),
  ],
  [
    'lending does not hear that somebody waits',
    ['the queue is served'],
    ({ snapshot }) => snapshot.heardHolds.pop(),
  ],
  [
    'a loan stays pending',
    ['every loan granted or compensated', 'dashboard = loans'],
    (situation) => {
      loan(situation, 'l2').state = 'pending'
    },
  ],
  [
    'a loan is granted and refused',
    ['every loan granted or compensated'],
    (situation) =>
      log(situation, 'book').push({
        id: 's-l2-2',
        type: 'library.stock.out',
        source: 'library/book',
        subject: 'l2',
        version: 2,
      }),
  ],
  [
    'a cancelled loan comes alive again',
    ['every loan granted or compensated'],
    ({ snapshot }) => {
      row(snapshot.told, ({ loanId, version }) => loanId === 'l3' && version === 1).state = 'active'
    },
  ],
  [
    'more comes back than was borrowed',
    ['returns add up'],
    (situation) => Object.assign(loan(situation, 'l1'), { returned: 3 }),
  ],
  [
    'a return is lost',
    [
      'returns add up',
      'acknowledged returns stand',
      'each return raised stock once',
      'each late fee once, by the bands',
    ],
    ({ snapshot }) => snapshot.returns.pop(),
  ],
  [
    'a late fee is charged twice',
    ['each late fee once, by the bands'],
    ({ snapshot }) =>
      snapshot.fees.push({
        id: 'f9',
        patronId: 'r1',
        kind: 'late_fee',
        amount: 500,
        loanId: 'l1',
        returnNo: 1,
      }),
  ],
  [
    'a late fee is never charged',
    ['each late fee once, by the bands'],
    ({ snapshot }) => {
      snapshot.fees = snapshot.fees.filter(({ kind }) => kind !== 'late_fee')
    },
  ],
  [
    'a late fee is of the wrong band',
    ['each late fee once, by the bands'],
    ({ snapshot }) => {
      row(snapshot.returns, () => true).lateDays = 8
    },
  ],
  [
    'a return in time is charged',
    ['each late fee once, by the bands'],
    ({ snapshot }) => {
      row(snapshot.returns, () => true).lateDays = 0
    },
  ],
  [
    'a loan tells another fee than was charged',
    ['each late fee once, by the bands', 'dashboard = loans'],
    (situation) => {
      loan(situation, 'l1').lateFees = 1_000
    },
  ],
  [
    'lost copies are charged twice',
    ['each late fee once, by the bands'],
    ({ snapshot }) =>
      snapshot.fees.push({
        id: 'f9',
        patronId: 'r1',
        kind: 'replacement',
        amount: 20_000,
        loanId: 'l5',
        returnNo: null,
      }),
  ],
  [
    'more is paid than is owed',
    ['each late fee once, by the bands'],
    ({ snapshot }) =>
      snapshot.fees.push({
        id: 'f9',
        patronId: 'r1',
        kind: 'payment',
        amount: 30_000,
        loanId: null,
        returnNo: null,
      }),
  ],
  [
    'a reader has more than they may, for a moment',
    ['limits of readers kept at every step'],
    ({ snapshot }) => {
      row(snapshot.limits, () => true).limit = 2
    },
  ],
  ['the dashboard misses a loan', ['dashboard = loans'], ({ snapshot }) => snapshot.shown.pop()],
  [
    'the dashboard counts a copy too many',
    ['dashboard = loans'],
    ({ snapshot }) => {
      row(snapshot.shown, ({ loanId }) => loanId === 'l2').out = 2
    },
  ],
  [
    'the dashboard did not hear a step',
    ['dashboard = loans'],
    ({ snapshot }) => snapshot.shownEvents.shift(),
  ],
  [
    'a reader is told another sum',
    ['dashboard = loans'],
    ({ dashboards }) => {
      row(dashboards, () => true).lateFees = 1_000
    },
  ],
  [
    'an event stays in an outbox',
    ['outboxes empty, nothing parked'],
    ({ snapshot }) => snapshot.undelivered.push({ place: 'book', subscriber: null, eventId: 'e1' }),
  ],
  [
    'an event is set aside',
    ['outboxes empty, nothing parked'],
    ({ snapshot }) =>
      snapshot.parked.push({
        place: 'book',
        subscriber: 'book.stock',
        eventId: 'e1',
        state: 'dead',
        reason: 'Error',
      }),
  ],
  [
    'an event does not reach another database',
    ['outboxes empty, nothing parked'],
    (situation) => log(situation, 'dashboard').pop(),
  ],
  [
    'a loan did not tell a step',
    ['every loan told all its events', 'dashboard = loans'],
    ({ snapshot }) => snapshot.told.pop(),
  ],
  [
    'a subscriber missed an event',
    ['every subscriber took every event once'],
    ({ snapshot }) => snapshot.inbox.pop(),
  ],
  [
    'a subscriber took an event twice',
    ['every subscriber took every event once'],
    ({ snapshot }) => snapshot.inbox.push({ ...row(snapshot.inbox, () => true) }),
  ],
  [
    'an event is in a log twice',
    ['every subscriber took every event once'],
    (situation) =>
      log(situation, 'dashboard').push({ ...row(log(situation, 'dashboard'), () => true), id: 'again' }),
  ],
  [
    'an active loan is cancelled',
    ['acknowledged loans stand', 'stock taken = copies of loans'],
    (situation) => {
      loan(situation, 'l2').state = 'cancelled'
    },
  ],
  [
    'a renewal is lost',
    ['acknowledged loans stand'],
    (situation) => {
      loan(situation, 'l2').renewals = 0
    },
  ],
  [
    'a loan has become another one',
    ['acknowledged loans stand'],
    (situation) => {
      loan(situation, 'l2').bookId = 'b2'
    },
  ],
  [
    'a return was charged otherwise than answered',
    ['acknowledged returns stand', 'each late fee once, by the bands'],
    ({ snapshot }) =>
      Object.assign(
        row(snapshot.returns, () => true),
        { fee: 1_000, lateDays: 9 },
      ),
  ],
  [
    'a hold is lost',
    ['acknowledged holds stand', 'the queue is served'],
    ({ snapshot }) => snapshot.holds.shift(),
  ],
  [
    'a hold on the shelf waits again',
    ['acknowledged holds stand', 'the queue is served'],
    ({ snapshot }) => {
      row(snapshot.holds, ({ id }) => id === 'h1').state = 'waiting'
    },
  ],
  [
    'the machine took a copy back and lending has forgotten it',
    ['copies the machine scanned are lent or back'],
    ({ snapshot }) => {
      row(snapshot.loanCopies, ({ barcode }) => barcode === 'C1').backNo = null
    },
  ],
  [
    'the machine lent one copy and lending has another',
    ['copies the machine scanned are lent or back'],
    ({ snapshot }) => {
      row(snapshot.loanCopies, ({ barcode }) => barcode === 'C3').barcode = 'C8'
    },
  ],
  ['a payment is lost', ['acknowledged payments stand'], ({ snapshot }) => snapshot.fees.pop()],
  ['an account is lost', ['acknowledged accounts stand'], ({ snapshot }) => snapshot.accounts.pop()],
  [
    'one key makes two loans',
    ['one key, one effect, also when repeated'],
    ({ acknowledged }) => acknowledged.keys.get('k2')?.add('l9'),
  ],
  [
    'an answer is not kept for its key',
    ['one key, one effect, also when repeated', 'no loan nobody was told of'],
    ({ snapshot }) => {
      snapshot.keys = snapshot.keys.filter(({ key }) => key !== 'k3')
    },
  ],
  [
    'two keys made one return',
    ['one key, one effect, also when repeated'],
    ({ snapshot }) => snapshot.keys.push({ scope: 'library-returns', key: 'k9', about: 'l1/1' }),
  ],
  [
    'a repeated request does something else',
    ['one key, one effect, also when repeated'],
    ({ repeats }) => {
      row(repeats, () => true).after = 'l9'
    },
  ],
  [
    'a request whose answer was lost makes a second loan',
    ['no loan nobody was told of'],
    ({ acknowledged }) => acknowledged.loans.delete('l3'),
  ],
]

const broken = (situation: Situation) =>
  [...verifyLibrary(situation)].filter(([, violations]) => violations.length > 0).map(([name]) => name)

describe('the rules of the library', () => {
  it('find nothing where all is well', () => {
    expect(broken(soundLibrary())).toEqual([])
    expect(underWay(soundLibrary().snapshot)).toEqual({})
  })

  it.each(HARMS)('see that %s', (_, seenBy, harm) => {
    const situation = soundLibrary()
    harm(situation)
    expect(broken(situation)).toEqual(expect.arrayContaining([...seenBy]))
  })

  it('each see a harm', () => {
    const seen = new Set(HARMS.flatMap(([, seenBy]) => seenBy))
    expect(Object.keys(RULES).filter((name) => !seen.has(name))).toEqual([])
  })
})

describe('what is still under way', () => {
  it.each<[string, Harm]>([
    ['loans pending', (situation) => Object.assign(loan(situation, 'l2'), { state: 'pending' })],
    ['loans cancelling', (situation) => Object.assign(loan(situation, 'l4'), { state: 'cancelling' })],
    [
      'events to deliver',
      ({ snapshot }) => snapshot.undelivered.push({ place: 'book', subscriber: null, eventId: 'e1' }),
    ],
    ['events on their way between databases', (situation) => log(situation, 'book').shift()],
    [
      'events to try again',
      ({ snapshot }) =>
        snapshot.parked.push({ place: 'b', subscriber: 's', eventId: 'e', state: 'retrying', reason: '' }),
    ],
  ])('is told: %s', (what, harm) => {
    const situation = soundLibrary()
    harm(situation)
    expect(Object.keys(underWay(situation.snapshot))).toContain(what)
  })
})
