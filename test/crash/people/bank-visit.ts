import { notePayment } from '../acknowledged.ts'
import type { PurchasePlan } from '../plan.ts'
import { asPayment, type PaymentView } from '../views.ts'
import type { Shopping } from './buyer.ts'
import { type Answer, insist, type Trouble } from './insist.ts'

/** What the customer does on the bank's page. */
export type Visit = 'agree' | 'agree_twice' | 'agree_and_vanish' | 'cancel' | 'fail'

/**
 * Opens a provider's page and presses a button there.
 * @param method how it is paid, as the page calls it
 * @returns the way back to the shop, if the bank shows one
 */
export async function pressOnPage(
  page: string,
  button: 'approve' | 'cancel' | 'fail',
  method: string,
  trouble: Trouble,
): Promise<string | undefined> {
  await insist({ url: page, accept: 'text/html' }, trouble)
  const { origin, pathname, searchParams } = new URL(page)
  const form = { ...Object.fromEntries(searchParams), method, reason: 'LIMIT' }
  const url = `${origin}${pathname}/${button}`
  return (await insist({ method: 'POST', url, form, accept: 'text/html' }, trouble))?.location
}

/**
 * Drives the bank's page like a browser: opens it, sends the form, follows the way back to the shop and reloads
 * there until a page comes.
 */
export async function atTheBank(
  { log, trouble }: Shopping,
  payment: PaymentView,
  visit: Visit,
  { browser, payment: { byTransfer } }: PurchasePlan,
): Promise<void> {
  const page = payment.redirectUrl
  if (page === null) return
  const step = visit === 'cancel' || visit === 'fail' ? visit : 'approve'
  // The page of KakaoPay knows no transfers, and takes them for its money.
  const back = await pressOnPage(page, step, byTransfer ? 'transfer' : 'MONEY', trouble)
  // No way back: the payment was over already, or the bank lost the customer.
  if (back === undefined || visit === 'agree_and_vanish') return

  const comeBack = () => insist({ url: back, accept: browser ? 'text/html' : 'application/json' }, trouble)
  const note = (answer: Answer | undefined) => {
    const seen = answer?.status === 200 ? asPayment(answer.body) : undefined
    if (seen !== undefined) notePayment(log, seen)
  }
  if (visit !== 'agree_twice') return note(await comeBack())
  for (const answer of await Promise.all([comeBack(), comeBack()])) note(answer)
  note(await comeBack())
}
