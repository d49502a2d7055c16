import { accountRegistered, accountWithdrawn } from '../../../contracts/account-events.ts'
import { on, type Subscriber } from '../../../platform/events/subscriber.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { ensurePatron, retirePatron } from '../store/patron-store.ts'

/**
 * Knows who has an account. One subscriber hears of both ends, so that they come in their order, and from the beginning,
 * so that the desk can find and lend to everybody, also to those who never borrowed.
 */
export function patronsSubscriber({ clock }: { clock: Clock }): Subscriber {
  return {
    name: 'borrow.patrons',
    handlers: [
      on(accountRegistered, async (tx, { data, time }) => {
        await ensurePatron(tx, data.accountId, time)
      }),
      on(accountWithdrawn, (tx, { data }) => retirePatron(tx, data.accountId, clock.now())),
    ],
  }
}
