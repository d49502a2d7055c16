import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Proof } from '../kit/proof.ts'
import { attempt, ROOT } from '../kit/shell.ts'
import { goProgram } from '../kit/tools.ts'
import { proveWorkflow } from './pipelines/actions.ts'
import { checkJenkinsfile } from './pipelines/jenkinsfile.ts'

/** @param most seconds that building the linter may take */
export async function checkPipelines(proof: Proof, most = Number.POSITIVE_INFINITY): Promise<void> {
  const linter = await goProgram('actionlint', most)
  if (linter.kind === 'missing') proof.skip('actionlint reads the workflow', linter.because)
  else {
    const { code, all } = await attempt(linter.path, ['-no-color'])
    proof.claim('actionlint finds nothing in the workflow', code === 0, all.trim() || 'nothing to say')
  }
  const pipelines = ['.github/workflows/deploy.yml', 'deploy/pipelines/Jenkinsfile']
  const missing: string[] = []
  for (const file of pipelines) {
    const text = readFileSync(join(ROOT, file), 'utf8')
    const scripts = [...text.matchAll(/(?:run: |sh ')(?:bash )?([\w./-]+)/g)].map(([, script = '']) => script)
    if (scripts.length < 3) missing.push(`${file}: ${scripts.length} scripts`)
    missing.push(...scripts.filter((script) => globSync(script, { cwd: ROOT }).length === 0))
  }
  proof.claim(
    'pipelines call scripts that are there',
    missing.length === 0,
    missing.join(', ') || pipelines.join(', '),
  )
  await checkJenkinsfile(proof)
}

export async function provePipelines(proof: Proof): Promise<void> {
  await checkPipelines(proof)
  await proveWorkflow(proof)
}
