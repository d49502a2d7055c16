import { type PaymentsDeps, providerOf } from '../deps.ts'
import type { Returned } from '../provider.ts'
import { isReturnOver } from '../rules/return-address.ts'
import { completeRegistration } from '../sending/complete-registration.ts'
import { moveRegistration, OVER, type Registration, readRegistration } from '../store/registration-store.ts'
import { untilChanged } from '../store/wait.ts'

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
