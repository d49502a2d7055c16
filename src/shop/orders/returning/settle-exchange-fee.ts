import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Db, transact } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import type { Refused, RefusedBy } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { type FeeSettlement, feeWish, settleFee } from '../rules/exchange-fee.ts'
import type { ReturnRequest } from '../rules/return-request.ts'
import { saveFee } from '../store/return-store.ts'
import { lockedReturn } from './locked-return.ts'

type SettleRefusal = RefusedBy<typeof feeWish | typeof settleFee>['code'] | 'not_found' | 'own_order'

/**
 * A merchant says how the parcels of an exchange were settled. The request stays in its state, so no event tells of it;
 * the audit does.
 * Refusals: not_found, own_order, invalid_request (see {@link feeWish}), return_not_in_state, exchange_fee_settled.
 */
export function settleExchangeFee(
  { db, clock }: { db: Db; clock: Clock },
  {
    actor,
    returnId,
    how,
    why,
  }: { actor: Actor; returnId: string; how: FeeSettlement; why?: string | undefined },
): Promise<{ kind: 'settled'; request: ReturnRequest } | Refused<SettleRefusal>> {
  return transact<{ kind: 'settled'; request: ReturnRequest } | Refused<SettleRefusal>>(db, async (tx) => {
    const wish = feeWish(how, why)
    if ('kind' in wish) return wish
    const locked = await lockedReturn(tx, { actor, returnId })
    if (locked.kind === 'refused') return locked
    const at = clock.now()
    const fee = { ...wish, at, by: actor.userId }
    const next = settleFee(locked.request, fee)
    if (next.kind === 'refused') return next
    await saveFee(tx, returnId, fee)
    await writeAudit(tx, at, {
      actorId: actor.userId,
      action: 'return.fee_settled',
      subject: { type: 'return', id: returnId },
      reason: why,
      before: { feeSettlement: null },
      after: { feeSettlement: how, parcelFee: next.parcelFee, orderId: next.orderId },
    })
    return { kind: 'settled', request: next }
  })
}
