import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import type { Returned } from '../provider.ts'
import { issueOf } from '../rules/registration.ts'
import { settleRegistration } from '../settling/settle-registration.ts'
import { noteOf } from '../store/attempt-store.ts'
import { moveRegistration, OVER, type Registration, readRegistration } from '../store/registration-store.ts'
import { untilChanged } from '../store/wait.ts'
import { isReturnOver } from './return-address.ts'

/** The sweeper completes what the request that brought the proof did not complete by then. */
const COMPLETED_BY_NOW = { seconds: 5 } as const

/**
 * The browser came back from the provider's page of a registration. Whatever it says is only a hint: an approval is
 * completed with the provider, a cancel or failure ends a registration that was not approved. Coming back twice, or in
 * parallel, gives the same result and one method.
 * @param input `returnKey` is the opaque part of the address; a wrong one is answered like an unknown registration
 */
export async function returnedFromRegistration(
  deps: PaymentsDeps,
  input: {
    registrationId: string
    returnKey: string
    target: 'success' | 'cancel' | 'fail'
    query: Readonly<Record<string, string>>
  },
): Promise<Registration | undefined> {
  const registration = await readRegistration(deps.db, input.registrationId)
  if (registration?.return_key !== input.returnKey || isReturnOver(registration, deps.clock.now()))
    return undefined
  const returned = providerOf(deps, registration.provider).parseReturn(input.target, input.query)
  const stored =
    registration.state === 'awaiting_customer'
      ? await storeReturn(deps, registration, returned)
      : registration
  const completed =
    stored.state === 'authorised' && returned.kind === 'approved'
      ? await completeRegistration(deps, stored)
      : stored
  if (completed.state !== 'sent') return completed
  // Another request is completing it: its answer is this one's too, if it comes soon.
  const moved = await untilChanged(completed, () => readRegistration(deps.db, completed.id))
  return 'kind' in moved ? completed : moved
}

/** Keeps what the browser brought before anything is done with it, so that a crash cannot lose it. */
async function storeReturn(
  deps: PaymentsDeps,
  registration: Registration,
  returned: Returned,
): Promise<Registration> {
  const moved = await moveReturned(deps, registration, returned)
  return moved ?? (await readRegistration(deps.db, registration.id)) ?? registration
}

function moveReturned(
  deps: PaymentsDeps,
  registration: Registration,
  returned: Returned,
): Promise<Registration | undefined> {
  const now = deps.clock.now()
  const note = { returned: returned.kind }
  switch (returned.kind) {
    case 'approved': {
      const changes = { proof: { ...returned.proof }, next_look_at: now.add(COMPLETED_BY_NOW) }
      return moveRegistration(deps.db, registration, 'authorised', now, changes, note)
    }
    case 'cancelled': {
      const changes = { ...OVER, end_code: 'cancelled_by_customer' }
      return moveRegistration(deps.db, registration, 'cancelled', now, changes, note)
    }
    case 'failed': {
      const { code = 'failed_at_provider', message = null } = returned
      const changes = { ...OVER, end_code: code, end_message: message }
      return moveRegistration(deps.db, registration, 'declined', now, changes, note)
    }
  }
}

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
