import { join } from 'node:path'
import type { Proof } from '../kit/proof.ts'
import { goProgram } from '../kit/tools.ts'
import { HARMS, HARMS_OF_PRODUCTION } from './kubernetes/harms.ts'
import type { KubeObject } from './kubernetes/objects.ts'
import { lint, render, VALUES, valuesFile } from './kubernetes/render.ts'
import { RULES } from './kubernetes/rules.ts'
import { schemaProblems } from './kubernetes/schemas.ts'
import { settingsProblems } from './kubernetes/settings-check.ts'

/**
 * The chart without a cluster: rendered with each file of values, held against the schemas of the API, against our own
 * rules, and every process's settings against what the application itself demands.
 * @param most seconds that building Helm may take
 */
export async function checkKubernetes(proof: Proof, most = Number.POSITIVE_INFINITY): Promise<void> {
  const helm = await goProgram('helm', most)
  if (helm.kind === 'missing') return proof.skip('the Helm chart', helm.because)
  const rendered: Rendered[] = []
  for (const name of VALUES) {
    const linted = await lint(helm.path, valuesFile(name))
    proof.claim(`helm lint finds nothing, ${name}`, linted.code === 0, lastLine(linted.all))
    const { ran, objects } = await render(helm.path, valuesFile(name))
    if (ran.code === 0) rendered.push({ name, objects })
    else proof.claim(`the chart renders, ${name}`, false, ran.all.trim())
  }
  claimNone(proof, 'the schemas of the API take every object', rendered, schemaProblems)
  claimNone(proof, 'the application takes the settings of every process', rendered, (objects, name) =>
    settingsProblems(objects, join(proof.folder, name)),
  )
  for (const { what, broken } of RULES) claimNone(proof, what, rendered, broken)
  checkHarms(proof, rendered)
  await checkRefusals(proof, helm.path)
}

interface Rendered {
  name: (typeof VALUES)[number]
  objects: readonly KubeObject[]
}

function claimNone(
  proof: Proof,
  what: string,
  rendered: readonly Rendered[],
  problemsOf: (objects: readonly KubeObject[], name: string) => string[],
): void {
  const problems = rendered.flatMap(({ name, objects }) =>
    problemsOf(objects, name).map((problem) => `${name}: ${problem}`),
  )
  const seen = rendered.map(({ name, objects }) => `${name} ${objects.length}`).join(', ')
  proof.claim(what, problems.length === 0 && rendered.length > 0, problems.join('; ') || `objects: ${seen}`)
}

/** A rule that notices nothing is none. */
function checkHarms(proof: Proof, rendered: readonly Rendered[]): void {
  let count = 0
  const unnoticed = rendered.flatMap(({ name, objects }) =>
    [...HARMS, ...(name === 'production' ? HARMS_OF_PRODUCTION : [])].flatMap((harm) => {
      const harmed = structuredClone(objects) as KubeObject[]
      harm.do(harmed)
      count += 1
      return RULES.some(({ broken }) => broken(harmed).length > 0) ? [] : [`${name}: ${harm.what}`]
    }),
  )
  proof.claim(
    'the rules notice what people get wrong',
    count > 0 && unnoticed.length === 0,
    unnoticed.join('; ') || `${count} harms noticed`,
  )
  const misspelt = rendered.map(({ objects }) =>
    schemaProblems(JSON.parse(JSON.stringify(objects).replaceAll('"readinessProbe"', '"readynessProbe"'))),
  )
  proof.claim(
    'the schemas notice a misspelt field',
    misspelt.length > 0 && misspelt.every((problems) => problems.length > 0),
    `${misspelt.flat().length} times`,
  )
}

/** Values nobody should get away with. */
async function checkRefusals(proof: Proof, helm: string): Promise<void> {
  const wrong: Readonly<Record<string, RegExp>> = {
    'proceses.shop.role=api': /proceses/,
    'processes.shop.role=apis': /role/,
    'processes.shop.services=shop\\,bank': /services/,
    'billing.timeZone=Asia/Soul': /timeZone/,
    'image.tag=': /image\.tag/,
    'publicUrl=': /publicUrl/,
    'processes.gateway.calls={nobody}': /nobody, which is none/,
  }
  const taken: string[] = []
  for (const [value, reason] of Object.entries(wrong)) {
    const { ran } = await render(helm, valuesFile('production'), ['--set', value])
    if (ran.code === 0 || !reason.test(ran.all)) taken.push(`${value}: ${lastLine(ran.all)}`)
  }
  proof.claim(
    'wrong values are refused before anything is asked of a cluster',
    taken.length === 0,
    taken.join('; ') || `${Object.keys(wrong).length} refused`,
  )
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** The chart without a cluster, however long Helm takes to build. */
export async function proveKubernetes(proof: Proof): Promise<void> {
  await checkKubernetes(proof)
}
