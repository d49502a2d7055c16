import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'tools/**/*.test.ts',
      'deploy/**/*.test.ts',
      'src/**/*.test.ts',
      'web/**/*.test.ts',
      'simulators/**/*.test.ts',
      'simulation/**/*.test.ts',
      'local/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    globalSetup: ['test/setup/global-setup.ts'],
    setupFiles: ['test/setup/equal-temporal.ts', 'test/setup/note-statements.ts'],
    // Test files mostly wait for the database and for each other's processes, not for a core.
    maxWorkers: 3,
    // Sources leave no state behind that a later file could meet, so files share processes: loading is half of the work.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A page or an event may be late on a busy machine; what never comes still fails.
    expect: { poll: { timeout: 15_000 } },
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'web/pages/**/*.{ts,tsx}', 'simulators/**/*.ts', 'simulation/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.fixture.ts', '**/*-testing.ts', '**/tables.ts'],
      reporter: ['text-summary', 'html'],
      // Of this process only: what tests start as processes of their own (commands, the server) counts as untested.
      thresholds: { lines: 90 },
    },
  },
})
