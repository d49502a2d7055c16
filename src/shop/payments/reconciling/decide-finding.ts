import { writeAudit } from '../../../platform/audit/audit.ts'
import { transact } from '../../../platform/database/database.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { type Decision, insertDecision } from '../store/reconciliation-store.ts'

export interface FindingDecision {
  findingId: string
  decision: Decision
  reason: string
  operatorId: string
}

/**
 * A person says what became of a difference: it is explained, our books were corrected, or the provider was asked. It
 * stays said. Refusal: finding_settled (decided before, gone, or never there).
 */
export async function decideFinding(
  deps: PaymentsDeps,
  decision: FindingDecision,
): Promise<{ kind: 'decided' } | Refused<'finding_settled'>> {
  return transact<{ kind: 'decided' } | Refused<'finding_settled'>>(deps.db, async (tx) => {
    const now = deps.clock.now()
    if (!(await insertDecision(tx, decision, now))) return refused('finding_settled')
    const subject = { type: 'reconciliation-finding', id: decision.findingId } as const
    await writeAudit(tx, now, {
      actorId: decision.operatorId,
      action: 'reconciliation.decided',
      subject,
      reason: decision.reason,
    })
    return { kind: 'decided' }
  })
}
