import { join, resolve } from 'node:path'
import { createNotifications, notificationsSchema, sendMessageCommand } from '../notifications/index.ts'
import { oneOf, optional, setting, text, url } from '../platform/settings.ts'
import { defineService } from './service.ts'

/** What customers are told, and how. */
export const notificationsService = defineService({
  name: 'notifications',
  about: 'tells customers what happened to their orders and subscriptions',
  schemas: [notificationsSchema],
  commands: [sendMessageCommand],
  settings: {
    notifyBy: setting(
      'NOTIFY_BY',
      'file',
      'How customers are told: `file` (into DATA_DIR/mail), `smtp` or `webhook`',
      oneOf('file', 'smtp', 'webhook'),
    ),
    mailFrom: setting('MAIL_FROM', 'Pillivery <no-reply@pillivery.example>', 'Sender of mails', text),
    smtpUrl: optional(
      'SMTP_URL',
      'Mail server for `NOTIFY_BY=smtp`, e.g. smtps://user:password@mail.example:465',
      text,
      { secret: true },
    ),
    webhookUrl: optional(
      'WEBHOOK_URL',
      'Where `NOTIFY_BY=webhook` posts; https except to this machine',
      url('http:', 'https:'),
    ),
    webhookSecret: optional(
      'WEBHOOK_SECRET',
      'Key of the signatures of webhook posts, 16 characters or more',
      text,
      { secret: true },
    ),
  },
  create: async ({ process, database, commands, clock, log }, settings, { identity, shop }) => {
    const { module } = createNotifications({
      db: database.db,
      clock,
      log,
      enqueue: commands.enqueue,
      recipientOf: async (userId) => {
        const profile = await identity?.profileOf(userId)
        return profile && { email: profile.email, name: profile.displayName, language: 'ko' }
      },
      itemNameOf: async (itemId) => shop?.itemNameOf(itemId),
      settings: {
        channel: settings.notifyBy,
        folder: join(resolve(process.dataDir), 'mail'),
        from: settings.mailFrom,
        smtpUrl: settings.smtpUrl,
        webhookUrl: settings.webhookUrl,
        webhookSecret: settings.webhookSecret,
      },
    })
    return { modules: [module], face: undefined }
  },
})
