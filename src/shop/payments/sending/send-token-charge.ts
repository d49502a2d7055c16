import { sql } from 'kysely'
import { type Db, transact } from '../../../platform/database/database.ts'
import { leaseUntil, type PaymentsDeps, providerOf } from '../deps.ts'
import { settlementOf } from '../rules/attempt.ts'
import { endAttempt, newsOf } from '../settling/end-attempt.ts'
import { settleAttempt } from '../settling/settle-attempt.ts'
import { type Attempt, expectedOf, moveAttempt, noteOf } from '../store/attempt-store.ts'
import { readMethod } from '../store/method-store.ts'
import { payments } from '../store/tables.ts'

export type ChargeResult = 'paid' | 'declined' | 'unknown' | 'not_sent' | 'failed' | 'stale'

/**
 * Second and third step: sends a prepared charge and writes what became of it. Only one caller gets to send it; the
 * others see 'stale'. Never throws for trouble at the provider. When the method has ended meanwhile, nothing is sent:
 * 'declined'.
 */
export async function sendTokenCharge(deps: PaymentsDeps, attemptId: string): Promise<ChargeResult> {
  const seen = await readUnsent(deps.db, attemptId)
  if (!seen) return 'stale'
  const provider = providerOf(deps, seen.provider)
  // Decrypted before the attempt counts as sent: a lost key must not look like a lost answer.
  const token = deps.cipher.decrypt(seen.token, seen.charged)
  const sent = await claim(deps, seen, provider.capabilities.chargeTimeoutMs)
  if (!sent) return notClaimed(deps, seen)
  const payment = await charge(deps, sent, token)
  const settlement = settlementOf(payment, expectedOf(sent))
  const settled = await settleAttempt(deps, sent, settlement, noteOf(payment))
  return settled ? settlement.kind : 'stale'
}

/**
 * Sends a charge of unknown outcome once more, where the provider answers the same idempotency key with the first
 * answer and makes at most one charge of it. What it says of the repetition it says of both: a refusal is believed, too.
 * That nothing was sent this time says nothing of the first time. A method that has ended meanwhile is not charged.
 * @returns unwanted: nothing was sent, because nobody wants the order any more
 */
export async function repeatTokenCharge(
  deps: PaymentsDeps,
  seen: Attempt,
): Promise<'repeated' | 'stale' | 'unwanted'> {
  const method = seen.method_id ? await readMethod(deps.db, seen.method_id) : undefined
  if (!method) throw new Error(`the attempt ${seen.id} charges no stored method`)
  const token = deps.cipher.decrypt(method.token, method.id)
  const sent = await claimAgain(deps, seen, method.id)
  if (typeof sent === 'string') return sent
  const outcome = await charge(deps, sent, token)
  const settlement = settlementOf(outcome, expectedOf(sent), outcome.kind !== 'declined')
  await settleAttempt(deps, sent, settlement, { ...noteOf(outcome), repeated: true })
  return 'repeated'
}

/** The order is locked first: who cancels does it either before the sending, and then it is not sent, or after it. */
function claimAgain(
  deps: PaymentsDeps,
  seen: Attempt,
  methodId: string,
): Promise<Attempt | 'stale' | 'unwanted'> {
  const now = deps.clock.now()
  const { chargeTimeoutMs } = providerOf(deps, seen.provider).capabilities
  return transact<Attempt | 'stale' | 'unwanted'>(deps.db, async (tx, rollback) => {
    if (!(await deps.payable.stillWanted(tx, newsOf(seen, now)))) return 'unwanted'
    const changes = {
      send_no: seen.send_no + 1,
      sent_at: now,
      lease_until: leaseUntil(now, chargeTimeoutMs),
      next_look_at: null,
      // Seen before this sending, it proves nothing about it.
      not_charged_seen: 0,
    }
    const sent = await moveAttempt(tx, seen, 'sent', now, changes)
    const { rows } = await sql`
      select 1 from payments.method where id = ${methodId} and state = 'active' for share`.execute(tx)
    return sent && rows.length > 0 ? sent : rollback('stale')
  })
}

async function charge(deps: PaymentsDeps, sent: Attempt, token: string) {
  const provider = providerOf(deps, sent.provider)
  const outcome = await provider.chargeToken(
    {
      merchantRef: sent.id,
      token,
      buyerRef: sent.buyer_ref,
      itemName: sent.item_name,
      quantity: sent.quantity,
      money: { total: sent.total, taxFree: sent.tax_free, vat: sent.vat },
    },
    { deadline: Date.now() + provider.capabilities.chargeTimeoutMs, idempotencyKey: sent.id },
  )
  return outcome.kind === 'ok' ? { ...outcome, value: { payment: outcome.value } } : outcome
}

type Unsent = Attempt & { charged: string; token: string }

/** A prepared attempt, with the method it charges and its encrypted token. */
async function readUnsent(db: Db, attemptId: string): Promise<Unsent | undefined> {
  return payments(db)
    .selectFrom('payments.attempt as attempt')
    .innerJoin('payments.method as method', 'method.id', 'attempt.method_id')
    .selectAll('attempt')
    .select(['method.id as charged', 'method.token'])
    .where('attempt.id', '=', attemptId)
    .where('attempt.state', '=', 'created')
    .executeTakeFirst()
}

/**
 * created → sent in one statement, with its evidence. The attempt is locked before the method, like everywhere; the
 * lock on the method makes a revocation come either before the sending, and then it is not sent, or after it.
 */
async function claim(deps: PaymentsDeps, seen: Attempt, timeoutMs: number): Promise<Attempt | undefined> {
  const now = deps.clock.now()
  const { rows } = await sql<Attempt>`
    with mine as materialized (
      select id, method_id from payments.attempt
      where id = ${seen.id} and state = 'created' and send_no = ${seen.send_no}
      for no key update),
    usable as materialized (
      select mine.id from mine join payments.method m on m.id = mine.method_id
      where m.state = 'active' for share of m),
    sent as (
      update payments.attempt a
      set state = 'sent', send_no = send_no + 1, sent_at = ${now}, updated_at = ${now}, next_look_at = null,
          lease_until = ${leaseUntil(now, timeoutMs)}, version = version + 1
      from usable
      where a.id = usable.id and a.state = 'created' and a.send_no = ${seen.send_no}
      returning a.*),
    noted as (
      insert into payments.history (attempt_id, at, step, note) select id, ${now}, 'sent', '{}' from sent)
    select * from sent`.execute(deps.db)
  return rows[0]
}

/** Somebody else has it, or its method is gone: then it ends here, surely without money. */
async function notClaimed(deps: PaymentsDeps, seen: Attempt): Promise<ChargeResult> {
  const method = seen.method_id ? await readMethod(deps.db, seen.method_id) : undefined
  if (method?.state === 'active') return 'stale'
  const code = 'payment_method_gone'
  const outcome = { kind: 'declined', class: 'token_dead', code } as const
  const ending = { code, changes: { decline_code: code }, outcome }
  const ended = await transact<Attempt | undefined>(
    deps.db,
    async (tx, rollback) =>
      (await endAttempt(deps, tx, seen, 'cancelled', deps.clock.now(), ending)) ?? rollback(undefined),
  )
  return ended ? 'declined' : 'stale'
}
