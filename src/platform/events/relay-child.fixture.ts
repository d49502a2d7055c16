/**
 * A process of its own that leads a subscriber: `node relay-child.fixture.ts URL SUBSCRIBER TOGETHER`. Prints `leads`, and
 * `handling` when it is in the middle of an effect, where it stays for the given subject `hang`.
 */

import { openDatabase } from '../database/database.ts'
import { createLog } from '../telemetry/log.ts'
import { systemClock } from '../time/clock.ts'
import { noting } from './relay.fixture.ts'
import { startRelay } from './relay.ts'

const [url = '', name = '', together = '1'] = process.argv.slice(2)
const { db } = openDatabase({ url, poolSize: 4, statementTimeoutMs: 10_000 })
const relay = startRelay({
  db,
  url,
  log: createLog('silent'),
  now: systemClock.now,
  pollMs: 50,
  leaseMs: 2_000,
  hungAfterMs: 1_000,
  subscribers: [
    {
      ...noting(name, async ({ data }) => {
        if (data.n !== 2) return
        console.log('handling')
        await new Promise(() => {})
      }),
      together: Number(together),
    },
  ],
})
const told = setInterval(() => {
  if (!relay.leads(name)) return
  clearInterval(told)
  console.log('leads')
}, 20)
