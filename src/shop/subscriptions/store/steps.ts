import { advanceCycle, type Cycle, type CycleStep } from '../rules/cycle.ts'
import type { Decided, Decision } from '../rules/subscription.ts'
import type { CycleRecord } from './cycle-store.ts'

/**
 * Takes steps that must be possible here: the rows are locked and the caller looked at them.
 * @throws when one is not, which is a bug; the transaction is undone
 */
export function stepped(record: CycleRecord, ...steps: readonly CycleStep[]): Cycle {
  return steps.reduce((cycle, step) => {
    const result = advanceCycle(cycle, step)
    if (result.kind === 'refused')
      throw new Error(`cycle ${record.no}: ${result.step} from ${result.from}: ${result.code}`)
    return result.cycle
  }, record.cycle)
}

/** A decision about rows that are locked and were looked at cannot be refused; if it is, that is a bug. */
export function expectDecided(decision: Decision): Decided {
  if (decision.kind === 'refused') throw new Error(`a locked subscription refused a change: ${decision.code}`)
  return decision
}
