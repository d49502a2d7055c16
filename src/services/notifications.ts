import { join, resolve } from 'node:path'
import {
  createNotifications,
  type Notifications,
  notificationsSchema,
  sendMessageCommand,
} from '../notifications/index.ts'
import { isThisMachine, oneOf, optional, setting, url } from '../platform/settings.ts'
import { UserError } from '../platform/user-error.ts'
import { ItemView, LinkView, RecipientView } from './between/internal.ts'
import { lettersFace } from './between/library-faces.ts'
import { createPeer, type Peer } from './between/peer.ts'
import { recipientOf } from './between/recipients.ts'
import { defineService, type World } from './service.ts'

export type NotificationsFace = Notifications

/** An address, alone or with a name: `Pillivery <no-reply@shop.example>`. It becomes a header, so it is one line. */
function sender(value: string): string {
  if (!/^(?:[^<>@\p{Cc}]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u.test(value))
    throw new UserError('must be an e-mail address, or a name with one: Shop <no-reply@shop.example>')
  return value
}

function signingSecret(value: string): string {
  if (value.length < 16) throw new UserError('must have 16 characters or more')
  return value
}

/** What customers are told, and how. */
export const notificationsService = defineService({
  name: 'notifications',
  about: 'tells customers what happened to their orders, subscriptions, loans and holds',
  schemas: [notificationsSchema],
  tells: [],
  hears: ['identity', 'shop', 'book', 'borrow'],
  commands: [sendMessageCommand],
  settings: {
    notifyBy: setting(
      'NOTIFY_BY',
      'file',
      'How customers are told: `file` (into DATA_DIR/mail), `smtp` or `webhook`',
      oneOf('file', 'smtp', 'webhook'),
    ),
    mailFrom: setting('MAIL_FROM', 'Pillivery <no-reply@pillivery.example>', 'Sender of mails', sender),
    smtpUrl: optional(
      'SMTP_URL',
      'Mail server for `NOTIFY_BY=smtp`, e.g. smtps://user:password@mail.example:465',
      url('smtp:', 'smtps:'),
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
      signingSecret,
      { secret: true },
    ),
  },
  contradictions: ({ notifyBy, smtpUrl, webhookUrl, webhookSecret, mailFrom }, { nodeEnv }) => {
    const problems: string[] = []
    if (notifyBy === 'smtp' && smtpUrl === undefined) problems.push('NOTIFY_BY=smtp: needs SMTP_URL')
    if (notifyBy === 'smtp' && nodeEnv === 'production' && mailFrom?.includes('.example') === true)
      problems.push(`MAIL_FROM=${mailFrom}: is an example, not a sender of yours (NODE_ENV=production)`)
    if (notifyBy === 'webhook' && (webhookUrl === undefined || webhookSecret === undefined))
      problems.push('NOTIFY_BY=webhook: needs WEBHOOK_URL and WEBHOOK_SECRET')
    if (webhookUrl?.startsWith('http:') === true && !isThisMachine(new URL(webhookUrl).hostname))
      problems.push('WEBHOOK_URL=…: must start with https:// except to this machine')
    return problems
  },
  create: async (world, settings, { identity, shop }) => {
    const { process, database, commands, clock, log } = world
    const elsewhere = peersOf(world, { identity: identity === undefined, shop: shop === undefined })
    const notifications = createNotifications({
      db: database.db,
      clock,
      log,
      enqueue: commands.enqueue,
      recipientOf: async (userId) =>
        identity
          ? recipientOf(identity, userId)
          : elsewhere.identity?.ask(`/internal/recipients/${userId}`, RecipientView),
      linkAddress: async (linkId) =>
        identity
          ? identity.linkAddress(linkId)
          : (await elsewhere.identity?.ask(`/internal/link-addresses/${linkId}`, LinkView))?.address,
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
    return {
      modules: [notifications.module, lettersFace(notifications), { name: 'notifications.peers', stop }],
      face: notifications,
    }
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
