import type { FastifyRequest } from 'fastify'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'

/** What to answer a browser that is not known to be the owner's. A reply would not do: awaiting one waits for its end. */
export type TurnedAway = { kind: 'to_sign_in'; address: string } | Refused<'begun_by_another'>

/**
 * A payment method becomes that of who began it, so only their own browser brings it home: whoever was passed on the
 * link to the provider's page, and agreed there, is told so, and nothing is registered or charged. Who is not signed in
 * is asked to, and comes back to the same address. Programs hold the address of return themselves; they are not asked.
 * @param waiting what waits for the customer's return, if it would bring a payment method
 * @returns undefined for the owner's browser. Refusals: begun_by_another
 */
export async function turnAwayStrangers(
  { resultPages }: Pick<PaymentsDeps, 'resultPages'>,
  request: FastifyRequest,
  waiting: { owner_id: string } | undefined,
): Promise<TurnedAway | undefined> {
  if (!waiting || !resultPages) return undefined
  const visitor = request.actor ?? (await resultPages.visitor(request))
  if (!visitor) return { kind: 'to_sign_in', address: resultPages.signIn(request) }
  return visitor.userId === waiting.owner_id ? undefined : refused('begun_by_another')
}
