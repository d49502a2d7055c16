import { join, resolve } from 'node:path'
import { createNotifications, notificationsSchema, sendMessageCommand } from '../notifications/index.ts'
import { oneOf, optional, setting, text, url } from '../platform/settings.ts'
import { UserError } from '../platform/user-error.ts'
import { ItemView, RecipientView } from './between/internal.ts'
import { createPeer, type Peer } from './between/peer.ts'
import { recipientOf } from './between/recipients.ts'
import { defineService, type World } from './service.ts'

/** What customers are told, and how. */
export const notificationsService = defineService({
  name: 'notifications',
  about: 'tells customers what happened to their orders and subscriptions',
  schemas: [notificationsSchema],
  hears: ['shop'],
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
  create: async (world, settings, { identity, shop }) => {
    const { process, database, commands, clock, log } = world
    const elsewhere = peersOf(world, { identity: identity === undefined, shop: shop === undefined })
    const { module } = createNotifications({
      db: database.db,
      clock,
      log,
      enqueue: commands.enqueue,
      recipientOf: async (userId) =>
        identity
          ? recipientOf(identity, userId)
          : elsewhere.identity?.ask(`/internal/recipients/${userId}`, RecipientView),
      itemNameOf: async (itemId) =>
        shop
          ? shop.itemNameOf(itemId)
          : (await elsewhere.shop?.ask(`/internal/items/${itemId}`, ItemView))?.name,
      settings: {
        channel: settings.notifyBy,
        folder: join(resolve(process.dataDir), 'mail'),
        from: settings.mailFrom,
        smtpUrl: settings.smtpUrl,
        webhookUrl: settings.webhookUrl,
        webhookSecret: settings.webhookSecret,
      },
    })
    const stop = async () => {
      await Promise.all([elsewhere.identity?.stop(), elsewhere.shop?.stop()])
    }
    return { modules: [module, { name: 'notifications.peers', stop }], face: undefined }
  },
})

/**
 * Those it asks and this process does not host.
 * @throws UserError when it is not said where they are, or with what to come
 */
function peersOf(
  { process, roles }: World,
  missing: { identity: boolean; shop: boolean },
): { identity?: Peer; shop?: Peer } {
  // A one-shot command sends nothing and shows nothing.
  if (!roles.api && !roles.worker) return {}
  const { identityUrl, shopUrl, serviceTokens } = process
  const token = serviceTokens?.[0]
  const peer = (name: 'identity' | 'shop', url: string | undefined): Record<string, Peer> => {
    if (!missing[name]) return {}
    if (url === undefined || token === undefined)
      throw new UserError(
        `${name.toUpperCase()}_URL and SERVICE_TOKEN are required: notifications ask ${name}, and this process does not host it.`,
      )
    return { [name]: createPeer({ name, url, token }) }
  }
  return { ...peer('identity', identityUrl), ...peer('shop', shopUrl) }
}
