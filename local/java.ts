import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What Debian and its children call a Java that runs a broker, and what fetches one. */
const PACKAGES = ['default-jre-headless', 'maven']
export const INSTALL = `apt-get install -y ${PACKAGES.join(' ')}`

/** @returns those that this machine does not have */
async function missingOf(tools: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    tools.map(async (tool) => ({
      tool,
      isThere: await run(tool, ['-version']).then(
        () => true,
        () => false,
      ),
    })),
  )
  return found.filter(({ isThere }) => !isThere).map(({ tool }) => tool)
}

/**
 * Installs Java and Maven where we may: as root, by apt-get. Nothing is done where all of them are there.
 * @param say is told what is installed, package by package
 * @returns why it was not done, for people; undefined when they are there
 */
export async function installJava(
  say: (line: string) => void,
  signal: AbortSignal,
  needed: readonly ('java' | 'mvn')[] = ['java', 'mvn'],
): Promise<string | undefined> {
  const missing = await missingOf(needed)
  if (missing.length === 0) return undefined
  const lacking = `${missing.join(' and ')} cannot be found`
  const hasApt = await run('apt-get', ['--version']).then(
    () => true,
    () => false,
  )
  if (!hasApt) return lacking
  if (process.getuid?.() !== 0) return `${lacking}, and only root may install packages`
  say(`${lacking}: installing ${PACKAGES.join(' and ')} by apt-get (once, some minutes) …`)
  try {
    await aptGet(['update', '-q'], () => {}, signal)
    const install = ['install', '-y', '-q', '--no-install-recommends', ...PACKAGES]
    await aptGet(install, (line) => /^(?:Unpacking|Setting up) /.test(line) && say(`  ${line}`), signal)
  } catch (error) {
    return `${lacking}, and apt-get failed: ${error instanceof Error ? error.message : String(error)}`
  }
  const still = await missingOf(needed)
  return still.length === 0 ? undefined : `${still.join(' and ')} cannot be found, also after apt-get`
}

/** @throws with the last words of apt-get */
async function aptGet(
  args: readonly string[],
  line: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn('apt-get', args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const ended = new Promise<number | null>((done, fail) => {
    child.once('error', fail)
    child.once('close', done)
  })
  let last = ''
  for (const output of [child.stdout, child.stderr])
    createInterface({ input: output }).on('line', (text) => {
      if (text.trim() !== '') last = text.trim()
      line(text)
    })
  const code = await ended
  if (code !== 0) throw new Error(last === '' ? `it ended with ${code}` : last)
}
