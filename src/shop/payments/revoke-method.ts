import Type from 'typebox'
import type { Tx } from '../../platform/database/database.ts'
import { defineCommand } from '../../platform/jobs/commands.ts'
import { type PaymentsDeps, providerOf } from './deps.ts'
import { readMethod } from './method.ts'
import { payments } from './tables.ts'

/** Tells the provider that a token must not be charged any more. Tried for days: a forgotten token is a risk. */
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
  await deps.enqueue(tx, revokeMethodCommand, { methodId: paymentMethodId }, { key: paymentMethodId })
}

/**
 * Tells the provider. An already revoked token counts as done.
 * @throws to be tried again when the provider did not confirm it
 */
export async function revokeMethod(deps: PaymentsDeps, methodId: string): Promise<void> {
  const method = await readMethod(deps.db, methodId)
  if (method?.state !== 'revoking') return
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
