import { type RawBuilder, sql } from 'kysely'
import { type PaymentsDeps, providerOf, withJitter } from '../deps.ts'
import type { LookupResult } from '../provider.ts'
import { type Doubt, type DoubtDecision, decideLookUp, decideRepeat } from '../rules/registration.ts'
import { completeRegistration } from '../sending/complete-registration.ts'
import {
  endRegistration,
  keepRegistrationInDoubt,
  policyOf,
  settleRegistration,
} from '../settling/settle-registration.ts'
import type { Registration } from '../store/registration-store.ts'
import { eachDue } from './each-due.ts'

/** A step that dies with its process is made again after this. */
const STEP_LEASE = { seconds: 60 } as const

/**
 * Carries on what a dead process or a customer who never came back left behind. Every step moves by compare-and-set on
 * what was read, so any number of processes may sweep.
 */
export async function sweepRegistrations(deps: PaymentsDeps, limit = 50): Promise<void> {
  const now = deps.clock.now()
  // The provider's page was never obtained.
  await eachDue(deps, await found(deps, sql`state = 'created' and lease_until <= ${now}`, limit), (one) =>
    endRegistration(deps, one, 'failed', { code: 'not_started' }),
  )
  // The process died between call and answer: unknown. The first look is due at once.
  await eachDue(deps, await found(deps, sql`state = 'sent' and lease_until <= ${now}`, limit), (one) =>
    keepRegistrationInDoubt(deps, one, { reason: 'answer lost', delaySeconds: 0 }, {}),
  )
  // The customer never came back and the page is no longer valid; without our completion no token was issued.
  const over = sql`state in ('awaiting_customer', 'authorised') and expires_at <= ${now}`
  await eachDue(deps, await found(deps, over, limit), (one) =>
    endRegistration(deps, one, 'expired', { code: 'expired' }),
  )
  await eachDue(deps, await taken(deps, 'authorised', limit), (one) => completeRegistration(deps, one))
  await eachDue(deps, await taken(deps, 'unknown', limit), (one) => lookAt(deps, one))
}

async function found(
  deps: PaymentsDeps,
  due: RawBuilder<unknown>,
  limit: number,
): Promise<readonly Registration[]> {
  const { rows } = await sql<Registration>`
    select * from payments.registration where ${due} order by updated_at limit ${limit}`.execute(deps.db)
  return rows
}

/** Each is taken by one process at a time; a look is counted when it is taken. */
async function taken(
  deps: PaymentsDeps,
  state: 'authorised' | 'unknown',
  limit: number,
): Promise<readonly Registration[]> {
  const now = deps.clock.now()
  const { rows } = await sql<Registration>`
    update payments.registration set next_look_at = ${now.add(STEP_LEASE)},
      looks = looks + ${state === 'unknown' ? 1 : 0}
    where id in (
      select id from payments.registration where state = ${sql.lit(state)} and next_look_at <= ${now}
      order by next_look_at limit ${limit} for update skip locked)
    returning *`.execute(deps.db)
  return rows
}

/** One look at one registration in doubt, already counted, and what follows from it. */
async function lookAt(deps: PaymentsDeps, registration: Registration): Promise<void> {
  const { capabilities } = providerOf(deps, registration.provider)
  const doubt = doubtOf(registration)
  if (capabilities.issuesTokens === 'repeat') {
    return act(deps, registration, decideRepeat(doubt, deps.clock.now()), {})
  }
  const found = await lookUp(deps, registration)
  const policy = { ...policyOf(deps), settleWindow: capabilities.settleWindow }
  const decision = decideLookUp(found, doubt, policy, deps.clock.now())
  const status = found.kind === 'found' ? found.payment.rawStatus : undefined
  await act(deps, registration, decision, { look: registration.looks, lookup: found.kind, status })
}

function lookUp(
  deps: PaymentsDeps,
  { id, provider: name, provider_ref }: Registration,
): Promise<LookupResult> {
  const provider = providerOf(deps, name)
  return provider.lookup(
    { merchantRef: id, ref: provider_ref ?? undefined, origin: 'token' },
    { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: `${id}-look` },
  )
}

async function act(
  deps: PaymentsDeps,
  registration: Registration,
  decision: DoubtDecision,
  note: object,
): Promise<void> {
  switch (decision.kind) {
    case 'issued':
      return settleRegistration(deps, registration, decision, note)
    case 'send_again':
      await completeRegistration(deps, registration)
      return
    case 'ask_again':
      await sql`
        update payments.registration set looks = greatest(looks - 1, 0),
          next_look_at = ${deps.clock.now().add(withJitter(decision.delaySeconds, deps.random))}
        where id = ${registration.id} and state = 'unknown' and send_no = ${registration.send_no}`.execute(
        deps.db,
      )
      return
    case 'wait':
      return keepRegistrationInDoubt(deps, registration, decision, note)
    case 'over':
      deps.log.warn(
        { registrationId: registration.id, code: decision.code },
        'a registration came to nothing',
      )
      return endRegistration(deps, registration, decision.state, { code: decision.code }, note)
  }
}

function doubtOf(registration: Registration): Doubt {
  const { created_at, sent_at, expires_at } = registration
  return {
    id: registration.id,
    providerRef: registration.provider_ref ?? undefined,
    looks: registration.looks,
    // The first sending asked for the provider's page.
    sendings: registration.send_no - 1,
    begunAt: created_at,
    sentAt: sent_at ?? created_at,
    pageEnds: expires_at ?? created_at,
  }
}
