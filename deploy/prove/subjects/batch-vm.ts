import { stripVTControlCharacters } from 'node:util'
import type { Proof } from '../kit/proof.ts'
import { attempt } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'
import { proveBoot } from './batch-vm/boot.ts'
import { checkUnits } from './quick.ts'

/** The units by systemd's own tool and under a systemd that boots, the function by its tests. */
export async function proveBatchVm(proof: Proof): Promise<void> {
  const missing = await install('systemd-analyze')
  if (missing.length > 0) proof.skip('systemd takes the units', 'systemd cannot be installed here')
  else await checkUnits(proof)
  const { code, all } = await attempt('vitest', ['run', 'deploy/batch-vm'])
  const passed = /Tests\s+(\d+) passed/.exec(stripVTControlCharacters(all))?.[1] ?? '0'
  proof.claim(
    'the function starts the machine once, and tells when it cannot',
    code === 0 && Number(passed) > 0,
    `${passed} tests`,
  )
  await proveBoot(proof)
}
