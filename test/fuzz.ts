import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/** Many calls made up from the OpenAPI document: `npm run fuzz -- --runs 300 --seed 5`. The same seed, the same calls. */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
console.log(`${values.runs} calls to each operation, seed ${values.seed}`)
const { status } = spawnSync('vitest', ['run', 'test/access/fuzz.test.ts', '--hookTimeout=120000'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_RUNS: values.runs, FUZZ_SEED: values.seed },
})
process.exit(status ?? 1)
