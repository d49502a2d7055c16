import { spawnSync } from 'node:child_process'
import { whyNoBroker } from '../../local/kafka.ts'

/**
 * Journeys once more, with every service as a process on a database of its own, joined by a real Kafka behind the
 * gateway (see `support/forms/forms.ts`): those of the library, and others that cross services. `--small`: the shortest one.
 */
const JOURNEYS = ['four-books', 'library', 'desk', 'library-races', 'order-pages', 'first-sale', 'accounts']
const SMALL = ['four-books']
/** The gate counts it as neither passed nor failed. */
const SKIPPED = 77

const missing = await whyNoBroker(() => console.log('Fetching Kafka (once) …'))
if (missing !== undefined) {
  console.log(`SKIPPED: journeys over Kafka. It needs java and mvn: ${missing}`)
  process.exit(SKIPPED)
}
const wanted = process.argv.includes('--small') ? SMALL : JOURNEYS
// Each brings up nine processes and a broker, which take all cores for a while.
const args = ['run', '--maxWorkers=1', '--testTimeout=180000', '--hookTimeout=300000']
const files = wanted.map((name) => `test/journeys/${name}.test.ts`)
const { status } = spawnSync('vitest', [...args, ...files], {
  stdio: 'inherit',
  env: { ...process.env, JOURNEYS_FORM: 'services' },
})
process.exit(status ?? 1)
