import { sql } from 'kysely'
import Type from 'typebox'
import { type Tx, transact } from '../../../platform/database/database.ts'
import { literals } from '../../../platform/database/literals.ts'
import { defineCommand } from '../../../platform/jobs/commands.ts'
import { type PaymentsDeps, providerOf } from '../deps.ts'
import { readMethod } from '../store/method-store.ts'
import { payments } from '../store/tables.ts'

/** Tells the provider that a token must not be charged any more. The sweeper stores it again when it has given up. */
export const revokeMethodCommand = defineCommand(
  'payments.revoke-method',
  Type.Object({ methodId: Type.String() }),
  {
    retryLimit: 20,
    retryDelaySeconds: 5,
  },
)

/**
 * Ends a stored method in the caller's transaction: from its commit on nothing is charged with it; the provider is
 * told afterwards. Repeating it changes nothing.
 */
export async function requestMethodRevocation(
  deps: PaymentsDeps,
  tx: Tx,
  { paymentMethodId, reason }: { paymentMethodId: string; reason: string },
): Promise<void> {
  const ended = await payments(tx)
    .updateTable('payments.method')
    .set({ state: 'revoking', updated_at: deps.clock.now() })
    .where('id', '=', paymentMethodId)
    .where('state', '=', 'active')
    .returning('id')
    .executeTakeFirst()
  if (!ended) return
  deps.log.info({ methodId: paymentMethodId, reason }, 'payment method ends')
  await tellProvider(deps, tx, paymentMethodId)
}

/** Has the provider of a method that is being revoked told so after the caller's commit. */
export function tellProvider(deps: Pick<PaymentsDeps, 'enqueue'>, tx: Tx, methodId: string): Promise<void> {
  return deps.enqueue(tx, revokeMethodCommand, { methodId }, { key: methodId })
}

/** A forgotten token is a risk: until the provider knows, the command is stored again and again. */
const TOLD_BY_NOW = { hours: 1 } as const

/** Stores the command again for methods whose provider still has to be told. Any number of processes may run it. */
export async function sweepRevocations(deps: PaymentsDeps, limit = 50): Promise<void> {
  const now = deps.clock.now()
  await transact(deps.db, async (tx) => {
    const { rows } = await sql<{ id: string }>`
      update payments.method set updated_at = ${now}
      where id in (
        select id from payments.method where state = 'revoking' and updated_at <= ${now.subtract(TOLD_BY_NOW)}
        order by updated_at limit ${limit} for update skip locked)
      returning id`.execute(tx)
    for (const { id } of rows) await tellProvider(deps, tx, id)
  })
}

/**
 * Tells the provider. An already revoked token counts as done. A charge that is on its way, or whose outcome is unknown,
 * is waited for: the token is the only evidence of it (nothing new is charged meanwhile). The sweeper comes back.
 * @throws to be tried again when the provider did not confirm it
 */
export async function revokeMethod(deps: PaymentsDeps, methodId: string): Promise<void> {
  const method = await readMethod(deps.db, methodId)
  if (method?.state !== 'revoking' || (await inFlight(deps, methodId))) return
  const provider = providerOf(deps, method.provider)
  if (provider.capabilities.revokesTokens) {
    const token = deps.cipher.decrypt(method.token, method.id)
    const outcome = await provider.revokeToken(
      { token, buyerRef: method.buyer_ref },
      { deadline: Date.now() + provider.capabilities.callTimeoutMs, idempotencyKey: `${method.id}-revoke` },
    )
    // A token the provider declines to know is not chargeable either.
    if (outcome.kind !== 'ok' && outcome.kind !== 'declined') {
      throw new Error(`payment method ${methodId} is not revoked yet: ${outcome.kind}`)
    }
  }
  await payments(deps.db)
    .updateTable('payments.method')
    .set({ state: 'revoked', updated_at: deps.clock.now() })
    .where('id', '=', methodId)
    .where('state', '=', 'revoking')
    .execute()
}

async function inFlight(deps: PaymentsDeps, methodId: string): Promise<boolean> {
  const attempt = await payments(deps.db)
    .selectFrom('payments.attempt')
    .select('id')
    .where('method_id', '=', methodId)
    .where('state', 'in', literals(['sent', 'unknown']))
    .executeTakeFirst()
  return attempt !== undefined
}
