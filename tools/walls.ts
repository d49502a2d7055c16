import { globSync, readFileSync } from 'node:fs'
import { dirname, join, matchesGlob, relative } from 'node:path'
import { RULES } from './rules.ts'

/**
 * Who may import whom: `main → cli → runtime → services → contexts → platform`. Read from the sources themselves,
 * because no boundary tool reads TypeScript 7 yet. Prints every breach; exit code 1 if there is one.
 */
const ROOT = join(import.meta.dirname, '..')

/** Context folders below src; each is entered from outside only through its index.ts (and `allowed` contracts). */
const CONTEXTS = [
  'identity',
  'notifications',
  'shop/catalog',
  'shop/cart',
  'shop/orders',
  'shop/payments',
  'shop/subscriptions',
] as const

/** What contexts tell each other; any of them may import it. */
const CONTRACTS = 'src/contracts/'

/** Single files of a context that others may import although they are not its face, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'src/shop/payments/payable.ts':
    'the interface orders implement for payments; payments must not import orders',
}

export interface Breach {
  file: string
  imported: string
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

function contextOf(path: string): string | undefined {
  return CONTEXTS.find((context) => path.startsWith(`src/${context}/`))
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
    const report = (rule: string) => found.push({ file, imported: specifier, rule })
    if (file.startsWith('src/') && !isTest && target !== undefined) {
      if (/^(simulators|test|bench|tools)\//.test(target))
        report('sources do not import tests, simulators or tools')
      if (ONLY_FOR_TESTS.test(target)) report('sources do not import what is only for tests')
      if (target.startsWith('src/') && layerOf(target) > layerOf(file))
        report('imports run from main towards platform')
    }
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
    const pure = target !== undefined && isRules(target)
    if (isRules(file) && !typeOnly && !pure) report('files of rules import only other rules')
  }
  return found
}

function isRules(file: string): boolean {
  return RULES.some((pattern) => matchesGlob(file, pattern))
}

export function checkWalls(): { files: number; breaches: Breach[] } {
  const files = globSync(['src/**/*.ts', 'simulators/**/*.ts'], { cwd: ROOT })
  const breaches = files.flatMap((file) => breachesOf(file, readFileSync(join(ROOT, file), 'utf8')))
  return { files: files.length, breaches }
}

if (import.meta.main) {
  const { files, breaches } = checkWalls()
  for (const { file, imported, rule } of breaches) console.error(`${file} imports ${imported}: ${rule}`)
  console.log(`import walls: ${files} files, ${breaches.length} breaches`)
  process.exit(breaches.length > 0 ? 1 : 0)
}
