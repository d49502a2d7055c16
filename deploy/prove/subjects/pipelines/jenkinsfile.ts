import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Proof } from '../../kit/proof.ts'
import { attempt, has, type Ran, ROOT, run } from '../../kit/shell.ts'
import { TOOLS } from '../../kit/tools.ts'
import { neededBy, SCRIPTS, type Step } from './steps.ts'

const GROOVY = '4.0.33'
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>proof</groupId><artifactId>groovy</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>org.apache.groovy</groupId><artifactId>groovy</artifactId><version>${GROOVY}</version>
  </dependency></dependencies>
</project>
`

/**
 * The Jenkinsfile is run as it stands, with other scripts in the places of ours: they note that they were called, and
 * fail without a variable that ours cannot do without.
 */
export async function checkJenkinsfile(proof: Proof): Promise<void> {
  const jar = await groovy()
  if (jar === undefined)
    return proof.skip('the Jenkinsfile runs', 'Groovy cannot be brought: no java, mvn or network')
  const tries: readonly {
    claim: string
    branch: string
    target?: 'business' | 'batch'
    failing?: Step
    steps: readonly Step[]
    code: number
  }[] = [
    {
      claim: 'main is tested, made an image and rolled out',
      branch: 'main',
      steps: ['test', 'image', 'roll out'],
      code: 0,
    },
    {
      claim: 'the batch machine gets the same steps, and its own plan',
      branch: 'main',
      target: 'batch',
      steps: ['test', 'image', 'roll out'],
      code: 0,
    },
    { claim: 'another branch is only tested', branch: 'feature', steps: ['test'], code: 0 },
    {
      claim: 'a failing test ends it, and is told',
      branch: 'main',
      failing: 'test',
      steps: ['test', 'tell'],
      code: 1,
    },
    {
      claim: 'a failing test of another branch is told nobody',
      branch: 'feature',
      failing: 'test',
      steps: ['test'],
      code: 1,
    },
    {
      claim: 'a failing image is not rolled out, and is told',
      branch: 'main',
      failing: 'image',
      steps: ['test', 'image', 'tell'],
      code: 1,
    },
    {
      claim: 'a failing deployment ends it (and tells so itself)',
      branch: 'main',
      failing: 'roll out',
      steps: ['test', 'image', 'roll out'],
      code: 1,
    },
  ]
  for (const { claim, branch, target = 'business', failing, steps, code } of tries) {
    const { ran, called } = await build(proof, jar, { branch, target, failing })
    // The harness gives each credential by its name.
    const isRolledOut = steps.includes('roll out')
    const plan = /WITH PLAN (.+)/.exec(ran.out)?.[1]
    const right =
      ran.code === code &&
      called.join() === steps.join() &&
      plan === (isRolledOut ? `credential plan-${target}` : undefined)
    proof.claim(
      `Jenkinsfile: ${claim}`,
      right,
      right
        ? `${called.join(', ')}${isRolledOut ? ` with ${plan}` : ''}: ${ran.code}`
        : ran.all.slice(-1_500),
    )
  }
}

async function build(
  proof: Proof,
  jar: string,
  { branch, target, failing }: { branch: string; target: string; failing: Step | undefined },
): Promise<{ ran: Ran; called: string[] }> {
  const folder = join(proof.folder, 'jenkins')
  rmSync(folder, { recursive: true, force: true })
  const called = join(folder, 'called')
  for (const [step, path] of Object.entries(SCRIPTS)) {
    const lines = neededBy(path).map((name) => `: "\${${name}:?}"`)
    const place = join(folder, path)
    mkdirSync(dirname(place), { recursive: true })
    const plan = step === 'roll out' ? ['echo "WITH PLAN $PLAN"'] : []
    const end = step === failing ? 'exit 1' : 'exit 0'
    writeFileSync(
      place,
      ['#!/bin/sh', 'set -eu', ...lines, ...plan, `echo '${step}' >> '${called}'`, end, ''].join('\n'),
      {
        mode: 0o755,
      },
    )
  }
  const harness = join(ROOT, 'deploy/prove/kit/jenkinsfile.groovy')
  const file = join(ROOT, 'deploy/pipelines/Jenkinsfile')
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
  const ran = await attempt('java', [...quick, '-cp', jar, 'groovy.ui.GroovyMain', harness, file, folder], {
    env: { BRANCH_NAME: branch, TARGET: target },
  })
  return { ran, called: existsSync(called) ? readFileSync(called, 'utf8').trim().split('\n') : [] }
}

/** Brought once from Maven Central, and kept. @returns undefined where it cannot be had */
async function groovy(): Promise<string | undefined> {
  const folder = join(TOOLS, 'groovy')
  const jar = join(folder, `groovy-${GROOVY}.jar`)
  if (existsSync(jar)) return jar
  if (!(await has('java')) || !(await has('mvn'))) return undefined
  const draft = join(folder, 'draft')
  mkdirSync(draft, { recursive: true })
  writeFileSync(join(draft, 'pom.xml'), POM)
  try {
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], {
      cwd: draft,
      within: 120_000,
    })
    renameSync(join(draft, 'lib', `groovy-${GROOVY}.jar`), jar)
    return jar
  } catch {
    return undefined
  }
}
