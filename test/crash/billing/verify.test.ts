import { describe, expect, it } from 'vitest'
import { BILLING_RULES, verifyBilling } from './rules.ts'
import type { BillingSituation } from './snapshot.ts'
import { AMOUNT, CHARGED_ANEW, CYCLES, IN_DOUBT, REFUSED, soundBilling } from './sound-billing.ts'
import { leastKills, leastPaid, type Storm } from './storm.ts'

type Harm = (billing: BillingSituation) => void

const taken = (partnerOrderId: string, amount = AMOUNT) => ({
  seq: 9_999,
  provider: 'kakaopay',
  tid: 't9',
  partnerOrderId,
  amount,
  aid: 'a9',
})
const event = { id: 'e9', type: 'shop.subscription.cycle-paid', subject: 's9', version: 9, delivered: true }
/** A cycle like most others: paid at the first try. */
const PLAIN = 10

/** What could go wrong, and the rules that must see it. */
const HARMS: readonly [string, readonly string[], Harm][] = [
  [
    'two attempts of a cycle are charged, one of them unknown to us',
    ['no cycle charged twice', 'payments = charges of the bank', 'no order charged twice', 'ledger = bank'],
    ({ snapshot }) => snapshot.charges.push(taken(`p${CHARGED_ANEW}-1`)),
  ],
  [
    'somebody is charged for no cycle',
    ['no cycle charged twice', 'payments = charges of the bank'],
    ({ snapshot }) => snapshot.charges.push(taken('p-nobody')),
  ],
  ['a due cycle is forgotten', ['no due cycle missed'], ({ cycles }) => cycles.splice(PLAIN, 1)],
  [
    'a cycle is billed that is not due',
    ['no due cycle missed'],
    ({ cycles }) => cycles.push({ ...row(cycles, PLAIN), no: 3 }),
  ],
  [
    'a cycle stays where its worker died',
    ['no due cycle missed'],
    ({ cycles }) => replace(cycles, PLAIN, { state: 'charging' }),
  ],
  [
    'a cycle is skipped, for whatever reason',
    ['no due cycle missed'],
    ({ cycles }) => replace(cycles, PLAIN, { state: 'skipped', reason: 'out_of_stock' }),
  ],
  [
    'a cycle is given up on its first day',
    ['no due cycle missed'],
    ({ cycles }) => replace(cycles, PLAIN, { state: 'failed', reason: 'tries_used_up' }),
  ],
  [
    'a cycle counts as refused that the bank refused once',
    ['no due cycle missed'],
    ({ refusals }) => refusals.pop(),
  ],
  [
    'nobody comes back to a refused cycle',
    ['no due cycle missed'],
    ({ cycles }) => replace(cycles, REFUSED, { waitUntil: Temporal.Instant.from('2020-01-01T00:00:00Z') }),
  ],
  [
    '60 % of the cycles are skipped, each with a reason',
    ['no due cycle missed', 'paid as far as faults allow'],
    ({ cycles }) => {
      for (let n = 0.4 * CYCLES; n < CYCLES; n += 1)
        replace(cycles, n, { state: 'skipped', reason: 'missed', orderId: null, attemptId: null })
    },
  ],
  [
    '60 % of the cycles are before operators',
    ['paid as far as faults allow'],
    ({ cycles }) => {
      for (let n = 0.4 * CYCLES; n < CYCLES; n += 1)
        replace(cycles, n, { state: 'frozen', reason: 'unknown_outcome' })
    },
  ],
  ['nobody is killed', ['killed as planned'], storm({ kills: { worker: 0, server: 0 } })],
  ['hardly anybody is killed', ['killed as planned'], storm({ kills: { worker: 3, server: 0 } })],
  ['only servers are killed', ['killed as planned'], storm({ kills: { worker: 0, server: 20 } })],
  ['most of the work is done after the storm', ['killed as planned'], storm({ notBegun: 600 })],
  ...soundBilling().storm.faults.map(({ id }): [string, readonly string[], Harm] => [
    `the fault ${id} never strikes`,
    ['every fault struck'],
    (billing) => {
      const struck = new Map([...billing.storm.struck, [id, 0]] as const)
      billing.storm = { ...billing.storm, struck, cycles: 10 * CYCLES }
    },
  ]),
  [
    'not one answer is lost',
    ['every fault struck'],
    storm({
      cycles: 300,
      struck: new Map([
        ['latency', 300],
        ['subscription-decline', 9],
      ]),
    }),
  ],
  [
    'no refusal is in the journal of the bank',
    ['every fault struck', 'no due cycle missed'],
    ({ refusals }) => refusals.splice(0),
  ],
  [
    'the journal has refusals that no fault made',
    ['every fault struck'],
    ({ refusals }) => {
      for (let n = 0; n < 10; n += 1) refusals.push(taken(`p${n}-9`))
    },
  ],
  [
    'an unknown charge is in no queue',
    ['unknown: resolved or with operators'],
    ({ queue }) => queue.splice(0),
  ],
  [
    'an unknown charge is never looked at again',
    ['unknown: resolved or with operators'],
    ({ attempts }) => replaceAttempt(attempts, `p${IN_DOUBT}-1`, { needsReview: false }),
  ],
  [
    'an unknown charge is forgotten',
    ['unknown: resolved or with operators'],
    ({ everUnknown }) => everUnknown.push('p-forgotten'),
  ],
  [
    'operators are shown what is settled',
    ['unknown: resolved or with operators'],
    ({ queue }) => queue.push(`p${PLAIN}-1`),
  ],
  [
    'no lost answer leaves anything unknown',
    ['unknown: resolved or with operators'],
    ({ everUnknown }) => everUnknown.splice(0),
  ],
  [
    'a charge in doubt is sent again',
    ['in doubt: held, not charged again'],
    ({ attempts }) => attempts.push(another(attempts, `p${IN_DOUBT}-1`, `p${IN_DOUBT}-2`, 'created')),
  ],
  [
    'a cycle in doubt is charged by another attempt',
    ['in doubt: held, not charged again', 'payments = charges of the bank', 'ledger = bank'],
    ({ attempts, snapshot }) => {
      attempts.push(another(attempts, `p${IN_DOUBT}-1`, `p${IN_DOUBT}-0`, 'declined'))
      snapshot.charges.push(taken(`p${IN_DOUBT}-0`))
    },
  ],
  [
    'the order of a charge in doubt is cancelled',
    ['in doubt: held, not charged again'],
    ({ snapshot }) => replace(snapshot.orders, IN_DOUBT, { state: 'cancelled' }),
  ],
  [
    'the stock of a charge in doubt is given away',
    ['in doubt: held, not charged again'],
    ({ cycleOrders }) => replace(cycleOrders, IN_DOUBT, { stockHeld: false }),
  ],
  [
    'the cycle of a charge in doubt moves on',
    ['in doubt: held, not charged again', 'no due cycle missed'],
    ({ cycles }) => replace(cycles, IN_DOUBT, { state: 'ordering', reason: null }),
  ],
  [
    'charges without a sign are decided by nobody',
    ['in doubt: held, not charged again'],
    ({ attempts, queue }) => {
      replaceAttempt(attempts, `p${IN_DOUBT}-1`, { state: 'declined', needsReview: false })
      queue.splice(0)
    },
  ],
  [
    'a cycle counts as paid while its order waits',
    ['cycle = order = payment = charge'],
    ({ cycles }) => replace(cycles, IN_DOUBT, { state: 'paid', reason: null }),
  ],
  [
    'a paid cycle costs another amount than agreed',
    ['cycle = order = payment = charge', 'payments = charges of the bank', 'orders = money at the bank'],
    ({ snapshot }) => replace(snapshot.charges, PLAIN - 2, { amount: AMOUNT - 1 }),
  ],
  [
    'a paid cycle names another attempt',
    ['cycle = order = payment = charge'],
    ({ cycles }) => replace(cycles, CHARGED_ANEW, { attemptId: `p${CHARGED_ANEW}-1` }),
  ],
  [
    'a cycle is ordered twice',
    ['one order for one cycle'],
    ({ cycleOrders }) => cycleOrders.push({ ...row(cycleOrders, PLAIN), id: 'o-second' }),
  ],
  [
    'a cycle names the order of another one',
    ['one order for one cycle'],
    ({ cycles }) => replace(cycles, PLAIN, { orderId: `o${PLAIN + 1}` }),
  ],
  [
    'a paid cycle is told to nobody',
    ['every paid cycle told once'],
    ({ snapshot }) => {
      snapshot.events = snapshot.events.filter(({ id }) => id !== `s${PLAIN}-3`)
    },
  ],
  [
    'a paid cycle is told twice',
    ['every paid cycle told once'],
    ({ snapshot }) => snapshot.events.push({ ...event, subject: `s${PLAIN}` }),
  ],
  [
    'an unpaid cycle is told as paid',
    ['every paid cycle told once'],
    ({ snapshot }) => snapshot.events.push({ ...event, subject: `s${IN_DOUBT}` }),
  ],
  [
    'the bank gives a charge back',
    ['refunds = refunds of the bank', 'orders = money at the bank', 'ledger = bank'],
    ({ snapshot }) => snapshot.bankRefunds.push(taken(`p${PLAIN}-1`)),
  ],
  ['a charge is not booked', ['ledger = bank'], ({ snapshot }) => snapshot.ledger.splice(0, 3)],
  [
    'a piece is missing on the shelf',
    ['stock = initial − sold'],
    ({ snapshot }) => replace(snapshot.stock, 0, { onHand: 9_000 }),
  ],
  [
    'a sale is not counted',
    ['sales counts exact'],
    ({ snapshot }) => replace(snapshot.stock, 0, { sales: 7 }),
  ],
  [
    'a piece is put aside for nobody',
    ['held = what orders put aside'],
    ({ snapshot }) => replace(snapshot.stock, 0, { held: 2 }),
  ],
  [
    'an event is not delivered',
    ['every event delivered, none parked'],
    ({ snapshot }) => replace(snapshot.events, 0, { delivered: false }),
  ],
  [
    'an order does not tell that it was paid',
    ['every order told all its events'],
    ({ snapshot }) => {
      snapshot.events = snapshot.events.filter(({ id }) => id !== `o${PLAIN}-2`)
    },
  ],
  [
    'a subscriber misses an event',
    ['every subscriber saw every event'],
    ({ snapshot }) => snapshot.inbox.shift(),
  ],
]

function row<T>(rows: readonly T[], at: number): T {
  const found = rows[at]
  if (found === undefined) throw new Error(`there is no row ${at}`)
  return found
}

function replace<T extends object>(rows: T[], at: number, change: Partial<T>): void {
  rows[at] = { ...row(rows, at), ...change }
}

type Attempts = BillingSituation['attempts']

function replaceAttempt(attempts: Attempts, id: string, change: Partial<Attempts[number]>): void {
  replace(
    attempts,
    attempts.findIndex((attempt) => attempt.id === id),
    change,
  )
}

function another(attempts: Attempts, id: string, newId: string, state: string): Attempts[number] {
  const like = attempts.find((attempt) => attempt.id === id)
  if (like === undefined) throw new Error(`there is no attempt ${id}`)
  return { ...like, id: newId, state, needsReview: false }
}

function storm(change: Partial<Storm>): Harm {
  return (billing) => {
    billing.storm = { ...billing.storm, ...change }
  }
}

const brokenRules = (billing: BillingSituation) =>
  [...verifyBilling(billing)].flatMap(([name, broken]) => (broken.length > 0 ? [name] : []))

describe('verifyBilling', () => {
  it('finds nothing when everything fits together', () => {
    expect(brokenRules(soundBilling())).toEqual([])
  })

  it.each(HARMS)('sees that %s', (_what, rules, harm) => {
    const billing = soundBilling()
    harm(billing)
    expect(brokenRules(billing)).toEqual(expect.arrayContaining([...rules]))
  })

  it('has a harm for every rule', () => {
    const tested = new Set(HARMS.flatMap(([, rules]) => rules))
    expect(Object.keys(BILLING_RULES).filter((rule) => !tested.has(rule))).toEqual([])
  })
})

describe('what a run must have had', () => {
  const { storm: calm } = soundBilling()

  it.each([
    ['not_charged', 200, 192],
    ['not_charged', 100_000, 99_682],
    ['review', 100_000, 97_420],
  ] as const)('with %s, of %i cycles at least %i are paid', (unchanged, cycles, least) => {
    const seconds = cycles / 400
    expect(leastPaid({ ...calm, unchanged, cycles, seconds })).toBe(least)
  })

  it('asks for no kill in a run that ends before the first one, and for half of what was planned in a longer one', () => {
    expect(leastKills({ ...calm, killEvery: 60, seconds: 30 })).toBe(0)
    expect(leastKills({ ...calm, killEvery: 3, seconds: 7 })).toBe(1)
    expect(leastKills({ ...calm, killEvery: 3, seconds: 61 })).toBe(5)
  })

  it('does not ask for faults that a small run may be spared', () => {
    const billing = soundBilling()
    billing.storm = { ...billing.storm, cycles: 80, struck: new Map([['latency', 80]]) }
    expect(brokenRules(billing)).not.toContain('every fault struck')
  })
})
