import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { settingsForReaders } from '../src/services/settings-for-readers.ts'

/** Keeps the README's settings equal to the tables of the sources. `--write` corrects it; without, a difference fails. */
const path = join(import.meta.dirname, '..', 'README.md')
const text = readFileSync(path, 'utf8')
const updated = text.replace(
  /(<!-- settings: [^\n]*-->\n)[\s\S]*?(<!-- \/settings -->)/,
  (_all, start: string, end: string) => `${start}${settingsForReaders()}\n${end}`,
)
if (process.argv.includes('--write')) {
  writeFileSync(path, updated)
} else if (updated !== text) {
  console.error('The settings in README.md are not those of src/services. Run: node tools/readme.ts --write')
  process.exit(1)
}
