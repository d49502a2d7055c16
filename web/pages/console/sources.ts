import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../..')

/** Where `npm run build:console` puts what it builds; container images bring it along. */
export const PREBUILT = join(ROOT, 'dist/console')
/** Where a server keeps what it built, as long as this folder can be written: until the next `npm ci`. */
export const BESIDE_PACKAGES = join(ROOT, 'node_modules/.cache/pillivery-console')
export const BUILDER = join(ROOT, 'web/build-console.ts')

/** What the console is made of. */
const SOURCES = ['web/console/**/*.{ts,tsx,css}', 'web/ui/*', 'web/words/*.ts', 'web/build-console.ts']
const TOOLS = 'package-lock.json'

/** Names what would be built of the sources as they are now, by the packages of the lock file. */
export function hashOfSources(): string {
  const files = globSync([...SOURCES], { cwd: ROOT }).filter((file) => !/\.test\.tsx?$/.test(file))
  const hash = createHash('sha256')
  for (const file of [...files.toSorted(), TOOLS]) {
    hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)))
  }
  return hash.digest('hex').slice(0, 24)
}
