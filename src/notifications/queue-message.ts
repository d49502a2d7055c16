import Type from 'typebox'
import type { Tx } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import { type Commands, defineCommand } from '../platform/jobs/commands.ts'
import type { Clock } from '../platform/time/clock.ts'
import type { Notice } from './notice.ts'
import { notifications } from './tables.ts'

/**
 * Sends one message. Back-off from 10 s up to an hour: 16 tries bridge half a day without a mail server, then the
 * command is a dead letter. The worker may keep it longer than {@link LEASE} lasts, so a retry finds the lease over.
 */
export const sendMessageCommand = defineCommand(
  'notifications.send',
  Type.Object({ messageId: Type.String() }),
  {
    retryLimit: 16,
    retryDelaySeconds: 10,
    expireSeconds: 180,
  },
)

export interface QueueDeps {
  clock: Clock
  enqueue: Commands['enqueue']
}

export interface NewMessage {
  eventId: string
  recipientId: string
  notice: Notice
  /** For the kinds that tell of a payment: the order that was paid. */
  paidOrderId?: string
}

/**
 * Writes the message of an event and the command that sends it, in the transaction of the event's inbox row. One
 * event gives one message of a kind, however often it is handled, and one payment one message: a second one changes
 * nothing, except that news of the cycle says more than news of its order and replaces it while it waits.
 */
export async function queueMessage(deps: QueueDeps, tx: Tx, message: NewMessage): Promise<void> {
  const { eventId, recipientId, notice, paidOrderId = null } = message
  const written = await notifications(tx)
    .insertInto('notifications.message')
    .values({
      id: newId(),
      event_id: eventId,
      kind: notice.kind,
      recipient_id: recipientId,
      paid_order_id: paidOrderId,
      data: JSON.stringify(notice.data),
      state: 'queued',
      created_at: deps.clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (written !== undefined) {
    await deps.enqueue(tx, sendMessageCommand, { messageId: written.id }, { key: written.id })
  } else if (notice.kind === 'charged' && paidOrderId !== null) {
    await notifications(tx)
      .updateTable('notifications.message')
      .set({ event_id: eventId, kind: notice.kind, data: JSON.stringify(notice.data) })
      .where('paid_order_id', '=', paidOrderId)
      .where('kind', '=', 'payment_done')
      .where('state', '=', 'queued')
      .execute()
  }
}
