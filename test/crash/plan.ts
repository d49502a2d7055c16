import { hashText, seededRandom } from '../../simulators/bank/random.ts'

/** What one invented customer is going to do. */
export const JOURNEYS = {
  pay: 28,
  /** Comes back from the bank twice at once, and reloads the page later. */
  return_twice: 10,
  /** Presses every button twice: one order key sent in parallel, two payments begun in parallel. */
  double_click: 10,
  /** Pays and asks for the money back at the payment. */
  refund: 14,
  /** Pays and cancels the order. */
  cancel_after_paying: 6,
  /** Pays, and does not want one piece any more. */
  cancel_part: 8,
  /** Gets everything, and sends one piece back. */
  send_back: 6,
  /** Cancels the order in the same moment in which the payment comes back. */
  cancel_while_paying: 7,
  cancel_before_paying: 6,
  cancel_at_bank: 6,
  fail_at_bank: 5,
  /** Agrees at the bank and closes the browser. */
  lose_browser: 4,
  /** Begins a payment and never opens the bank's page. */
  never_open: 2,
  /** Orders and is never seen again: the payment window ends it. */
  abandon: 2,
} as const
export type Journey = keyof typeof JOURNEYS

export type Random = () => number

export type ProviderName = 'kakaopay' | 'toss'

/** How a customer means to pay. */
export interface PaymentPlan {
  /** One after the other, when a payment came to nothing. */
  providers: readonly [ProviderName, ProviderName]
  /** At Toss out of an account, and not by card. */
  byTransfer: boolean
  /** Asks for a cash receipt. */
  receipt: boolean
}

export interface PurchasePlan {
  number: number
  journey: Journey
  /** Indexes into the shelf of scarce or of plentiful items. */
  lines: { scarce: boolean; index: number; quantity: number }[]
  /** Index of the coupon to use; undefined: none. */
  coupon: number | undefined
  payment: PaymentPlan
  /** Orders lines of the cart; else straight from the items’ pages. */
  fromCart: boolean
  /** From the cart: the first line is to come again and again. */
  recurring: boolean
  /** Takes the HTML page of the result like a browser, or JSON like an app. */
  browser: boolean
  /** Exchanges the refresh token before buying. */
  refreshFirst: boolean
  random: Random
}

/** `all`: Redis among them, which the server uses then. */
export type KillMode = 'server' | 'database' | 'both' | 'all'

export type Victim = 'server' | 'database' | 'redis'

export interface KillPlan {
  target: Victim
  /** Not before so many purchases are over. */
  afterPurchases: number
  /** Then so long, in milliseconds. */
  delayMs: number
  /** How long the victim stays dead (the database is started again by the server itself). */
  pauseMs: number
  /** Kills the next server while it is still starting, so long after its start; counts as one more kill. */
  againAfterMs: number | undefined
  /** Waits, for a while, until somebody comes back from registering a payment method. */
  atRegistration: boolean
}

const JOURNEY_NAMES = Object.keys(JOURNEYS).filter((name): name is Journey => name in JOURNEYS)

/** A stream of numbers of its own for one part of the run: the same seed and name give the same numbers. */
export function randomFor(seed: number, name: string): Random {
  return seededRandom(hashText(`${seed}:${name}`))
}

/** A whole number from..to, both included. */
export function between(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1))
}

/** This share of the customers has a coupon in mind. */
const USES_COUPON = 0.6

/** What customer number n does. Abandoned orders come early only, so that their window ends during the run. */
export function planPurchase(seed: number, number: number, purchases: number): PurchasePlan {
  const random = randomFor(seed, `purchase:${number}`)
  const drawn = drawByWeight(random, JOURNEY_NAMES, JOURNEYS)
  const journey = drawn === 'abandon' && number > purchases / 2 ? 'pay' : drawn
  const lines = Array.from({ length: between(random, 1, 3) }, () => ({
    scarce: random() < 0.3,
    index: between(random, 0, 1_000),
    quantity: between(random, 1, 3),
  }))
  const habits = { browser: random() < 0.5, refreshFirst: random() < 0.1 }
  const coupon = random() < USES_COUPON ? between(random, 0, 1_000) : undefined
  const payment = planPayment(randomFor(seed, `payment:${number}`))
  const cart = randomFor(seed, `cart:${number}`)
  const fromCart = cart() < FROM_CART
  const recurring = fromCart && cart() < RECURRING
  return { number, journey, lines, coupon, payment, fromCart, recurring, ...habits, random }
}

/** This share orders from the cart. */
const FROM_CART = 0.5
/** Of them, this share subscribes to something. */
const RECURRING = 0.4
/** This share pays at Toss, the others at KakaoPay. */
const AT_TOSS = 0.5

function planPayment(random: Random): PaymentPlan {
  const first = random() < AT_TOSS ? 'toss' : 'kakaopay'
  const second = random() < AT_TOSS ? 'toss' : 'kakaopay'
  return { providers: [first, second], byTransfer: random() < 0.5, receipt: random() < 0.5 }
}

/** One of the names, drawn by its weight. */
export function drawByWeight<N extends string>(
  random: Random,
  names: readonly N[],
  weights: Readonly<Record<N, number>>,
): N {
  const [first] = names
  if (first === undefined) throw new Error('there is nothing to draw from')
  let left = random() * names.reduce((sum, name) => sum + weights[name], 0)
  for (const name of names) {
    left -= weights[name]
    if (left < 0) return name
  }
  return first
}

/** This share of the kills waits for a registration. */
const AT_REGISTRATION = 0.5

function victimOf(mode: KillMode, random: Random): Victim {
  if (mode === 'both') return random() < 0.5 ? 'server' : 'database'
  if (mode !== 'all') return mode
  return drawByWeight(random, VICTIMS, { server: 1, database: 1, redis: 1 })
}
const VICTIMS = ['server', 'database', 'redis'] as const

/** When what is killed: spread over the purchases, a few of them while the server is still starting. */
export function planKills(seed: number, mode: KillMode, kills: number, purchases: number): KillPlan[] {
  const random = randomFor(seed, 'kills')
  const atRegistration = randomFor(seed, 'kills at registrations')
  const plans: KillPlan[] = []
  let left = kills
  while (left > 0) {
    const target = victimOf(mode, random)
    const again = target === 'server' && left > 1 && random() < 0.2
    const done = kills - left
    plans.push({
      target,
      afterPurchases: Math.floor(((done + random()) / (kills + 1)) * purchases),
      delayMs: between(random, 0, 400),
      pauseMs: between(random, 0, 600),
      againAfterMs: again ? between(random, 50, 1_500) : undefined,
      atRegistration: atRegistration() < AT_REGISTRATION,
    })
    left -= again ? 2 : 1
  }
  return plans
}
