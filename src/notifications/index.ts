/**
 * Tells customers what happened to their orders, subscriptions, loans and holds, by mail or webhook and in a list of their own.
 * Lives on events alone: nothing else knows it, and it can be left out without touching anything else.
 */
import { sql } from 'kysely'
import type { Db } from '../platform/database/database.ts'
import type { SchemaMigrations } from '../platform/database/migrate.ts'
import { type Commands, handleCommand } from '../platform/jobs/commands.ts'
import type { Module } from '../platform/module.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Clock } from '../platform/time/clock.ts'
import { channelOf, type NotificationsSettings } from './channels/settings.ts'
import { type NotificationsForPages, notificationsForPages } from './for-pages.ts'
import { librarySubscriber } from './library-subscriber.ts'
import { sendMessageCommand } from './queue-message.ts'
import { notificationsRetention } from './retention.ts'
import { notificationRoutes } from './routes.ts'
import { type Recipient, sendMessage } from './send-message.ts'
import { notificationsSubscriber } from './subscriber.ts'

export type { NotificationsSettings } from './channels/settings.ts'
export { sendMessageCommand } from './queue-message.ts'
export type { Recipient } from './send-message.ts'

export const notificationsSchema: SchemaMigrations = {
  schema: 'notifications',
  folder: new URL('./migrations/', import.meta.url),
}

export interface NotificationsDeps {
  db: Db
  clock: Clock
  log: Logger
  enqueue: Commands['enqueue']
  /** Who a customer is now; undefined when the account has been withdrawn: then nothing is sent. */
  recipientOf(userId: string): Promise<Recipient | undefined>
  /** What an item is called now; undefined when it is not known any more. */
  itemNameOf(itemId: string): Promise<string | undefined>
  /** Where a link in a letter leads; undefined when it is of no use any more. */
  linkAddress(linkId: string): Promise<string | undefined>
  settings: NotificationsSettings
}

export interface Notifications {
  module: Module
  /** What customers do with their messages in a browser. */
  pages: NotificationsForPages
}

/** Puts the notifications together. @throws UserError when the chosen channel lacks a setting or is not safe */
export function createNotifications(deps: NotificationsDeps): Notifications {
  const { db } = deps
  const told = new Set<string>()
  const shown = {
    ...deps,
    unreadable: (kind: string) => {
      if (told.has(kind)) return
      told.add(kind)
      deps.log.warn({ kind }, 'messages of this kind cannot be read by this version, and are left out')
    },
    // A list without names is better than none, while the shop cannot be asked.
    itemNameOf: (itemId: string) =>
      deps.itemNameOf(itemId).catch((error: unknown) => {
        deps.log.warn({ err: error }, 'an item cannot be named')
        return undefined
      }),
  }
  const sender = { ...deps, channel: channelOf(deps.settings) }
  return {
    pages: notificationsForPages(shown),
    module: {
      name: 'notifications',
      schema: notificationsSchema,
      routes: notificationRoutes(shown),
      subscribers: [notificationsSubscriber(deps), librarySubscriber(deps)],
      commands: [sendMessageCommand],
      handlers: [
        handleCommand(sendMessageCommand, async ({ messageId }) => {
          await sendMessage(sender, messageId)
        }),
      ],
      retention: notificationsRetention,
      metrics: (metrics) => {
        metrics.observe('notifications_waiting', 'Messages not sent yet', () => countWaiting(db))
      },
    },
  }
}

async function countWaiting(db: Db): Promise<number> {
  const { rows } = await sql<{ waiting: number }>`
    select count(*) as waiting from notifications.message where state in ('queued', 'sending')`.execute(db)
  return rows[0]?.waiting ?? 0
}
