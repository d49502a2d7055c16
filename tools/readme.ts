import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { settingsTable } from '../src/config.ts'

/** Keeps the README's settings table equal to src/config.ts. `--write` corrects it; without, a difference fails. */
const path = join(import.meta.dirname, '..', 'README.md')
const text = readFileSync(path, 'utf8')
const updated = text.replace(
  /(<!-- settings: [^\n]*-->\n)[\s\S]*?(<!-- \/settings -->)/,
  (_all, start: string, end: string) => `${start}${settingsTable()}\n${end}`,
)
if (process.argv.includes('--write')) {
  writeFileSync(path, updated)
} else if (updated !== text) {
  console.error(
    'The settings table of README.md is not that of src/config.ts. Run: node tools/readme.ts --write',
  )
  process.exit(1)
}
