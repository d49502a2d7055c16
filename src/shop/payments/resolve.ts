import { sql } from 'kysely'
import { transact } from '../../platform/database/database.ts'
import { decideLook } from './attempt.ts'
import { complete } from './complete-checkout.ts'
import { type PaymentsDeps, providerOf, withJitter } from './deps.ts'
import { paymentNeedsReview } from './events.ts'
import { end, settle } from './settle.ts'
import { type Attempt, aboutAttempt, moveAttempt, publish, remember } from './store.ts'
import { payments } from './tables.ts'

/** "Not charged" is believed when seen this often, and only after the provider's settle window. */
const NOT_CHARGED_TIMES = 3
/** A look-up that dies with its process is made again after this. */
const LOOK_LEASE = { seconds: 60 } as const

/**
 * Looks up attempts whose outcome is unknown and whose time has come, and settles those that can be settled.
 * Several processes may run it: each attempt is taken by one of them at a time.
 * @returns how many were looked at
 */
export async function resolveUnknown(deps: PaymentsDeps, limit = 20): Promise<number> {
  const now = deps.clock.now()
  const { rows } = await sql<Attempt>`
    update payments.attempt set looks = looks + 1, next_look_at = ${now.add(LOOK_LEASE)}
    where id in (
      select id from payments.attempt where state = 'unknown' and next_look_at <= ${now}
      order by next_look_at limit ${limit} for update skip locked)
    returning *`.execute(deps.db)
  await Promise.all(rows.map((attempt) => resolveOne(deps, attempt)))
  return rows.length
}

/** Before anything new is done for an order, one look at its unknown payment, if it has one. */
export async function resolveOpenAttempt(deps: PaymentsDeps, orderId: string): Promise<void> {
  const now = deps.clock.now()
  const { rows } = await sql<Attempt>`
    update payments.attempt set looks = looks + 1, next_look_at = ${now.add(LOOK_LEASE)}
    where order_id = ${orderId} and state = 'unknown' and next_look_at <= ${now} returning *`.execute(deps.db)
  for (const attempt of rows) await resolveOne(deps, attempt)
}

/**
 * One look-up of one attempt, already counted.
 * @throws nothing for provider trouble: that only uses a slot of the schedule
 */
export async function resolveOne(deps: PaymentsDeps, attempt: Attempt): Promise<void> {
  const provider = providerOf(deps, attempt.provider)
  const { capabilities } = provider
  const found = await provider.lookup(
    { merchantRef: attempt.id, ref: attempt.provider_ref ?? undefined, origin: originOf(attempt) },
    { deadline: Date.now() + capabilities.callTimeoutMs, idempotencyKey: `${attempt.id}-look` },
  )
  const now = deps.clock.now()
  const decision = decideLook(
    found,
    { total: attempt.total, merchantRef: attempt.id },
    {
      looks: attempt.looks,
      notChargedSeen: attempt.not_charged_seen,
      sentAt: attempt.sent_at ?? attempt.created_at,
      checkoutEnds: attempt.expires_at ?? undefined,
    },
    {
      delaysSeconds: deps.settings.lookDelaysSeconds,
      notChargedTimes: NOT_CHARGED_TIMES,
      settleWindow: capabilities.settleWindow,
      mayComplete:
        attempt.origin === 'checkout' && capabilities.completeIsIdempotent && attempt.proof !== null,
    },
    now,
  )
  const evidence = {
    lookup: found.kind,
    ...(found.kind === 'error' ? { reason: found.reason } : {}),
    look: attempt.looks,
  }
  switch (decision.kind) {
    case 'paid':
      await settle(deps, attempt, decision, evidence)
      return
    case 'complete_again':
      await complete(deps, attempt)
      return
    case 'not_charged':
      await endNotCharged(deps, attempt, decision.status, evidence)
      return
    case 'look_again':
    case 'needs_review':
      await keepUnknown(deps, attempt, decision, evidence)
  }
}

async function endNotCharged(
  deps: PaymentsDeps,
  attempt: Attempt,
  status: string,
  evidence: object,
): Promise<void> {
  await transact(deps.db, async (tx) => {
    const now = deps.clock.now()
    const moved = await end(
      tx,
      attempt,
      'declined',
      now,
      { decline_code: 'not_charged', decline_message: status },
      'not_charged',
    )
    if (moved)
      await remember(tx, {
        attemptId: attempt.id,
        at: now,
        step: 'not charged',
        note: { ...evidence, status },
      })
  })
}

async function keepUnknown(
  deps: PaymentsDeps,
  attempt: Attempt,
  decision:
    | { kind: 'look_again'; delaySeconds: number; notChargedSeen: number }
    | { kind: 'needs_review'; notChargedSeen: number; reason: string },
  evidence: object,
): Promise<void> {
  await transact(deps.db, async (tx) => {
    const now = deps.clock.now()
    const review = decision.kind === 'needs_review'
    const next = review ? null : now.add(withJitter(decision.delaySeconds, deps.random))
    const moved = await moveAttempt(tx, attempt, 'unknown', now, {
      not_charged_seen: decision.notChargedSeen,
      next_look_at: next,
      needs_review: review,
    })
    if (!moved) return
    await remember(tx, {
      attemptId: attempt.id,
      at: now,
      step: review ? 'needs review' : 'still unknown',
      note: evidence,
    })
    if (review) {
      deps.log.error({ attemptId: attempt.id }, 'a payment needs a person: look-ups could not settle it')
      await publish(
        tx,
        now,
        paymentNeedsReview.of(moved.id, moved.version, { ...aboutAttempt(moved), reason: decision.reason }),
      )
    }
  })
}

function originOf(attempt: Attempt): 'pay' | 'token' {
  return attempt.origin === 'checkout' && attempt.mode === 'pay' ? 'pay' : 'token'
}

/** How many attempts are unknown, how many wait for a person, and the age of the oldest in seconds. */
export async function unknownState(deps: Pick<PaymentsDeps, 'db' | 'clock'>) {
  const row = await payments(deps.db)
    .selectFrom('payments.attempt')
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn.count<number>('id').filterWhere('needs_review', '=', true).as('review'),
      eb.fn.min('sent_at').as('oldest'),
    ])
    .where('state', '=', 'unknown')
    .executeTakeFirstOrThrow()
  const oldestSeconds = row.oldest ? deps.clock.now().since(row.oldest).total('seconds') : 0
  return { count: row.count, review: row.review, oldestSeconds }
}
