import type { SendMailOptions } from 'nodemailer'
import type { OutgoingMessage } from './channel.ts'

/** The mail of a message. Its Message-ID and date are the same for every try, so mail systems can drop a repeat. */
export function mailOf(message: OutgoingMessage, from: string): SendMailOptions {
  return {
    from,
    to: { name: message.to.name, address: message.to.email },
    subject: message.subject,
    text: message.text,
    html: message.html,
    messageId: `<${message.id}@${domainOf(from)}>`,
    date: new Date(message.createdAt.epochMilliseconds),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'Content-Language': message.language,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function domainOf(from: string): string {
  return /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'pillivery.invalid'
}
