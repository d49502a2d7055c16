import { createTransport } from 'nodemailer'
import { AddressRefused, CHANNEL_DEADLINE_MS, type Channel } from './channel.ts'
import { isLocalHost } from './local-host.ts'
import { mailOf } from './mail.ts'

export interface SmtpOptions {
  /** `smtp://user:password@host:587` or `smtps://…:465`. */
  url: string
  from: string
  /** For tests. Default {@link CHANNEL_DEADLINE_MS}. */
  deadlineMs?: number
}

/**
 * Sends messages through a mail server, one connection a message. A password is never sent without TLS, except to
 * this machine itself.
 */
export function smtpChannel({ url, from, deadlineMs = CHANNEL_DEADLINE_MS }: SmtpOptions): Channel {
  const { username, hostname } = new URL(url)
  const transport = createTransport({
    url,
    requireTLS: username !== '' && !isLocalHost(hostname),
    dnsTimeout: 10_000,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    socketCloseTimeout: 0,
  })
  return async (message) => {
    try {
      // The timeouts above are about silence; the signal ends a server that says a little for ever.
      await transport.sendMail({ ...mailOf(message, from), signal: AbortSignal.timeout(deadlineMs) })
    } catch (error) {
      throw withoutAddress(error)
    }
  }
}

interface SmtpError extends Error {
  code?: string
  command?: string
  responseCode?: number
}

/** Mail servers repeat the address in their refusals; what goes into logs and dead letters must not. */
function withoutAddress(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('the mail server could not be used')
  const { code, command, responseCode }: SmtpError = error
  const reason = error.message.replace(/[^\s<>"']+@[^\s<>"']+/g, '[address]').slice(0, 300)
  const text = `mail server: ${[code, command].filter(Boolean).join(' ')}: ${reason}`
  // 5xx on RCPT TO: the mailbox does not exist or does not want us (RFC 5321, 4.2.1: do not repeat).
  const forGood =
    command === 'RCPT TO' && responseCode !== undefined && responseCode >= 500 && responseCode < 600
  return forGood ? new AddressRefused(text) : new Error(text)
}
