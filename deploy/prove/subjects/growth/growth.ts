import type { Proof } from '../../kit/proof.ts'
import { proveBrokers } from './brokers.ts'
import { proveWorkers } from './workers.ts'

/**
 * What docs/growth.md says of several machines, as far as processes on one can show it.
 * @param args `workers` or `brokers`: that part alone
 */
export async function proveGrowth(proof: Proof, [part]: readonly string[]): Promise<void> {
  if (part !== 'brokers') await proveWorkers(proof)
  if (part !== 'workers') await proveBrokers(proof)
}
