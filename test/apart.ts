import { spawnSync } from 'node:child_process'
import { hasRedis } from './support/redis.ts'

/**
 * Journeys once more, through systems of several real processes (see `support/forms/forms.ts`). Not all of them: those that
 * cross every service, fill carts, buy, subscribe, sign in and out, and operate. The pairs, of which one process after the
 * other is killed, share a Redis that dies again and again as well.
 */
const JOURNEYS = ['first-sale', 'cart', 'subscriptions', 'accounts', 'operators'].map(
  (name) => `test/journeys/${name}.test.ts`,
)

let failed = 0
for (const form of ['api+worker', 'pairs']) {
  console.log(`\nThrough ${form}`)
  // Every process of a system wants a core; several systems at once would only wait for one another.
  const args = ['run', '--maxWorkers=1', '--testTimeout=120000', '--hookTimeout=240000', ...JOURNEYS]
  const { status } = spawnSync('vitest', args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      JOURNEYS_FORM: form,
      JOURNEYS_REDIS: form === 'pairs' && hasRedis ? 'dying' : 'off',
    },
  })
  if (status !== 0) failed += 1
}
process.exit(failed > 0 ? 1 : 0)
