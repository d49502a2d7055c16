import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The oldest Java that runs a broker. */
const JAVA = 17
/** What Debian and its children call that, and what fetches a broker. By its number: their default may be older. */
const PACKAGES = [`openjdk-${JAVA}-jre-headless`, 'maven']
export const INSTALL = `apt-get install -y ${PACKAGES.join(' ')}`

type Tool = 'java' | 'mvn'

/** @returns what this machine does not have, as it is told people: tools that are not there, and a Java that is too old */
async function missingOf(tools: readonly Tool[]): Promise<string[]> {
  const wrong = await Promise.all(
    tools.map(async (tool) => {
      const said = await run(tool, ['-version']).catch(() => undefined)
      if (said === undefined) return [`${tool} cannot be found`]
      return tool === 'java' ? tooOld(said.stderr + said.stdout) : []
    }),
  )
  return wrong.flat()
}

/** By what `java -version` says, in the words of any maker: `openjdk version "17.0.15"`, before 9 `version "1.8.0_412"`. */
function tooOld(said: string): string[] {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(said) ?? []
  const major = Number(first === '1' ? second : first)
  if (major >= JAVA) return []
  return [
    `java is ${Number.isNaN(major) ? 'of a version nobody knows' : major}, and ${JAVA} or newer is needed`,
  ]
}

/**
 * Installs Java and Maven where we may: as root, by apt-get. Nothing is done where all of them are there.
 * @param say is told what is installed, package by package
 * @returns why it was not done, for people; undefined when they are there
 */
export async function installJava(
  say: (line: string) => void,
  signal: AbortSignal,
  needed: readonly Tool[] = ['java', 'mvn'],
): Promise<string | undefined> {
  const missing = await missingOf(needed)
  if (missing.length === 0) return undefined
  const lacking = missing.join(' and ')
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
  return still.length === 0 ? undefined : `${still.join(' and ')}, also after apt-get`
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
