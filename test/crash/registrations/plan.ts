import { drawByWeight, type ProviderName, randomFor } from '../plan.ts'

/** What a customer does who registers a payment method. */
export const VISITS = {
  register: 22,
  /** Comes back from the provider's page twice at once, and reloads later. */
  return_twice: 16,
  /** Registers, and removes the method again. */
  remove: 20,
  /** Registers, and has all subscriptions charged with the method. */
  use: 8,
  /** Agrees at one provider, begins anew at the other one, and comes back from both pages. */
  change_mind: 10,
  /** Agrees on the page and closes the browser. */
  vanish: 8,
  never_open: 5,
  cancel: 6,
  fail: 5,
} as const
export type Visit = keyof typeof VISITS

export interface RegistrationPlan {
  visit: Visit
  provider: ProviderName
  /** Takes the HTML page of the result like a browser, or JSON like an app. */
  browser: boolean
}

/** This share of the customers who buy something registers a method in another tab meanwhile. */
const SHARE = 1 / 3
const VISIT_NAMES = Object.keys(VISITS).filter((name): name is Visit => name in VISITS)

/** What customer number n does about payment methods. Undefined: nothing. The first one always does something. */
export function planRegistration(seed: number, number: number): RegistrationPlan | undefined {
  const random = randomFor(seed, `registration:${number}`)
  if (random() >= SHARE && number > 0) return undefined
  return {
    visit: drawByWeight(random, VISIT_NAMES, VISITS),
    provider: random() < 0.5 ? 'kakaopay' : 'toss',
    browser: random() < 0.5,
  }
}
