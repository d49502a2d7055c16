import { join } from 'node:path'
import { kubernetesPrograms } from '../cluster/programs.ts'
import { startDocker } from '../kit/docker.ts'
import type { Proof } from '../kit/proof.ts'
import { goProgram, install } from '../kit/tools.ts'
import { proveFigures } from './kubernetes/figures.ts'
import { HARMS, HARMS_OF_PRODUCTION, HARMS_OF_SELF_CHECK, type Harm } from './kubernetes/harms.ts'
import { HARMS_OF_ANNOTATIONS, HARMS_OF_EXPORTERS, HARMS_OF_MONITORS } from './kubernetes/harms-of-figures.ts'
import {
  buildImages,
  CLUSTER_PROGRAMS,
  type Installation,
  install as installFirst,
  prepare,
  startCluster,
} from './kubernetes/installation.ts'
import type { KubeObject } from './kubernetes/objects.ts'
import { proveBilling, proveDrain, proveLive, proveScaling } from './kubernetes/operations.ts'
import { lint, render, VALUES, valuesFile } from './kubernetes/render.ts'
import { proveBadRelease, proveLogLevel, proveUpgrade } from './kubernetes/rollouts.ts'
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
  for (const [name, more] of Object.entries(VARIANTS)) {
    const { ran, objects } = await render(helm.path, valuesFile('production'), more)
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

const SELF_CHECK = 'production with self-check'
const OPERATOR = 'production with an operator'
/** Machines of one network, by a balancer; and figures read by the Prometheus Operator. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  [SELF_CHECK]: [
    '--set-json',
    'selfCheck={"enabled":true,"type":"LoadBalancer","from":[{"ipBlock":{"cidr":"192.0.2.0/28"}}]}',
  ],
  [OPERATOR]: ['--set', 'monitoring.discovery=podMonitor,monitoring.podMonitor.labels.release=watch'],
}

/** What can be harmed in what is rendered with these values. */
function harmsOf(name: string): readonly Harm[] {
  if (name === 'laptop') return HARMS
  return [
    ...HARMS,
    ...HARMS_OF_PRODUCTION,
    ...HARMS_OF_EXPORTERS,
    ...(name === OPERATOR ? HARMS_OF_MONITORS : HARMS_OF_ANNOTATIONS),
    ...(name === SELF_CHECK ? HARMS_OF_SELF_CHECK : []),
  ]
}

interface Rendered {
  name: string
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
    harmsOf(name).flatMap((harm) => {
      const harmed = structuredClone(objects) as KubeObject[]
      harm.do(harmed)
      count += 1
      const rule = RULES.find(({ what }) => what === harm.noticedBy)
      return rule && rule.broken(harmed).length > 0 ? [] : [`${name}: ${harm.what}`]
    }),
  )
  proof.claim(
    'the rules notice what people get wrong',
    count > 0 && unnoticed.length === 0,
    unnoticed.join('; ') || `${count} harms noticed`,
  )
  const misspelt = rendered.map(({ objects }) =>
    schemaProblems(
      JSON.parse(
        JSON.stringify(objects).replaceAll('"readinessProbe"', '"readynessProbe"'),
      ) as typeof objects,
    ),
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
    'network.dns={}': /dns/,
    'selfCheck.enabled=true,selfCheck.type=LoadBalancer': /selfCheck\.from/,
    'selfCheck.port=80': /port/,
    'processes.gateway.calls={nobody}': /nobody, which is none/,
    'monitoring.discovery=serviceMonitor': /discovery/,
    'monitoring.postgres.servers.primary=postgres://watch:secret@db/shop': /servers/,
    'monitoring.postgres.password=secret': /password/,
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

/** The chart, and what a cluster of this machine makes of it: `npm run prove -- kubernetes`. */
export async function proveKubernetes(proof: Proof): Promise<void> {
  await checkKubernetes(proof)
  const helm = await goProgram('helm')
  if (helm.kind === 'missing') return
  const built = await kubernetesPrograms()
  if (built.kind === 'missing') return proof.skip('a cluster', built.because)
  const missing = await install(...CLUSTER_PROGRAMS)
  if (missing.length > 0) return proof.skip('a cluster', `${missing.join(', ')} cannot be installed here`)
  const engine = await startDocker(proof)
  if (!engine) return
  const cluster = await startCluster(proof, built.programs, await buildImages(proof, engine))
  const prepared = await prepare(proof, helm.path, cluster)
  await proveAccepted(proof, helm.path, prepared)
  const installation = await installFirst(proof, prepared)
  await proveLive(proof, installation)
  await proveFigures(proof, installation)
  await proveUpgrade(proof, installation)
  await proveBadRelease(proof, installation)
  await proveScaling(proof, installation)
  await proveDrain(proof, installation)
  await proveBilling(proof, installation)
  await proveLogLevel(proof, installation)
}

/** A real API server, asked without keeping anything. */
async function proveAccepted(proof: Proof, helm: string, { tryKubectl }: Installation): Promise<void> {
  const ask = (yaml: string) =>
    tryKubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], yaml)
  for (const name of VALUES) {
    const { ran, objects } = await render(helm, valuesFile(name))
    const { code, all } = await ask(ran.out)
    const warned = all.split('\n').filter((line) => line.startsWith('Warning'))
    proof.claim(
      `the API server takes every object in a namespace of the profile restricted, ${name}`,
      code === 0 && warned.length === 0,
      code === 0 ? warned.join('; ') || `${objects.length} objects, no warning` : all.trim().slice(0, 500),
    )
    if (name === 'laptop') continue
    const harmed = [
      ran.out.replace('timeZone: Asia/Seoul', 'timeZone: Asia/Soul'),
      ran.out.replaceAll('readinessProbe:', 'readynessProbe:'),
      ran.out.replaceAll('averageUtilization: 50', 'averageUtilization: half'),
    ]
    const answers = await Promise.all(harmed.map(ask))
    proof.claim(
      'and refuses a zone that is none, a misspelt probe, a word for a number',
      answers.every((one) => one.code !== 0),
      answers.map((one) => one.all.trim().split('\n').at(-1)?.slice(-120)).join('; '),
    )
  }
}
