import { globSync } from 'node:fs'
import type { Proof } from '../kit/proof.ts'
import { attempt, ROOT } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'
import { checkVmFiles } from './nginx.ts'

/** What can be checked in two minutes, without starting anything. Part of the gate. */
export async function proveQuick(proof: Proof): Promise<void> {
  const missing = new Set(await install('shellcheck', 'nginx'))
  const needs = async (program: string, what: string, check: (proof: Proof) => Promise<void>) =>
    missing.has(program) ? proof.skip(what, `${program} cannot be installed here`) : check(proof)
  await needs('shellcheck', 'shell scripts', checkShell)
  await needs('nginx', 'nginx takes the files for virtual machines', checkVmFiles)
}

async function checkShell(proof: Proof): Promise<void> {
  const scripts = globSync('deploy/**/*.sh', { cwd: ROOT })
  const { code, all } = await attempt('shellcheck', scripts)
  proof.claim(
    'shellcheck finds nothing in the scripts',
    code === 0,
    all.trim() || `${scripts.length} scripts`,
  )
}
