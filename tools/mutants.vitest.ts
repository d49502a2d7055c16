import { defineConfig } from 'vitest/config'
import { RULES } from './rules.ts'

/** The tests of the rules, for mutants (`npm run mutate`): pure ones only, and properties always try the same values. */
export default defineConfig({
  test: {
    include: [
      ...RULES.map((pattern) => pattern.replace(/\.ts$/, '.test.ts')),
      'src/shop/subscriptions/rules/any-commands.test.ts',
    ],
    setupFiles: ['test/setup/equal-temporal.ts', 'test/setup/same-values.ts'],
  },
})
