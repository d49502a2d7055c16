import { spawn } from 'node:child_process'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * Deploys a release to servers over SSH, one after the other, and rolls all of them back when one does not come up:
 *   node deploy/rolling/rolling.ts --plan PLAN.json --release 4f2a9c1-318 --archive release.tar.gz
 * Bastions, users and keys are the business of the SSH configuration the plan names (ProxyJump).
 */
export interface Plan {
  /** Configuration of ssh. */
  sshConfig: string
  /** Host of nginx; without it nothing is taken out or put back, as for the batch machine. */
  front?: string
  /** Where the lock is held: one place for everybody who deploys. */
  lockHost: string
  servers: readonly {
    host: string
    /** As it stands in upstream.conf. */
    upstream?: string
    /** Of server.sh: ROOT, RESTART, URL. */
    settings?: Readonly<Record<string, string>>
    /** Whether it answers /health. The batch machine does not: its RESTART tries the release, and fails when it is none. Default: yes. */
    health?: boolean
  }[]
  frontSettings?: Readonly<Record<string, string>>
  /** For servers that are off most of the day: who switches them on, by which command, and how many seconds until SSH answers. */
  wake?: { host: string; command: string; within: number }
  /** Seconds a server may take to be ready. */
  readyWithin: number
  keepReleases: number
}

export interface Deployment {
  plan: Plan
  release: string
  archive: string
  /** What Slack is told: by whom, where the build is. */
  about: string
  say(line: string): void
  tellSlack(text: string): Promise<void>
  now(): number
}

/** `not_begun`: no server was changed. */
export type Deployed =
  | { kind: 'deployed' }
  | { kind: 'rolled_back'; because: string; notBack: readonly string[] }
  | { kind: 'not_begun'; because: string }

const LOCK = '/tmp/pillivery-deployment.lock'
const WAKE_EVERY_MS = 1_000

type Server = Plan['servers'][number]

/**
 * Takes the lock, sends the release everywhere, then replaces server by server; rolls all back when one fails. Slack is
 * told of the beginning and of every end.
 */
export async function deploy(deployment: Deployment): Promise<Deployed> {
  const { plan, release, about, tellSlack, now } = deployment
  const begun = now()
  const unlock = await lock(deployment).catch((error: unknown) => String(error))
  const notBegun = (because: string) =>
    tellSlack(`❌ ${release}: 배포를 시작하지 못했습니다 / not begun: ${because}\n${about}`)
  if (typeof unlock === 'string') {
    await notBegun(unlock)
    return { kind: 'not_begun', because: unlock }
  }
  try {
    await tellSlack(
      `🚚 ${release}: ${plan.servers.map(({ host }) => host).join(', ')} 배포 시작 / deployment begins\n${about}`,
    )
    const end = await rollOut(deployment)
    const seconds = Math.round((now() - begun) / 1000)
    if (end.kind === 'deployed')
      await tellSlack(`✅ ${release}: 배포 완료 / deployed (${seconds} s)\n${about}`)
    if (end.kind === 'not_begun') await notBegun(end.because)
    if (end.kind === 'rolled_back') {
      const left = end.notBack.length > 0 ? `\n⚠️ 확인 필요 / look at: ${end.notBack.join(', ')}` : ''
      await tellSlack(
        `❌ ${release}: 되돌렸습니다 / rolled back (${seconds} s): ${end.because}${left}\n${about}`,
      )
    }
    return end
  } finally {
    await unlock()
  }
}

async function rollOut(deployment: Deployment): Promise<Deployed> {
  const { plan, release, say } = deployment
  const changed: { server: Server; before: string }[] = []
  try {
    // Everything that can fail before a server is touched, fails here.
    await wake(deployment)
    for (const server of plan.servers) {
      say(`${server.host}: sending ${release}`)
      await onServer(deployment, server, ['receive', release], deployment.archive)
    }
    for (const server of plan.servers) {
      const before = (await onServer(deployment, server, ['current'])).trim()
      changed.push({ server, before })
      await replace(deployment, server, release)
      say(`${server.host}: ${release} is ready`)
    }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    if (changed.length === 0) return { kind: 'not_begun', because }
    say(`rolling back: ${because}`)
    return { kind: 'rolled_back', because, notBack: await rollBack(deployment, changed) }
  }
  for (const server of plan.servers)
    await onServer(deployment, server, ['tidy', String(plan.keepReleases)]).catch((error: unknown) =>
      say(`${server.host}: old releases stay: ${String(error)}`),
    )
  return { kind: 'deployed' }
}

/** Switches servers on that are off, and waits until each lets us in. */
async function wake({ plan, say, now }: Deployment): Promise<void> {
  if (plan.wake === undefined) return
  const { host, command, within } = plan.wake
  say(`${host}: ${command}`)
  await ssh(plan, host, command)
  const deadline = now() + within * 1_000
  for (const server of plan.servers) {
    for (;;) {
      const refused = await ssh(plan, server.host, 'true').then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      )
      if (refused === undefined) break
      if (now() >= deadline) throw refused
      await new Promise((later) => setTimeout(later, WAKE_EVERY_MS))
    }
  }
}

/** Out of nginx, switch, wait until it is ready as this release, back into nginx. */
async function replace(deployment: Deployment, server: Server, release: string): Promise<void> {
  const { plan } = deployment
  await atFront(deployment, server, 'out')
  await onServer(deployment, server, ['switch', release])
  if (server.health !== false)
    await onServer(deployment, server, ['health', release, String(plan.readyWithin)])
  await atFront(deployment, server, 'in')
}

/** The last one changed first. One that cannot be brought back does not keep the others from it. */
async function rollBack(
  deployment: Deployment,
  changed: readonly { server: Server; before: string }[],
): Promise<string[]> {
  const notBack: string[] = []
  for (const { server, before } of changed.toReversed()) {
    if (before === 'none') {
      notBack.push(`${server.host} (had no release before)`)
      continue
    }
    await replace(deployment, server, before).catch((error: unknown) => {
      deployment.say(`${server.host} is not back on ${before}: ${String(error)}`)
      notBack.push(server.host)
    })
  }
  return notBack
}

async function atFront(deployment: Deployment, { upstream }: Server, step: 'in' | 'out'): Promise<void> {
  const { front, frontSettings } = deployment.plan
  if (front === undefined || upstream === undefined) return
  await runScript(deployment, front, 'front.sh', [step, upstream], frontSettings)
}

function onServer(
  deployment: Deployment,
  server: Server,
  args: readonly string[],
  input?: string,
): Promise<string> {
  return runScript(deployment, server.host, 'server.sh', args, server.settings, input)
}

/** The script travels in the command line, so that standard input is free, and nothing of it stays on the server. */
function runScript(
  { plan }: Deployment,
  host: string,
  script: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<string> {
  const text = readFileSync(join(import.meta.dirname, script), 'utf8')
  const given = Object.entries(settings).map(([name, value]) => `${name}=${quoted(value)}`)
  const command = ['env', ...given, 'sh', '-c', quoted(text), script, ...args.map(quoted)].join(' ')
  return ssh(plan, host, command, input)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function ssh({ sshConfig }: Plan, host: string, command: string, input?: string): Promise<string> {
  return new Promise((done, fail) => {
    const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=5']
    const child = spawn('ssh', ['-F', sshConfig, ...options, host, command], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let out = ''
    let complaint = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    child.stdin.on('error', () => undefined)
    if (input === undefined) child.stdin.end()
    else createReadStream(input).pipe(child.stdin)
    child.once('error', fail)
    child.once('close', (code) => {
      if (code === 0) done(out)
      else fail(new Error(`${host}: ${complaint.trim().split('\n').at(-1) || `ended with ${code}`}`))
    })
  })
}

/**
 * Held by a process on the lock's host that lives as long as our connection: whoever is killed while deploying leaves
 * no lock behind.
 * @returns what lets it go
 */
function lock({ plan, about }: Deployment): Promise<() => Promise<void>> {
  const hold = `exec 9>>${LOCK}; flock -n 9 || { cat ${LOCK} >&2; exit 75; }; printf '%s' ${quoted(about)} > ${LOCK}; echo held; cat > /dev/null`
  return new Promise((done, fail) => {
    const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=5']
    const child = spawn('ssh', ['-F', plan.sshConfig, ...options, plan.lockHost, hold], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    const closed = new Promise<void>((ended) => child.once('close', () => ended()))
    child.once('error', fail)
    child.once('close', (code) => {
      const who = complaint.trim().split('\n').at(-1) ?? ''
      fail(new Error(code === 75 ? `another deployment is under way: ${who}` : `${plan.lockHost}: ${who}`))
    })
    child.stdout.once('data', () =>
      done(() => {
        child.stdin.end()
        return closed
      }),
    )
  })
}

/** Slack's incoming webhook; its address is a secret and comes from a file. A silent Slack stops no deployment. */
function slackAt(file: string | undefined): (text: string) => Promise<void> {
  if (file === undefined) return async () => undefined
  const url = readFileSync(file, 'utf8').trim()
  return async (text) => {
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => console.error('Slack was not told'))
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      plan: { type: 'string' },
      release: { type: 'string' },
      archive: { type: 'string' },
      about: { type: 'string', default: `${process.env.USER ?? 'somebody'}` },
      'slack-webhook-file': { type: 'string' },
    },
  })
  const { plan, release, archive, about } = values
  if (plan === undefined || release === undefined || archive === undefined)
    throw new Error(
      'Usage: rolling.ts --plan FILE --release NAME --archive FILE [--about TEXT] [--slack-webhook-file FILE]',
    )
  const end = await deploy({
    plan: JSON.parse(readFileSync(plan, 'utf8')) as Plan,
    release,
    archive,
    about,
    say: (line) => console.log(line),
    tellSlack: slackAt(values['slack-webhook-file']),
    now: () => performance.now(),
  })
  console.log(end.kind === 'deployed' ? `${release} is deployed` : `${end.kind}: ${end.because}`)
  process.exit(end.kind === 'deployed' ? 0 : 1)
}
