import type { Proof } from '../kit/proof.ts'
import { GO_PROGRAMS, goProgram, isGoProgram } from '../kit/tools.ts'

/** Builds what the proofs need and takes long, so that they find it there. */
export async function proveTools(proof: Proof, names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !isGoProgram(name))
  if (unknown.length > 0) throw new Error(`there is no tool ${unknown.join(', ')}`)
  for (const name of Object.keys(GO_PROGRAMS).filter(isGoProgram)) {
    if (names.length > 0 && !names.includes(name)) continue
    const built = await goProgram(name)
    if (built.kind === 'there') proof.claim(`${name} is there`, true, built.path)
    else proof.skip(name, built.because)
  }
}
