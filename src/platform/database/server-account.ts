import { execFile, type SpawnOptions, spawnSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { UserError } from '../user-error.ts'

const run = promisify(execFile)

/**
 * Who the server runs as. PostgreSQL refuses to run as root; then it runs as the system user `postgres`,
 * made when missing.
 */
export interface Account {
  uid: number
  gid: number
}

/** @throws UserError when we are root and there is no such user, nor can one be made */
export function serverAccount(): Account | undefined {
  if (userInfo().uid !== 0) return undefined
  const idOf = (flag: string) => {
    const found = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' })
    return found.status === 0 ? Number(found.stdout.trim()) : undefined
  }
  if (idOf('-u') === undefined) {
    spawnSync('groupadd', ['--system', 'postgres'])
    spawnSync('useradd', ['--system', '-g', 'postgres', '-M', 'postgres'])
  }
  const uid = idOf('-u')
  const gid = idOf('-g')
  if (uid === undefined || gid === undefined) {
    throw new UserError(
      'PostgreSQL does not run as root, and the system user "postgres" could not be created. Run as another user, or set DATABASE_URL.',
    )
  }
  return { uid, gid }
}

interface Way {
  command: string
  /** Arguments before those of the tool. */
  before: readonly string[]
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>
}

/**
 * How to run a server tool as the account. When that account may not walk into the folder or to the binaries (a
 * checkout below /root or a private temporary folder), it keeps the one capability to do so. The tools look for one
 * another by access(2), which asks for the real user and leaves capabilities out, unless the process is one whose
 * capabilities do not follow its user (`no_setuid_fixup`).
 * @throws UserError when neither works
 */
export async function wayToRun(account: Account | undefined, folder: string, tool: string): Promise<Way> {
  const options = { cwd: '/', env: { ...process.env, LC_ALL: 'C' } }
  if (!account) return { command: tool, before: [], options }
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  const reach = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup']
  const plain: Way = { command: tool, before: [], options: { ...options, ...account } }
  const reaching: Way = { command: 'setpriv', before: [...identity, ...reach, tool], options }
  if (await works('sh', [], plain.options, folder, tool)) return plain
  if (await works('setpriv', [...identity, ...reach, 'sh'], options, folder, tool)) return reaching
  throw new UserError(
    `PostgreSQL runs as the user "postgres" here (you are root), and that user cannot enter ${dirname(folder)} or run ${tool}. Set DATA_DIR and the checkout to folders it may enter, or set DATABASE_URL.`,
  )
}

/**
 * Whether a shell started this way can enter the folder's folder, and the tools find one another and their files. Only
 * a tool that looks for the others tells: permission bits do not, and `--version` is answered before the search.
 */
async function works(
  command: string,
  before: readonly string[],
  options: Way['options'],
  folder: string,
  tool: string,
): Promise<boolean> {
  const script = ['-c', 'cd "$1" && exec "$2" --show -D "$3"', 'sh']
  const initdb = join(dirname(tool), 'initdb')
  return run(command, [...before, ...script, dirname(folder), initdb, folder], options).then(
    () => true,
    () => false,
  )
}

/**
 * Runs a server tool as the account until it ends.
 * @throws what the tool says when it fails
 */
export async function runAs(
  account: Account | undefined,
  folder: string,
  tool: string,
  args: readonly string[],
) {
  const { command, before, options } = await wayToRun(account, folder, tool)
  return run(command, [...before, ...args], options)
}
