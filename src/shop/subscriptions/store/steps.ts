import { advance, type Cycle, type CycleStep } from '../rules/cycle.ts'
import type { CycleRecord } from './cycle-store.ts'

/**
 * Takes steps that must be possible here: the rows are locked and the caller looked at them.
 * @throws when one is not, which is a bug; the transaction is undone
 */
export function stepped(record: CycleRecord, ...steps: readonly CycleStep[]): Cycle {
  return steps.reduce((cycle, step) => {
    const result = advance(cycle, step)
    if (result.kind === 'refused')
      throw new Error(`cycle ${record.no}: ${result.step} from ${result.from}: ${result.code}`)
    return result.cycle
  }, record.cycle)
}
