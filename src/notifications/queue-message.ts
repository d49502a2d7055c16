import Type from 'typebox'
import type { Tx } from '../platform/database/database.ts'
import { newId } from '../platform/ids.ts'
import { type Commands, defineCommand } from '../platform/jobs/commands.ts'
import type { Clock } from '../platform/time/clock.ts'
import { notifications } from './tables.ts'
import type { Notice } from './wording/notice.ts'

/**
 * Sends one message. Back-off from 10 s up to an hour: 20 tries bridge about ten hours without a mail server, then the
 * command is a dead letter. After a sender died, a few of them pass while the message still counts as his.
 */
export const sendMessageCommand = defineCommand(
  'notifications.send',
  Type.Object({ messageId: Type.String() }),
  {
    retryLimit: 20,
    retryDelaySeconds: 10,
    expireSeconds: 180,
    urgent: false,
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
}

/**
 * Writes the message of an event and the command that sends it, in the transaction of the event's inbox row. One
 * event gives one message of a kind, however often it is handled: a second one changes nothing.
 */
export async function queueMessage(deps: QueueDeps, tx: Tx, message: NewMessage): Promise<void> {
  const { eventId, recipientId, notice } = message
  const written = await notifications(tx)
    .insertInto('notifications.message')
    .values({
      id: newId(),
      event_id: eventId,
      kind: notice.kind,
      recipient_id: recipientId,
      data: JSON.stringify(notice.data),
      state: 'queued',
      created_at: deps.clock.now(),
    })
    .onConflict((conflict) => conflict.constraint('message_once').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (written === undefined) return
  await deps.enqueue(tx, sendMessageCommand, { messageId: written.id }, { key: written.id })
}
