import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Proof } from '../kit/proof.ts'
import { attempt, has, type Ran, ROOT, run } from '../kit/shell.ts'
import { TOOLS } from '../kit/tools.ts'

const GROOVY = '4.0.33'
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>proof</groupId><artifactId>groovy</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>org.apache.groovy</groupId><artifactId>groovy</artifactId><version>${GROOVY}</version>
  </dependency></dependencies>
</project>
`

/** What the Jenkinsfile calls, by what people call the step. */
const SCRIPTS = {
  test: '.ci/run',
  image: 'deploy/pipelines/image.sh',
  'roll out': 'deploy/pipelines/roll-out.sh',
  tell: 'deploy/pipelines/tell-failure.sh',
} as const
type Step = keyof typeof SCRIPTS

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
  for (const { claim, branch, failing, steps, code } of tries) {
    const { ran, called } = await build(proof, jar, branch, failing)
    const right = ran.code === code && called.join() === steps.join()
    proof.claim(
      `Jenkinsfile: ${claim}`,
      right,
      right ? `${called.join(', ')}: ${ran.code}` : ran.all.slice(-1_500),
    )
  }
}

async function build(
  proof: Proof,
  jar: string,
  branch: string,
  failing: Step | undefined,
): Promise<{ ran: Ran; called: string[] }> {
  const folder = join(proof.folder, 'jenkins')
  rmSync(folder, { recursive: true, force: true })
  const called = join(folder, 'called')
  for (const [step, path] of Object.entries(SCRIPTS)) {
    const needed = [...readFileSync(join(ROOT, path), 'utf8').matchAll(/\$\{([A-Z_]+):\?/g)].map(
      ([, name]) => name,
    )
    const lines = needed.map((name) => `: "\${${name}:?}"`)
    const place = join(folder, path)
    mkdirSync(dirname(place), { recursive: true })
    const end = step === failing ? 'exit 1' : 'exit 0'
    writeFileSync(
      place,
      ['#!/bin/sh', 'set -eu', ...lines, `echo '${step}' >> '${called}'`, end, ''].join('\n'),
      {
        mode: 0o755,
      },
    )
  }
  const harness = join(ROOT, 'deploy/prove/kit/jenkinsfile.groovy')
  const file = join(ROOT, 'deploy/pipelines/Jenkinsfile')
  const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
  const ran = await attempt('java', [...quick, '-cp', jar, 'groovy.ui.GroovyMain', harness, file, folder], {
    env: { BRANCH_NAME: branch },
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
