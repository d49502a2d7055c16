import { type PaymentsDeps, providerOf, settleWindowOf } from '../deps.ts'
import type { LookupResult } from '../provider.ts'
import { decideLook, type LookDecision } from '../rules/look.ts'
import { type Attempt, expectedOf, originOf } from '../store/attempt-store.ts'
import { readMethod } from '../store/method-store.ts'

/** What the provider said of an attempt, and what it means. */
export interface Asked {
  found: LookupResult
  /** For the attempt's history. */
  note: object
  /** Decides as of now. A charge by token that is unwanted meanwhile is not sent again. */
  decide(charge: 'wanted' | 'unwanted'): LookDecision
}

/** Asks the provider about an attempt. Nothing is written. @throws nothing for provider trouble */
export async function askAbout(deps: PaymentsDeps, attempt: Attempt): Promise<Asked> {
  const provider = providerOf(deps, attempt.provider)
  const { capabilities } = provider
  const method = attempt.method_id ? await readMethod(deps.db, attempt.method_id) : undefined
  const found = await provider.lookup(
    {
      merchantRef: attempt.id,
      ref: attempt.provider_ref ?? undefined,
      origin: originOf(attempt),
      // Of a method that was forgotten the token is empty.
      ...(method && method.token !== '' ? { token: deps.cipher.decrypt(method.token, method.id) } : {}),
    },
    { deadline: Date.now() + capabilities.callTimeoutMs, idempotencyKey: `${attempt.id}-look` },
  )
  const state = {
    looks: attempt.looks,
    // The first sending asked for the provider's page.
    completions: attempt.send_no - 1,
    notChargedSeen: attempt.not_charged_seen,
    sentAt: attempt.sent_at ?? attempt.created_at,
    byToken: attempt.origin === 'token',
    checkoutEnds: attempt.expires_at ?? undefined,
    tokenLastCharged: method?.last_charged_at ?? undefined,
  }
  const policy = {
    delaysSeconds: deps.settings.lookDelaysSeconds,
    settleWindow: settleWindowOf(deps, attempt),
    unchangedEvidence: deps.settings.unchangedEvidence,
    mayFetchToken:
      attempt.mode === 'pay_and_issue_token' &&
      capabilities.completeIsIdempotent &&
      capabilities.issuesTokens === 'repeat' &&
      attempt.proof !== null,
    mayRepeatCharge: attempt.origin === 'token' && capabilities.idempotencyKeys && method?.state === 'active',
    mayComplete: attempt.origin === 'checkout' && capabilities.completeIsIdempotent && attempt.proof !== null,
  }
  return {
    found,
    note: evidenceOf(attempt, found),
    decide: (charge) => {
      const mayRepeatCharge = policy.mayRepeatCharge && charge === 'wanted'
      return decideLook(found, expectedOf(attempt), state, { ...policy, mayRepeatCharge }, deps.clock.now())
    },
  }
}

function evidenceOf(attempt: Attempt, found: LookupResult): object {
  const { kind } = found
  return {
    look: attempt.looks,
    lookup: kind,
    ...('reason' in found ? { reason: found.reason } : {}),
    ...(kind === 'not_charged_yet' ? { status: found.status } : {}),
    ...(kind === 'found' ? { status: found.payment.rawStatus, total: found.payment.total } : {}),
  }
}
