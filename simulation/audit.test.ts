import { describe, expect, it } from 'vitest'
import { type Audit, audit, type Books } from './audit.ts'
import { type Diary, dateOfDay, dayOf, dayOfDate, expectedCycles, type Wish } from './expected.ts'

const at = (date: string, time = '10:00') => Date.parse(`${date}T${time}:00+09:00`)
const PRICE = 10_000

const diary = (customerId: string, wishes: Wish[] = []): Diary => ({
  customerId,
  quantity: 2,
  period: 30,
  wishes,
  paidByHand: [],
})

/**
 * Two months of four customers who began on 1 January: `plain` is charged on 31 January and 2 March; `refused` was
 * refused twice on the first day and paid on the next; `honest` then paid by hand; `away` skipped the first delivery and
 * had three pieces the next time.
 */
function soundBooks(): Books & {
  diaries: Diary[]
  bank: Books['bank'][number][]
  cycles: Books['cycles'][number][]
} {
  const charge = (customerId: string, date: string, amount: number, time = '02:00') =>
    ({ customerId, at: at(date, time), amount, kind: 'charge' }) as const
  const refusal = (customerId: string, date: string) =>
    ({ customerId, at: at(date, '02:00'), amount: 2 * PRICE, kind: 'refusal' }) as const
  const cycle = (customerId: string, no: number, due: string, paidOn: string, amount = 2 * PRICE) => ({
    customerId,
    no,
    due: dayOfDate(due),
    state: 'paid',
    reason: null,
    amount,
    paidOn: dayOfDate(paidOn),
  })
  const began = (customerId: string) => ({
    entry: charge(customerId, '2027-01-01', 2 * PRICE, '10:00'),
    cycle: cycle(customerId, 1, '2027-01-01', '2027-01-01'),
  })
  const first = ['plain', 'refused', 'honest', 'away'].map(began)
  return {
    lastDay: dayOfDate('2027-03-05'),
    lastRetryDay: dayOfDate('2027-03-07'),
    diaries: [
      diary('plain'),
      diary('refused'),
      { ...diary('honest'), paidByHand: [at('2027-01-31')] },
      diary('away', [
        { kind: 'skip', at: at('2027-01-10') },
        { kind: 'quantity', quantity: 3, at: at('2027-02-10') },
      ]),
    ],
    bank: [
      ...first.map(({ entry }) => entry),
      charge('plain', '2027-01-31', 2 * PRICE),
      charge('plain', '2027-03-02', 2 * PRICE),
      refusal('refused', '2027-01-31'),
      refusal('refused', '2027-01-31'),
      charge('refused', '2027-02-01', 2 * PRICE),
      charge('refused', '2027-03-02', 2 * PRICE),
      refusal('honest', '2027-01-31'),
      refusal('honest', '2027-01-31'),
      charge('honest', '2027-01-31', 2 * PRICE, '10:00'),
      charge('honest', '2027-03-02', 2 * PRICE),
      charge('away', '2027-03-02', 3 * PRICE),
    ],
    cycles: [
      ...first.map(({ cycle }) => cycle),
      cycle('plain', 2, '2027-01-31', '2027-01-31'),
      cycle('plain', 3, '2027-03-02', '2027-03-02'),
      cycle('refused', 2, '2027-01-31', '2027-02-01'),
      cycle('refused', 3, '2027-03-02', '2027-03-02'),
      cycle('honest', 2, '2027-01-31', '2027-01-31'),
      cycle('honest', 3, '2027-03-02', '2027-03-02'),
      {
        ...cycle('away', 2, '2027-01-31', '2027-01-31'),
        state: 'skipped',
        reason: 'customer',
        paidOn: null,
        amount: null,
      },
      cycle('away', 3, '2027-03-02', '2027-03-02', 3 * PRICE),
    ],
  }
}

type SoundBooks = ReturnType<typeof soundBooks>
type Harm = (books: SoundBooks) => void

/** Changes the entries of the bank, or the cycles of the shop, about one customer on one day. */
const atBank =
  (customerId: string, date: string, change: Partial<SoundBooks['bank'][number]> | 'gone' | 'twice'): Harm =>
  (books) => {
    books.bank = books.bank.flatMap((entry) => {
      if (entry.customerId !== customerId || dateOfDay(dayOf(entry.at)) !== date) return [entry]
      if (change === 'gone') return []
      return change === 'twice' ? [entry, entry] : [{ ...entry, ...change }]
    })
  }
const inShop =
  (customerId: string, no: number, change: Partial<SoundBooks['cycles'][number]> | 'gone'): Harm =>
  (books) => {
    books.cycles = books.cycles.flatMap((cycle) => {
      if (cycle.customerId !== customerId || cycle.no !== no) return [cycle]
      return change === 'gone' ? [] : [{ ...cycle, ...change }]
    })
  }
const both =
  (...harms: Harm[]): Harm =>
  (books) => {
    for (const harm of harms) harm(books)
  }

/** What could go wrong, and what the audit must say. */
const HARMS: readonly [string, string, Harm][] = [
  [
    'shop and bank agree on a day too late',
    'plain: cycle 3, due on 2027-03-02: charged on 2027-03-04',
    both(
      atBank('plain', '2027-03-02', { at: at('2027-03-04') }),
      inShop('plain', 3, { paidOn: dayOfDate('2027-03-04') }),
    ),
  ],
  [
    'shop and bank agree on a due date that drifted with a late charge',
    'refused: cycle 3, due on 2027-03-02: with us due on 2027-03-03',
    both(
      atBank('refused', '2027-03-02', { at: at('2027-03-03') }),
      inShop('refused', 3, { due: dayOfDate('2027-03-03'), paidOn: dayOfDate('2027-03-03') }),
    ),
  ],
  [
    'shop and bank agree on another amount than was agreed',
    'away: cycle 3, due on 2027-03-02: 20000 won taken, 30000 were agreed',
    both(atBank('away', '2027-03-02', { amount: 2 * PRICE }), inShop('away', 3, { amount: 2 * PRICE })),
  ],
  [
    'neither charges a delivery that is due',
    'plain: cycle 3, due on 2027-03-02: never charged',
    both(atBank('plain', '2027-03-02', 'gone'), inShop('plain', 3, 'gone')),
  ],
  [
    'a delivery nobody skipped is skipped',
    'plain: cycle 3, due on 2027-03-02: never charged',
    both(
      atBank('plain', '2027-03-02', 'gone'),
      inShop('plain', 3, { state: 'skipped', reason: 'customer', paidOn: null }),
    ),
  ],
  [
    'a skipped delivery is charged',
    'away: charge of 20000 won on 2027-01-31, but nothing was due',
    (books) =>
      books.bank.push({ customerId: 'away', at: at('2027-01-31'), amount: 2 * PRICE, kind: 'charge' }),
  ],
  [
    'the shop takes a skipped delivery for a paused one',
    'away: cycle 2, due on 2027-01-31: skipped was agreed, with us skipped paused',
    inShop('away', 2, { reason: 'paused' }),
  ],
  [
    'a delivery is charged twice',
    'plain: cycle 3, due on 2027-03-02: charged 2 times',
    atBank('plain', '2027-03-02', 'twice'),
  ],
  [
    'a delivery is paid with us and not at the bank',
    'plain: cycle 3, due on 2027-03-02: paid with us, not at the bank',
    atBank('plain', '2027-03-02', 'gone'),
  ],
  [
    'a charge of the bank is not recorded',
    'plain: cycle 3, due on 2027-03-02: charged, and with us frozen',
    inShop('plain', 3, { state: 'frozen', reason: 'unknown_outcome', paidOn: null }),
  ],
  [
    'the shop dates a payment another day',
    'plain: cycle 3, due on 2027-03-02: paid with us on 2027-03-03',
    inShop('plain', 3, { paidOn: dayOfDate('2027-03-03') }),
  ],
  [
    'a refused charge is tried again too soon',
    'refused: cycle 2, due on 2027-01-31: charged on 2027-01-31, not on 2027-02-01',
    both(
      atBank('refused', '2027-02-01', { at: at('2027-01-31', '12:00') }),
      inShop('refused', 2, { paidOn: dayOfDate('2027-01-31') }),
    ),
  ],
  [
    'the bank is asked a third time on the first day',
    'refused: cycle 2, due on 2027-01-31: refusal 3 on 2027-01-31, not its day',
    (books) =>
      books.bank.push({
        customerId: 'refused',
        at: at('2027-01-31', '05:00'),
        amount: 2 * PRICE,
        kind: 'refusal',
      }),
  ],
  [
    'the bank is asked for another amount, and refuses',
    'refused: cycle 2, due on 2027-01-31: the bank was asked for 1 won',
    atBank('refused', '2027-01-31', { amount: 1 }),
  ],
  [
    'what a customer paid by hand is asked for again',
    'honest: cycle 2, due on 2027-01-31: asked for again after it was paid',
    (books) =>
      books.bank.push({ customerId: 'honest', at: at('2027-02-01'), amount: 2 * PRICE, kind: 'refusal' }),
  ],
  [
    'somebody is charged who has left',
    'plain: charge of 20000 won on 2027-03-02, but nothing was due',
    ({ diaries }) => diaries[0]?.wishes.push({ kind: 'cancel', at: at('2027-02-20') }),
  ],
  [
    'a refused charge of somebody who has left is tried again',
    'refused: cycle 2, due on 2027-01-31: charged after the customer had left',
    ({ diaries }) => diaries[1]?.wishes.push({ kind: 'cancel', at: at('2027-01-31') }),
  ],
  [
    'a subscription goes on after the last refusal',
    'refused: charge of 20000 won on 2027-03-02, after the bank had refused too often',
    (books) => {
      atBank('refused', '2027-02-01', 'gone')(books)
      for (const day of ['2027-02-01', '2027-02-02', '2027-02-03'])
        books.bank.push({ customerId: 'refused', at: at(day), amount: 2 * PRICE, kind: 'refusal' })
    },
  ],
  [
    'a stranger is charged',
    'stranger: charged or billed, and never agreed to anything',
    (books) => books.bank.push({ customerId: 'stranger', at: at('2027-01-31'), amount: 1, kind: 'charge' }),
  ],
  [
    'a purchase begins no subscription',
    'plain: paid a purchase, and has no subscription',
    inShop('plain', 1, 'gone'),
  ],
  [
    'the bank knows nothing of a purchase',
    'away: subscribed, and the bank never charged the purchase',
    (books) => {
      books.bank = books.bank.filter(({ customerId }) => customerId !== 'away')
    },
  ],
  [
    'nobody subscribed',
    'nothing is proven: nobody subscribed',
    (books) => {
      books.diaries = []
      books.bank = []
      books.cycles = []
    },
  ],
  [
    'no cycle came due',
    'nothing is proven: no recurring charge was paid',
    (books) => {
      books.lastDay = dayOfDate('2027-01-20')
      books.bank = books.bank.slice(0, 4)
      books.cycles = books.cycles.slice(0, 4)
    },
  ],
  [
    'no recurring charge was paid',
    'nothing is proven: no recurring charge was paid',
    (books) => {
      books.bank = books.bank.slice(0, 4)
      books.cycles = books.cycles.map((cycle) =>
        cycle.no === 1 ? cycle : { ...cycle, state: 'skipped', reason: 'out_of_stock', paidOn: null },
      )
    },
  ],
]

describe('the audit of a simulation', () => {
  it('finds nothing when diaries, bank and shop agree, and counts what was expected', () => {
    const sound: Audit = { expected: { charges: 11, charged: 23 * PRICE }, differences: [] }
    expect(audit(soundBooks())).toEqual(sound)
  })

  it.each(HARMS)('sees that %s', (_what, told, harm) => {
    const books = soundBooks()
    harm(books)
    expect(audit(books).differences).toContainEqual(expect.stringContaining(told))
  })

  it('forgives what is still to come, and what the bank refused to the end', () => {
    const books = soundBooks()
    atBank('plain', '2027-03-02', { kind: 'refusal', at: at('2027-03-02') })(books)
    inShop('plain', 3, { state: 'declined', paidOn: null })(books)
    expect(audit({ ...books, lastRetryDay: dayOfDate('2027-03-01') }).differences).toEqual([])
    for (const day of ['2027-03-02', '2027-03-03', '2027-03-04', '2027-03-05'])
      books.bank.push({ customerId: 'plain', at: at(day), amount: 2 * PRICE, kind: 'refusal' })
    inShop('plain', 3, { state: 'failed', reason: 'tries_used_up' })(books)
    expect(audit(books).differences).toEqual([])
  })
})

describe('a refusal whose answer was lost', () => {
  it('does not count as a try', () => {
    const books = soundBooks()
    books.bank.push({
      customerId: 'plain',
      at: at('2027-01-31', '01:00'),
      amount: 2 * PRICE,
      kind: 'unheard',
    })
    expect(audit(books).differences).toEqual([])
  })
})

describe('what a customer expects', () => {
  const anchor = dayOfDate('2027-01-31')
  const planned = (...wishes: Wish[]) =>
    expectedCycles(diary('c', wishes), anchor, dayOfDate('2027-07-01')).map(
      ({ due, plan, quantity }) => `${dateOfDay(due)} ${plan} ${quantity}`,
    )

  it('is a delivery every 30 days from the purchase', () => {
    expect(planned()).toEqual([
      '2027-03-02 charge 2',
      '2027-04-01 charge 2',
      '2027-05-01 charge 2',
      '2027-05-31 charge 2',
      '2027-06-30 charge 2',
    ])
  })

  it.each([
    ['before the cut-off', '17:59', '2027-03-02 charge 3'],
    ['at the cut-off', '18:00', '2027-03-02 charge 2'],
  ])('is changed by a wish %s of the next delivery', (_when, time, first) => {
    const wish: Wish = { kind: 'quantity', quantity: 3, at: at('2027-03-01', time) }
    expect(planned(wish).slice(0, 2)).toEqual([first, '2027-04-01 charge 3'])
  })

  it('counts a new period from the purchase, too, and passes over a day too near', () => {
    const sixty: Wish = { kind: 'period', days: 60, at: at('2027-02-10') }
    expect(planned(sixty)).toEqual(['2027-04-01 charge 2', '2027-05-31 charge 2'])
    const near: Wish = { kind: 'period', days: 32, at: at('2027-03-02') }
    expect(planned(near).slice(0, 2)).toEqual(['2027-03-02 charge 2', '2027-04-05 charge 2'])
  })

  it('leaves out what is skipped or paused, and nothing after leaving', () => {
    const skip: Wish = { kind: 'skip', at: at('2027-02-10') }
    expect(planned(skip, skip).slice(0, 2)).toEqual(['2027-03-02 skipped 2', '2027-04-01 charge 2'])
    const pause: Wish = { kind: 'pause', until: dayOfDate('2027-04-01'), at: at('2027-02-10') }
    expect(planned(pause).slice(0, 2)).toEqual(['2027-03-02 paused 2', '2027-04-01 charge 2'])
    expect(planned(pause, skip).slice(0, 2)).toEqual(['2027-03-02 paused 2', '2027-04-01 skipped 2'])
    const open: Wish = { kind: 'pause', until: null, at: at('2027-02-10') }
    const resume: Wish = { kind: 'resume', at: at('2027-04-10') }
    expect(planned(open, resume)).toEqual([
      '2027-03-02 paused 2',
      '2027-04-01 paused 2',
      '2027-05-01 charge 2',
      '2027-05-31 charge 2',
      '2027-06-30 charge 2',
    ])
    expect(planned({ kind: 'cancel', at: at('2027-04-01') })).toEqual([
      '2027-03-02 charge 2',
      '2027-04-01 charge 2',
    ])
  })
})
