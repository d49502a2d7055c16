import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import { issueOf } from '../rules/registration.ts'
import { settleRegistration } from '../settling/settle-registration.ts'
import { noteOf } from '../store/attempt-store.ts'
import { moveRegistration, type Registration, readRegistration } from '../store/registration-store.ts'

/**
 * Has the provider issue the token the customer agreed to: prepare, call, finish. Also repeats it after a doubt, with
 * the same idempotency key: at most one token comes of it.
 * @returns the registration as it is afterwards, whoever moved it
 */
export async function completeRegistration(deps: PaymentsDeps, seen: Registration): Promise<Registration> {
  const provider = providerOf(deps, seen.provider)
  const { chargeTimeoutMs } = provider.capabilities
  const now = deps.clock.now()
  const sent = await moveRegistration(deps.db, seen, 'sent', now, {
    send_no: seen.send_no + 1,
    sent_at: now,
    lease_until: leaseUntil(now, chargeTimeoutMs),
    next_look_at: null,
  })
  if (sent) {
    const outcome = await provider.issueToken(
      {
        merchantRef: sent.id,
        ref: sent.provider_ref ?? undefined,
        buyerRef: sent.buyer_ref,
        proof: sent.proof ?? {},
      },
      { deadline: Date.now() + chargeTimeoutMs, idempotencyKey: `${sent.id}-issue` },
    )
    await settleRegistration(deps, sent, issueOf(outcome), noteOf(outcome))
  }
  return (await readRegistration(deps.db, seen.id)) ?? seen
}
