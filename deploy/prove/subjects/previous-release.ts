import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startEmbedded } from '../../../src/platform/database/embedded.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt, ROOT, run } from '../kit/shell.ts'

/** What people do that a release must not break while the one before it still runs. */
const ALONE = ['first-sale', 'subscriptions', 'billing', 'library', 'operators']
const TOGETHER = ['first-sale', 'subscriptions', 'partial-refunds', 'four-books', 'library-races']

/**
 * Migrations that old and new code survive side by side: the release before this one does its own journeys on databases
 * that this one has migrated, and then both serve and work at once, while one after the other is killed.
 * @param args the commit of the release before; default: the last tag, else what was before the newest migration
 */
export async function provePreviousRelease(proof: Proof, [given]: readonly string[]): Promise<void> {
  const commit = given ?? (await releaseBefore())
  const [, between = ''] = (await git('diff', '--shortstat', commit, 'HEAD')).split('changed, ')
  const added = await git(
    'diff',
    '--name-only',
    '--diff-filter=A',
    commit,
    'HEAD',
    '--',
    '*/migrations/*.sql',
  )
  const migrations = added === '' ? [] : added.split('\n')
  proof.note(`the release before is ${await git('log', '-1', '--format=%h %s', commit)}`)
  proof.claim(
    'there is something to try: migrations the release before does not know',
    migrations.length > 0,
    `${migrations.length} (${migrations.join(', ')}); ${between}`,
  )
  const root = join(proof.folder, 'previous')
  await git('worktree', 'add', '--detach', root, commit)
  proof.after(() => git('worktree', 'remove', '--force', root))
  await bringModules(proof, root)

  await proveAlone(proof, root)
  const env = { JOURNEYS_FORM: 'pairs', OTHER_RELEASE: root }
  for (const name of TOGETHER)
    await proveJourney(proof, `both at once, killed in turn: ${name}`, { cwd: ROOT, name, env })
}

/** Every database of the run begins as this release has migrated it: PostgreSQL makes new ones like `template1`. */
async function proveAlone(proof: Proof, root: string): Promise<void> {
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=400']
  const server = await startEmbedded({ folder: join(proof.folder, 'postgres'), settings })
  proof.after(() => server.stop())
  const template = new URL(server.url)
  template.pathname = '/template1'
  const own = { DATABASE_URL: template.href, DATA_DIR: join(proof.folder, 'data'), DEMO: 'off' }
  await run(process.execPath, ['src/main.ts', 'migrate'], { env: own })
  writeFileSync(
    join(root, 'on-our-database.ts'),
    `export default (project) => {
  project.provide('databaseUrl', process.env.OUR_DATABASE)
  for (const note of ['visitsFile', 'statementsFile']) project.provide(note, process.env.OUR_NOTES + note)
}
`,
  )
  writeFileSync(
    join(root, 'on-our-database.config.ts'),
    `import theirs from './vitest.config.ts'
export default { ...theirs, test: { ...theirs.test, globalSetup: ['on-our-database.ts'] } }
`,
  )
  const env = { OUR_DATABASE: server.url, OUR_NOTES: join(proof.folder, 'notes-') }
  for (const name of ALONE)
    await proveJourney(proof, `the release before on our schema: ${name}`, {
      cwd: root,
      name,
      env,
      config: 'on-our-database.config.ts',
    })
}

interface Journey {
  /** Whose journeys they are. */
  cwd: string
  name: string
  env: Readonly<Record<string, string>>
  config?: string
}

async function proveJourney(proof: Proof, claim: string, { cwd, name, env, config }: Journey): Promise<void> {
  const file = `test/journeys/${name}.test.ts`
  const patience = ['--maxWorkers=1', '--testTimeout=120000', '--hookTimeout=240000']
  const args = ['run', ...(config ? [`--config=${config}`] : []), ...patience, file]
  const began = performance.now()
  const { code, all } = await attempt(join(cwd, 'node_modules/.bin/vitest'), args, {
    cwd,
    env: { ...env, NO_COLOR: '1' },
  })
  const seconds = Math.round((performance.now() - began) / 1_000)
  const tests = /Tests +(.*)/.exec(all)?.[1]?.trim() ?? 'no tests'
  // A run that skips everything ends well, too.
  const isProved = code === 0 && /\b[1-9]\d* passed\b/.test(tests)
  proof.claim(claim, isProved, isProved ? `${tests} in ${seconds} s` : all.slice(-3_000))
}

/** The modules of this release serve when they are all the other one needs, and the same; else it gets its own. */
async function bringModules(proof: Proof, root: string): Promise<void> {
  const [ours, theirs] = [modulesIn(ROOT), modulesIn(root)]
  const differing = [...theirs].filter(([path, version]) => path !== '' && ours.get(path) !== version)
  if (differing.length === 0 && existsSync(join(ROOT, 'node_modules'))) {
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
    return
  }
  proof.note(`${differing.length} packages differ: npm ci`)
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root })
}

function modulesIn(root: string): Map<string, string> {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string }>
  }
  return new Map(Object.entries(packages).map(([path, { version = '' }]) => [path, version]))
}

async function releaseBefore(): Promise<string> {
  const tag = await attempt('git', ['describe', '--tags', '--abbrev=0', 'HEAD^'])
  if (tag.code === 0) return tag.out.trim()
  const newest = await git('log', '-1', '--diff-filter=A', '--format=%H', '--', '*/migrations/*.sql')
  return git('rev-parse', '--short', `${newest}^`)
}

async function git(...args: string[]): Promise<string> {
  return (await run('git', args)).trim()
}
