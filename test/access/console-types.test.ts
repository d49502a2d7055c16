import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OPERATIONS_FILE, operationsNamed, typesOf } from '../../tools/console-types.ts'
import { startSystem } from '../support/system.ts'

/** `npm run console:types` sets it: the file is written instead of compared. */
const WRITES = process.env.CONSOLE_TYPES === 'write'

test('the console calls the API by the types the API has', async () => {
  const system = await startSystem()
  try {
    const made = typesOf(system.contract.document, operationsNamed())
    if (WRITES) writeFileSync(OPERATIONS_FILE, made)
    expect(readFileSync(OPERATIONS_FILE, 'utf8'), 'run `npm run console:types`').toBe(made)
  } finally {
    await system.stop()
  }
})
