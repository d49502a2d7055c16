import { RULES } from './rules.ts'

/** Rules without a decision worth a mutant: names, and the words of messages, which would be written twice to test them. */
const ONLY_WORDS = ['src/notifications/wording/wording-{ko,en}.ts', 'src/shop/catalog/search/synonyms.ts']

/**
 * Settings of Stryker (`npm run mutate`): it breaks the rules in one small way at a time (a mutant) and runs the pure
 * tests that reach that place. A mutant that no test notices (a survivor) shows what the tests do not say.
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'tools/mutants.vitest.ts', pool: 'threads' },
  plugins: ['@stryker-mutator/vitest-runner'],
  mutate: [...RULES, ...ONLY_WORDS.map((pattern) => `!${pattern}`)],
  ignorePatterns: ['**', '!src/**', '!test/setup/**', '!test/support/**', '!tools/**', '!package.json'],
  tempDirName: 'reports/mutants/work',
  reporters: ['clear-text', 'progress', 'html'],
  clearTextReporter: { logTests: false, reportTests: false, skipFull: true },
  htmlReporter: { fileName: 'reports/mutants/report.html' },
  warnings: { slow: false },
  // Far more than cores: a runner mostly waits, between two mutants and for those that never end.
  concurrency: 6,
  thresholds: { high: 95, low: 90, break: 90 },
}
