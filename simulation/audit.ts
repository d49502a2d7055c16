import { cancelledOn, type Diary, dateOfDay, dayOf, type ExpectedCycle, expectedCycles } from './expected.ts'

/** A line of the bank's journal: money taken, or refused by token. Milliseconds since 1970, won. */
export interface BankEntry {
  customerId: string
  at: number
  amount: number
  /** `unheard`: a refusal whose answer was lost, so that the shop cannot count it. */
  kind: 'charge' | 'refusal' | 'unheard'
}

/** What the shop recorded of a cycle. Days since 1970 in Seoul. */
export interface ShopCycle {
  customerId: string
  no: number
  due: number
  state: string
  reason: string | null
  amount: number | null
  paidOn: number | null
}

/** The three books that must agree, and until when they were kept. */
export interface Books {
  /** The last day that was billed, and the last one on which a refused charge was tried again. */
  lastDay: number
  lastRetryDay: number
  diaries: readonly Diary[]
  bank: readonly BankEntry[]
  cycles: readonly ShopCycle[]
}

export interface Audit {
  /** What customers expected to be charged by token or by hand and were, with their purchases. Won. */
  expected: { charges: number; charged: number }
  differences: string[]
}

/** The first try and the one right after it, then one a day. */
const MOST_REFUSALS = 5
/** Longer than anybody is tried, and at most as long as between two deliveries. */
const DAYS_OF_TRYING = 7
const dayOfTry = (due: number, triesBefore: number) => due + Math.max(0, triesBefore - 1)

/** Holds what customers expect against what the bank did and what the shop recorded, each to the day and to the won. */
export function audit(books: Books): Audit {
  const bank = Map.groupBy(books.bank, ({ customerId }) => customerId)
  const cycles = Map.groupBy(books.cycles, ({ customerId }) => customerId)
  const found = books.diaries.map((diary) => {
    const own = { entries: bank.get(diary.customerId) ?? [], cycles: cycles.get(diary.customerId) ?? [] }
    return auditOne(
      books,
      diary,
      own.entries.toSorted((a, b) => a.at - b.at),
      own.cycles,
    )
  })
  const known = new Set(books.diaries.map(({ customerId }) => customerId))
  const strangers = [...bank.keys(), ...cycles.keys()].filter((id) => !known.has(id))
  const sum = (pick: (one: Audit['expected']) => number) =>
    found.reduce((total, { expected }) => total + pick(expected), 0)
  const expected = { charges: sum(({ charges }) => charges), charged: sum(({ charged }) => charged) }
  return {
    expected,
    differences: [
      ...nothingProven(books, expected.charges),
      ...[...new Set(strangers)].map((id) => `${id}: charged or billed, and never agreed to anything`),
      ...found.flatMap(({ differences }) => differences),
    ],
  }
}

/** A proof over nothing is none. */
function nothingProven({ diaries, cycles }: Books, expected: number): string[] {
  if (diaries.length === 0) return ['nothing is proven: nobody subscribed']
  const recurring = cycles.filter(({ no }) => no > 1).length
  return recurring === 0 || expected <= diaries.length
    ? ['nothing is proven: no recurring charge was paid; more days are needed']
    : []
}

function auditOne(books: Books, diary: Diary, entries: BankEntry[], cycles: ShopCycle[]): Audit {
  const differences: string[] = []
  const expected = { charges: 0, charged: 0 }
  const complain = (what: string) => differences.push(`${diary.customerId}: ${what}`)
  const [purchase, ...recurring] = entries
  if (purchase?.kind !== 'charge') {
    complain('subscribed, and the bank never charged the purchase')
    return { expected, differences }
  }
  const unitPrice = purchase.amount / diary.quantity
  if (!Number.isSafeInteger(unitPrice)) complain(`${purchase.amount} won for ${diary.quantity} pieces`)
  const count = (amount: number) => {
    expected.charges += 1
    expected.charged += amount
  }
  count(purchase.amount)
  const recorded = new Map(cycles.map((cycle) => [cycle.no, cycle]))
  if (!recorded.has(1)) complain('paid a purchase, and has no subscription')

  const all = expectedCycles(diary, dayOf(purchase.at), books.lastDay)
  const due = all.filter(({ plan }) => plan === 'charge')
  let left = recurring
  let ended = false
  for (const cycle of due) {
    const next = cycle.due + DAYS_OF_TRYING
    const early = left.filter((entry) => dayOf(entry.at) < cycle.due)
    for (const entry of early) complain(`${told(entry)}, but nothing was due`)
    const own = left.filter((entry) => dayOf(entry.at) >= cycle.due && dayOf(entry.at) < next)
    left = left.filter((entry) => dayOf(entry.at) >= next)
    const shop = recorded.get(cycle.no)
    if (ended) {
      for (const entry of own) complain(`${told(entry)}, after the bank had refused too often`)
      if (shop) complain(`cycle ${cycle.no} was opened after the bank had refused too often`)
      continue
    }
    const outcome = compareCycle(books, diary, {
      cycle,
      shop,
      entries: own,
      price: unitPrice * cycle.quantity,
    })
    for (const what of outcome.differences) complain(`${nameOf(cycle)}: ${what}`)
    if (outcome.paid) count(unitPrice * cycle.quantity)
    ended = outcome.ended
  }
  for (const entry of left) complain(`${told(entry)}, but nothing was due`)
  for (const what of compareRecords(all, cycles)) complain(what)
  return { expected, differences }
}

interface OneCycle {
  cycle: ExpectedCycle
  shop: ShopCycle | undefined
  /** What the bank did on this due day and on those of its further tries. */
  entries: readonly BankEntry[]
  price: number
}

interface Outcome {
  paid: boolean
  /** The bank refused it as often as anybody asks: the subscription is over. */
  ended: boolean
  differences: string[]
}

function compareCycle(books: Books, diary: Diary, { cycle, shop, entries, price }: OneCycle): Outcome {
  const differences: string[] = []
  const refusals = entries.filter(({ kind }) => kind !== 'charge')
  const heard = refusals.filter(({ kind }) => kind === 'refusal').length
  const [charge, ...more] = entries.filter(({ kind }) => kind === 'charge')
  let tries = 0
  for (const { at, amount, kind } of refusals) {
    if (dayOf(at) !== dayOfTry(cycle.due, tries) || tries >= MOST_REFUSALS)
      differences.push(`refusal ${tries + 1} on ${dateOfDay(dayOf(at))}, not its day`)
    if (kind === 'refusal') tries += 1
    if (amount !== price) differences.push(`the bank was asked for ${amount} won, ${price} were agreed`)
  }
  const nextTry = dayOfTry(cycle.due, heard)
  const byHand = diary.paidByHand.map(dayOf).find((day) => day >= cycle.due && day <= nextTry)
  const day = byHand ?? nextTry
  const leftOn = cancelledOn(diary)
  const ended = charge === undefined && heard >= MOST_REFUSALS
  if (charge === undefined) {
    if (!isExcused()) differences.push('never charged')
    if (shop?.state === 'paid') differences.push('paid with us, not at the bank')
  } else {
    const chargedOn = dayOf(charge.at)
    if (more.length > 0) differences.push(`charged ${more.length + 1} times`)
    if (chargedOn !== day) differences.push(`charged on ${dateOfDay(chargedOn)}, not on ${dateOfDay(day)}`)
    if (charge.amount !== price) differences.push(`${charge.amount} won taken, ${price} were agreed`)
    if (refusals.some(({ at }) => at > charge.at)) differences.push('asked for again after it was paid')
    if (leftOn !== undefined && leftOn < chargedOn) differences.push('charged after the customer had left')
    if (shop?.state !== 'paid') differences.push(`charged, and with us ${shop?.state ?? 'not recorded'}`)
    else if (shop.paidOn !== chargedOn || shop.amount !== price)
      differences.push(`paid with us on ${dateOfDay(shop.paidOn ?? 0)}, ${shop.amount} won`)
  }
  if (shop === undefined && charge === undefined) differences.push('nobody handled it')
  return { paid: charge !== undefined, ended, differences }

  /** Refused too often, sold out, left by the customer before the next try, or that try is still to come. */
  function isExcused(): boolean {
    if (ended || nextTry > books.lastRetryDay) return true
    if (leftOn !== undefined && leftOn < nextTry) return true
    return shop?.state === 'skipped' && shop.reason === 'out_of_stock' && entries.length === 0
  }
}

/** The cycles on record are those expected, one after the other, with their days and for the reasons expected. */
function compareRecords(expected: readonly ExpectedCycle[], cycles: readonly ShopCycle[]): string[] {
  const planned = new Map(expected.map((cycle) => [cycle.no, cycle]))
  return cycles.flatMap(({ no, due, state, reason }): string[] => {
    if (no === 1) return state === 'paid' ? [] : [`the purchase is ${state}`]
    const cycle = planned.get(no)
    if (cycle === undefined) return [`cycle ${no} on ${dateOfDay(due)} was never agreed`]
    if (due !== cycle.due) return [`${nameOf(cycle)}: with us due on ${dateOfDay(due)}`]
    const wanted = { charge: 'out_of_stock', skipped: 'customer', paused: 'paused' }[cycle.plan]
    const fits = state === 'skipped' ? reason === wanted : cycle.plan === 'charge'
    return fits ? [] : [`${nameOf(cycle)}: ${cycle.plan} was agreed, with us ${state} ${reason ?? ''}`]
  })
}

const nameOf = ({ no, due }: ExpectedCycle) => `cycle ${no}, due on ${dateOfDay(due)}`
const told = ({ kind, at, amount }: BankEntry) => `${kind} of ${amount} won on ${dateOfDay(dayOf(at))}`
