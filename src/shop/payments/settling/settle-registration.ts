import { sql } from 'kysely'
import { paymentMethodRegistered } from '../../../contracts/payment-events.ts'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { type PaymentsDeps, withJitter } from '../deps.ts'
import type { IssuedToken } from '../provider.ts'
import { delayAfterDoubt, type EndState, type Issue } from '../rules/registration.ts'
import { publishPaymentEvent } from '../store/attempt-store.ts'
import { readMethod, storeRegisteredMethod } from '../store/method-store.ts'
import { moveRegistration, OVER, type Registration } from '../store/registration-store.ts'
import { insistOnCommit } from './insist-on-commit.ts'
import { tellProvider } from './revoke-method.ts'

/**
 * Writes what became of a sent registration. Compare-and-set on state and sending number makes an answer that comes
 * too late change nothing, with one exception: a token counts as long as the registration is not over, and is revoked
 * when it is.
 * @param evidence what is kept in the registration's history
 */
export async function settleRegistration(
  deps: PaymentsDeps,
  from: Registration,
  issue: Issue,
  evidence: object,
): Promise<void> {
  const now = deps.clock.now()
  switch (issue.kind) {
    case 'issued':
      return keepToken(deps, from, issue.token, evidence)
    case 'declined':
    case 'failed': {
      const { code, message } = issue
      if (issue.kind === 'failed')
        deps.log.error({ registrationId: from.id, code }, 'the provider rejected our request as invalid')
      await endRegistration(deps, from, issue.kind, { code, message }, evidence)
      return
    }
    case 'not_sent': {
      const next_look_at = now.add({ milliseconds: Math.max(1_000, Math.ceil(issue.retryAfterMs)) })
      // What was in doubt before is still in doubt.
      const again = from.doubt === null ? 'authorised' : 'unknown'
      await moveRegistration(deps.db, from, again, now, { lease_until: null, next_look_at }, evidence)
      return
    }
    case 'not_accepted': {
      if (from.send_no > MOST_PROOFS)
        return endRegistration(deps, from, 'declined', { code: issue.code }, evidence)
      // After a doubtful sending it proves nothing: the token may have been issued to the one before.
      const changes =
        from.doubt === null
          ? { proof: null, lease_until: null, next_look_at: null }
          : { lease_until: null, next_look_at: now.add({ seconds: 10 }) }
      const again = from.doubt === null ? 'awaiting_customer' : 'unknown'
      await moveRegistration(deps.db, from, again, now, changes, evidence)
      return
    }
    case 'unknown': {
      const doubt = { begunAt: from.created_at, looks: from.looks }
      const delaySeconds = delayAfterDoubt(doubt, policyOf(deps), now)
      await keepRegistrationInDoubt(deps, from, { reason: issue.reason, delaySeconds }, evidence)
    }
  }
}

/** So many proofs that are not the true one are tried; after that the registration is over. */
const MOST_PROOFS = 10

/** Makes or keeps the outcome unknown until the next look. */
export async function keepRegistrationInDoubt(
  deps: PaymentsDeps,
  from: Registration,
  { reason, delaySeconds }: { reason: string; delaySeconds: number },
  evidence: object,
): Promise<void> {
  const now = deps.clock.now()
  deps.log.warn({ registrationId: from.id, reason }, 'outcome of a registration is unknown')
  const next_look_at = now.add(withJitter(delaySeconds, deps.random))
  const changes = { doubt: reason, lease_until: null, next_look_at }
  await moveRegistration(deps.db, from, 'unknown', now, changes, { ...evidence, doubt: reason })
}

/** Ends a registration without a method. */
export async function endRegistration(
  deps: PaymentsDeps,
  from: Registration,
  state: EndState,
  { code, message = null }: { code: string; message?: string | null },
  evidence: object = {},
): Promise<void> {
  const changes = { ...OVER, end_code: code, end_message: message }
  await moveRegistration(deps.db, from, state, deps.clock.now(), changes, { ...evidence, code })
}

async function keepToken(
  deps: PaymentsDeps,
  from: Registration,
  token: IssuedToken,
  evidence: object,
): Promise<void> {
  if (await insistOnCommit(() => transact(deps.db, (tx) => keepOnce(deps, tx, from, token, evidence)))) return
  // The answer took longer than anybody waited for it: by now it is in doubt, is being asked for again, or is over.
  const state = await insistOnCommit(() =>
    transact(deps.db, async (tx) => {
      const { rows } = await sql<Registration>`
        select * from payments.registration where id = ${from.id} for no key update`.execute(tx)
      const [current] = rows
      const isOpen = current?.state === 'sent' || current?.state === 'unknown'
      if (isOpen) await keepOnce(deps, tx, current, token, { ...evidence, late: true })
      // What succeeded did so with this very token: no provider gives two for one registration.
      else if (current && current.state !== 'succeeded') await giveBack(deps, tx, current, token)
      return isOpen ? 'succeeded' : current?.state
    }),
  )
  if (state !== 'succeeded')
    deps.log.warn({ registrationId: from.id, state }, 'a token came after its registration: it is revoked')
}

/** Nobody wants the token any more, and it could be charged: the provider is told that it must not be. */
async function giveBack(deps: PaymentsDeps, tx: Tx, over: Registration, token: IssuedToken): Promise<void> {
  // A second late answer brings the same token again.
  if (await readMethod(tx, over.id)) return
  await storeRegisteredMethod(tx, deps.cipher, over, token, deps.clock.now(), 'revoking')
  await tellProvider(deps, tx, over.id)
}

async function keepOnce(
  deps: PaymentsDeps,
  tx: Tx,
  from: Registration,
  token: IssuedToken,
  evidence: object,
): Promise<boolean> {
  const now = deps.clock.now()
  const moved = await moveRegistration(tx, from, 'succeeded', now, OVER, evidence)
  if (!moved) return false
  await storeRegisteredMethod(tx, deps.cipher, moved, token, now)
  const data = { paymentMethodId: moved.id, customerId: moved.owner_id, provider: moved.provider }
  await publishPaymentEvent(tx, now, paymentMethodRegistered.of(moved.id, moved.version, data))
  return true
}

/** How a doubt is gone about. */
export function policyOf({ settings }: Pick<PaymentsDeps, 'settings'>) {
  return { delaysSeconds: settings.lookDelaysSeconds }
}
