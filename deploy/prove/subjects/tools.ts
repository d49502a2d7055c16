import { kubernetesPrograms } from '../cluster/programs.ts'
import type { Proof } from '../kit/proof.ts'
import { GO_PROGRAMS, goProgram, isGoProgram } from '../kit/tools.ts'

/** Several programs of one module. */
const KUBERNETES = 'kubernetes'

/** Builds what the proofs need and takes long, so that they find it there. */
export async function proveTools(proof: Proof, names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => name !== KUBERNETES && !isGoProgram(name))
  if (unknown.length > 0) throw new Error(`there is no tool ${unknown.join(', ')}`)
  const isWanted = (name: string) => names.length === 0 || names.includes(name)
  for (const name of Object.keys(GO_PROGRAMS).filter(isGoProgram)) {
    if (!isWanted(name)) continue
    const built = await goProgram(name)
    if (built.kind === 'there') proof.claim(`${name} is there`, true, built.path)
    else proof.skip(name, built.because)
  }
  if (!isWanted(KUBERNETES)) return
  const built = await kubernetesPrograms()
  if (built.kind === 'there')
    proof.claim('the programs of Kubernetes are there', true, Object.values(built.programs).join(' '))
  else proof.skip(KUBERNETES, built.because)
}
