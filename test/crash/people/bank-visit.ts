import { notePayment } from '../acknowledged.ts'
import { asPayment, type PaymentView } from '../views.ts'
import type { Shopping } from './buyer.ts'
import { type Answer, insist } from './insist.ts'

/** What the customer does on the bank's page. */
export type Visit = 'agree' | 'agree_twice' | 'agree_and_vanish' | 'cancel' | 'fail'

/**
 * Drives the bank's page like a browser: opens it, sends the form, follows the way back to the shop and reloads
 * there until a page comes.
 */
export async function atTheBank(
  { log, trouble }: Shopping,
  payment: PaymentView,
  visit: Visit,
  browser: boolean,
): Promise<void> {
  const page = payment.redirectUrl
  if (page === null) return
  await insist({ url: page, accept: 'text/html' }, trouble)
  const step = visit === 'cancel' || visit === 'fail' ? visit : 'approve'
  const form = step === 'fail' ? { reason: 'LIMIT' } : { method: 'MONEY' }
  const sent = await insist({ method: 'POST', url: `${page}/${step}`, form, accept: 'text/html' }, trouble)
  const back = sent?.location
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
