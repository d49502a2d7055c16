import { globSync, readFileSync } from 'node:fs'
import { dirname, join, matchesGlob, relative } from 'node:path'
import { PURE_PACKAGES, RULES } from './rules.ts'
import { foreignNames, type Home, readHomes } from './schemas.ts'
import { climb, contextOf } from './stairs.ts'

/**
 * Who may import whom: `main → cli → runtime → services → (pages →) contexts → platform`, and inside a context down its
 * stairs (`stairs.ts`). Contexts are entered from outside only through their index.ts (and `EXCEPTIONS`), and the
 * tables of a schema are named in its own folder only. No folder has more than MOST_FILES sources. Read from the
 * sources themselves, because no boundary tool reads TypeScript 7 yet. Prints every breach; exit code 1 if there is one.
 */
const ROOT = join(import.meta.dirname, '..')

/** What contexts tell each other; any of them may import it. */
const CONTRACTS = 'src/contracts/'

/** Single files of a context that others may import although they are not its face, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'src/shop/payments/payable.ts':
    'the interface orders implement for payments; payments must not import orders',
}

/** The one file that loads the simulation, when it is asked for. */
const STARTS_SIMULATION = 'src/cli/simulate-command.ts'

/** Sources in one folder, without tests and fixtures. More than this is no longer taken in at a glance. */
export const MOST_FILES = 16

/** Services of strangers, one in each folder. */
const STRANGER = /^examples\/[^/]+\//

/** The face of the pages. */
const PAGES = 'web/pages/index.ts'

export interface Breach {
  file: string
  /** What it imports or names; empty when the file itself, or its folder, is the breach. */
  what: string
  rule: string
}

interface Import {
  specifier: string
  /** Path from the root for files of ours, else undefined. */
  target: string | undefined
  typeOnly: boolean
}

function importsOf(file: string, source: string): Import[] {
  const pattern =
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm
  return [...source.matchAll(pattern)].map((match) => {
    const specifier = match[2] ?? match[3] ?? match[4] ?? ''
    const target = specifier.startsWith('.')
      ? relative(ROOT, join(ROOT, dirname(file), specifier))
      : undefined
    return { specifier, target, typeOnly: match[1] !== undefined }
  })
}

function layerOf(path: string): number {
  if (path.startsWith('src/platform/')) return 0
  if (contextOf(path) !== undefined || path.startsWith(CONTRACTS)) return 1
  if (path.startsWith('src/services/')) return 2
  if (path === 'src/runtime.ts') return 3
  if (path.startsWith('src/cli/')) return 4
  return 5
}

const ONLY_FOR_TESTS = /\.(test|fixture)\.ts$|testing\.ts$/

/** Every breach in one file. `source` is passed in so that the rules can be tested on invented files. */
export function breachesOf(file: string, source: string): Breach[] {
  const found: Breach[] = []
  const isTest = ONLY_FOR_TESTS.test(file)
  for (const { specifier, target, typeOnly } of importsOf(file, source)) {
    const report = (rule: string) => found.push({ file, what: specifier, rule })
    if (file.startsWith('src/') && !isTest && target !== undefined) {
      if (/^(simulators|test|bench|tools)\//.test(target))
        report('sources do not import tests, simulators or tools')
      if (target.startsWith('simulation/') && file !== STARTS_SIMULATION)
        report('only the command that starts it imports the simulation')
      if (ONLY_FOR_TESTS.test(target)) report('sources do not import what is only for tests')
      if (target.startsWith('src/') && layerOf(target) > layerOf(file))
        report('imports run from main towards platform')
    }
    const own = STRANGER.exec(file)?.[0]
    if (own !== undefined && target !== undefined && !target.startsWith(own))
      report('services in examples know the house by its published contracts only')
    if (file.startsWith('src/') && target !== undefined && STRANGER.test(target))
      report('nothing in the house knows its strangers')
    if (file.startsWith('simulators/') && !isTest && target?.startsWith('src/'))
      report('simulators are the outside world')
    const from = contextOf(file)
    const to = target === undefined ? undefined : contextOf(target)
    const face = to !== undefined && target === `src/${to}/index.ts`
    if (
      !isTest &&
      file.startsWith('src/') &&
      to !== undefined &&
      to !== from &&
      !face &&
      !((target ?? '') in EXCEPTIONS)
    ) {
      report(`another context only through src/${to}/index.ts`)
    }
    if (!isTest && target !== undefined && from !== undefined && from === to) {
      const wrong = climb(from, file, target)
      if (wrong) report(wrong)
    }
    const apart = from?.startsWith('library/') && to?.startsWith('library/') && from !== to
    if (apart && !isTest) report('services of the library share contracts only')
    if (file.startsWith('src/') && !isTest && target?.startsWith('web/')) {
      if (!file.startsWith('src/services/') || target !== PAGES)
        report(`only services know pages, and only ${PAGES}`)
    }
    if (file.startsWith('web/') && !isTest) {
      for (const rule of pageRules(file, target, { face, to, typeOnly })) report(rule)
    }
    const pure = target === undefined ? PURE_PACKAGES.includes(specifier) : isRules(target)
    if (isRules(file) && !isTest && !typeOnly && !pure) report('files of rules import only other rules')
  }
  return found
}

/**
 * Pages know the faces of contexts and the platform; islands run in browsers and know nothing but texts and types: what
 * they import, a package too, every customer loads. The console runs in browsers, too: a schema of the server that it
 * imported as a value would bring the library of schemas along.
 */
function pageRules(
  file: string,
  target: string | undefined,
  { face, to, typeOnly }: { face: boolean; to: string | undefined; typeOnly: boolean },
): string[] {
  if (file.startsWith('web/islands/')) {
    const isLight = typeOnly || target?.startsWith('web/words/') === true
    return isLight ? [] : ['islands import only types and words']
  }
  if (file.startsWith('web/console/')) {
    const isOurs = ['web/console/', 'web/ui/'].some((place) => target?.startsWith(place))
    const isPackage = target === undefined
    return isOurs || isPackage || typeOnly
      ? []
      : ['the console imports only its own, parts of web/ui, and types']
  }
  if (file.startsWith('web/words/') && target?.startsWith('web/') !== true && !typeOnly)
    return ['words import only words']
  if (target === undefined) return []
  if (to !== undefined && !face) return [`pages know a context only through src/${to}/index.ts`]
  const isOurs = target.startsWith('web/') || to !== undefined || target.startsWith('src/platform/')
  return isOurs ? [] : ['pages import only faces of contexts and the platform']
}

function isRules(file: string): boolean {
  return RULES.some((pattern) => matchesGlob(file, pattern))
}

/** Tables of other contexts that a source names. Tests and the simulation may look into any of them. */
export function strangeTables(file: string, source: string, homes: readonly Home[]): Breach[] {
  if (!file.startsWith('src/') || ONLY_FOR_TESTS.test(file)) return []
  const rule = 'a schema is named in its own folder only'
  return foreignNames(file, source, homes).map((what) => ({ file, what, rule }))
}

/** Folders with more than MOST_FILES sources among these files. */
export function fullFolders(files: readonly string[]): Breach[] {
  const sources = files.filter((file) => !ONLY_FOR_TESTS.test(file))
  return [...Map.groupBy(sources, dirname)]
    .filter(([, inside]) => inside.length > MOST_FILES)
    .map(([folder, inside]) => {
      const rule = `${inside.length} sources in one folder, more than ${MOST_FILES}: give them rooms`
      return { file: folder, what: '', rule }
    })
}

/** The breaches of a whole tree. Its root is passed in so that a tree with a breach can be tried. */
export function checkWalls(root = ROOT): { files: number; breaches: Breach[] } {
  const all = globSync('**/*.{ts,tsx}', { cwd: root, exclude: ['**/node_modules/**'] })
  const homes = readHomes(root)
  const files = all.filter((file) => /^(src|web|simulation|simulators|examples)\//.test(file))
  const breaches = files.flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8')
    return [...breachesOf(file, source), ...strangeTables(file, source, homes)]
  })
  return { files: files.length, breaches: [...breaches, ...fullFolders(all)] }
}

if (import.meta.main) {
  const { files, breaches } = checkWalls()
  for (const { file, what, rule } of breaches) console.error(`${file}${what && ` (${what})`}: ${rule}`)
  console.log(`walls: ${files} files, ${breaches.length} breaches`)
  process.exit(breaches.length > 0 ? 1 : 0)
}
