import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Account } from '../people/accounts.ts'
import { pressOnPage } from '../people/bank-visit.ts'
import { surprise, type Trouble } from '../people/insist.ts'
import type { ProviderName } from '../plan.ts'
import type { RegistrationPlan } from './plan.ts'
import { noteRegistration, type Seen } from './seen.ts'
import { asRegistration, type RegistrationView } from './views.ts'

/** What a customer needs to register a method. */
export interface Registering {
  shopUrl: string
  seen: Seen
  trouble: Trouble
  /** How many are on their way back from a provider's page, and are not answered yet: tokens are issued now. */
  returning: number
}

/** How it ended, as the customer saw it. */
export type RegistrationEnding =
  | 'not begun'
  | 'left'
  | 'registered'
  | 'registered and removed'
  | 'registered and used'
  | 'not registered'
  | 'in doubt'

const BEGIN_WITHIN_MS = 8_000
/** Longer than the shop waits for a process that may still live. */
const WATCH_MS = 14_000
const TRIES = 6

/**
 * One customer registers a payment method, by HTTP and the provider's page only, sending everything again under the
 * same key until there is an answer.
 * @throws on an answer that no customer should ever get
 */
export async function registerMethod(
  registering: Registering,
  account: Account,
  plan: RegistrationPlan,
): Promise<RegistrationEnding> {
  const { visit, provider, browser } = plan
  const begun = await begin(registering, account, provider)
  if (begun === undefined) return 'not begun'
  if (visit === 'never_open') return 'left'
  const way = await onThePage(registering, begun, visit === 'cancel' || visit === 'fail' ? visit : 'approve')
  if (visit === 'vanish' || way === undefined) return 'left'
  if (visit === 'change_mind') {
    const other = await begin(registering, account, provider === 'toss' ? 'kakaopay' : 'toss')
    const otherWay = other && (await onThePage(registering, other, 'approve'))
    if (other && otherWay !== undefined) await comeBack(registering, account, otherWay, browser)
    // The first page leads nowhere by now, unless the bank itself had come back from it before.
    await comeBack(registering, account, way, browser)
    return other === undefined ? 'left' : endingOf((await watch(registering, account, other.id)).state)
  }
  const twice = visit === 'return_twice'
  await Promise.all(Array.from({ length: twice ? 2 : 1 }, () => comeBack(registering, account, way, browser)))
  if (twice) await comeBack(registering, account, way, browser)
  const { state, paymentMethodId } = await watch(registering, account, begun.id)
  if (paymentMethodId === null) return endingOf(state)
  if (visit === 'remove') return remove(registering, account, paymentMethodId)
  if (visit === 'use') return use(registering, account, paymentMethodId)
  return 'registered'
}

/** Begins, under a new key each time that it came to nothing. Undefined when the shop wants no more of them. */
async function begin(
  { shopUrl, seen }: Registering,
  account: Account,
  provider: ProviderName,
): Promise<RegistrationView | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const key = `register-${randomUUID()}`
    const url = `${shopUrl}/api/payment-methods/registrations`
    const answer = await account.send({ method: 'POST', url, json: { provider }, key }, BEGIN_WITHIN_MS)
    const registration = answer?.status === 201 ? asRegistration(answer.body) : undefined
    if (registration !== undefined) {
      noteRegistration(seen, registration, key)
      return registration
    }
    // Without an answer in time it was provider_unavailable, which the same key gets again and again, or a long outage.
    const passing = ['registration_in_progress', 'registration_not_started']
    if (answer !== undefined && !passing.includes(answer.code)) throw surprise('a registration', answer)
    await pause(1_000)
  }
  return undefined
}

/** Presses a button on the provider's page. @returns the way back to the shop, if the bank shows one */
async function onThePage(
  { trouble }: Registering,
  { redirectUrl }: RegistrationView,
  button: 'approve' | 'cancel' | 'fail',
): Promise<string | undefined> {
  return redirectUrl === null ? undefined : pressOnPage(redirectUrl, button, 'MONEY', trouble)
}

async function comeBack(
  registering: Registering,
  account: Account,
  url: string,
  browser: boolean,
): Promise<void> {
  const { seen } = registering
  registering.returning++
  try {
    // In the browser in which it was begun.
    const answer = await account.send({ url, accept: browser ? 'text/html' : 'application/json' })
    const registration = answer?.status === 200 ? asRegistration(answer.body) : undefined
    if (registration !== undefined) noteRegistration(seen, registration)
    // Browsers are sent on to the page of the result.
    else if (answer?.status !== 303) throw surprise('the way back', answer)
  } finally {
    registering.returning--
  }
}

/** Looks at the registration until it has ended, or for so long as a customer would wait. */
async function watch(
  { shopUrl, seen }: Registering,
  account: Account,
  id: string,
): Promise<RegistrationView> {
  const until = Date.now() + WATCH_MS
  for (;;) {
    const answer = await account.send({ url: `${shopUrl}/api/payment-methods/registrations/${id}` })
    const registration = answer?.status === 200 ? asRegistration(answer.body) : undefined
    if (registration === undefined) throw surprise('a registration that was acknowledged', answer)
    noteRegistration(seen, registration)
    if (registration.state !== 'processing' || Date.now() > until) return registration
    await pause(200)
  }
}

/** Removes the method, twice: the second time changes nothing. */
async function remove(
  { shopUrl, seen }: Registering,
  account: Account,
  methodId: string,
): Promise<RegistrationEnding> {
  seen.removing.add(methodId)
  for (let times = 0; times < 2; times++) {
    const answer = await account.send({ method: 'DELETE', url: `${shopUrl}/api/payment-methods/${methodId}` })
    // What customers have subscribed to without a method takes the next one they register.
    if (answer?.code === 'payment_method_in_use') return 'registered'
    if (answer?.status !== 204) throw surprise('a removed method', answer)
    seen.removed.add(methodId)
  }
  return 'registered and removed'
}

async function use(
  { shopUrl }: Registering,
  account: Account,
  methodId: string,
): Promise<RegistrationEnding> {
  const answer = await account.send({ method: 'POST', url: `${shopUrl}/api/payment-methods/${methodId}/use` })
  if (answer?.status !== 200) throw surprise('a method in use', answer)
  return 'registered and used'
}

function endingOf(state: string): RegistrationEnding {
  if (state === 'registered') return 'registered'
  if (state === 'processing') return 'in doubt'
  return state === 'awaiting_customer' ? 'left' : 'not registered'
}
