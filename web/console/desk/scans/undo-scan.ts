import { call, newKey } from '../../api/call.ts'
import type { Scan } from './queue.ts'

/** Keys of undoing, one for each scan: pressed again after a lost answer, it asks what became of it. */
const keys = new Map<string, string>()

/**
 * Undoes what a scan did: a return is lent again, a loan is given up, or brought back when it runs already. What was
 * never sent has done nothing.
 * @throws ApiProblem for what is refused, such as what is too long ago
 */
export async function undoScan({ id, state }: Scan): Promise<void> {
  if (state.kind !== 'done') return
  const { loanId, returnNo } = state.outcome
  const key = keys.get(id) ?? newKey()
  keys.set(id, key)
  if (returnNo !== null) {
    await call('POST /api/loans/:id/returns/:no/undo', { params: { id: loanId, no: returnNo }, key })
    return
  }
  await call('POST /api/loans/:id/undo', { params: { id: loanId }, key })
}
