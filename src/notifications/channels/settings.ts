import { UserError } from '../../platform/user-error.ts'
import type { Channel } from './channel.ts'
import { fileChannel } from './file-channel.ts'
import { isLocalHost } from './local-host.ts'
import { smtpChannel } from './smtp-channel.ts'
import { webhookChannel } from './webhook-channel.ts'

export interface NotificationsSettings {
  channel: 'file' | 'smtp' | 'webhook'
  /** Where `file` writes. */
  folder: string
  /** Sender of all mails, e.g. `Pillivery <no-reply@example.com>`. */
  from: string
  /** `smtp://` or `smtps://`, user and password included. */
  smtpUrl?: string | undefined
  /** https, except to this machine itself. */
  webhookUrl?: string | undefined
  /** Key of the signatures, at least 16 characters. */
  webhookSecret?: string | undefined
}

/** The channel the settings ask for. @throws UserError when the settings it needs are missing or unsafe */
export function channelOf(settings: NotificationsSettings): Channel {
  const { folder, from } = settings
  switch (settings.channel) {
    case 'file':
      return fileChannel({ folder, from })
    case 'smtp':
      return smtpChannel({ url: smtpUrlOf(settings), from })
    case 'webhook':
      return webhookChannel(webhookOf(settings))
  }
}

function smtpUrlOf({ smtpUrl }: NotificationsSettings): string {
  if (smtpUrl === undefined)
    throw new UserError('Sending notifications by smtp needs the address of a mail server')
  if (!URL.canParse(smtpUrl) || !/^smtps?:\/\/[^/]/.test(smtpUrl)) {
    throw new UserError('The address of the mail server must look like smtp://user:password@host:587')
  }
  return smtpUrl
}

function webhookOf({ webhookUrl, webhookSecret }: NotificationsSettings): { url: string; secret: string } {
  if (webhookUrl === undefined || webhookSecret === undefined) {
    throw new UserError('Sending notifications by webhook needs an address and a secret')
  }
  const url = URL.canParse(webhookUrl) ? new URL(webhookUrl) : undefined
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocalHost(url.hostname))
  if (!safe) throw new UserError('The address of the notification webhook must begin with https://')
  if (webhookSecret.length < 16)
    throw new UserError('The secret of the notification webhook needs 16 characters or more')
  return { url: webhookUrl, secret: webhookSecret }
}
