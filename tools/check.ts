import { spawnSync } from 'node:child_process'

/**
 * Everything that can be said about the sources without running them. Each check is an ordinary tool with its own
 * settings file; this only runs them all and sums up, so that one failure does not hide the next.
 */
const CHECKS: readonly { name: string; command: string; args: readonly string[] }[] = [
  { name: 'format', command: 'biome', args: ['check', '--error-on-warnings'] },
  { name: 'types', command: 'tsc', args: ['--noEmit', '-p', '.'] },
  { name: 'types of pages', command: 'tsc', args: ['--noEmit', '-p', 'web'] },
  { name: 'types of islands', command: 'tsc', args: ['--noEmit', '-p', 'web/islands'] },
  { name: 'types of the console', command: 'tsc', args: ['--noEmit', '-p', 'web/console'] },
  { name: 'types of browser tests', command: 'tsc', args: ['--noEmit', '-p', 'test/browser'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'walls', command: 'node', args: ['tools/walls.ts'] },
  { name: 'unused code', command: 'knip', args: [] },
  { name: 'journeys', command: 'node', args: ['tools/journeys.ts'] },
  { name: 'README', command: 'node', args: ['tools/readme.ts'] },
]

let failed = 0
for (const { name, command, args } of CHECKS) {
  const started = performance.now()
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const ok = status === 0
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
  if (!ok) {
    failed += 1
    console.log(`${stdout}${stderr}${error ? error.message : ''}`)
  }
}
console.log(`check: ${CHECKS.length - failed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
