import { createServer } from 'node:http'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import type { Proof } from '../proof.ts'

export interface Message {
  /** Empty where the sender leaves it to the webhook. */
  channel: string
  title: string
  text: string
  /** Of `performance.now()`, when it came. */
  at: number
}

export interface Slack {
  url: string
  messages: readonly Message[]
  /** From now on it answers as one whose webhook was revoked; `false`: as before. */
  revoke(is: boolean): void
  /**
   * Waits for a message.
   * @param wanted.title its whole title, `[FIRING] ProcessDown`; of texts without one the whole first line
   * @param wanted.says what its text must hold, such as who it is about
   * @param wanted.since of `performance.now()`; earlier ones do not count
   * @returns the message, or undefined when none came in time
   */
  arrives(wanted: {
    title?: string
    says?: string
    since: number
    withinMs: number
  }): Promise<Message | undefined>
}

interface Posted {
  channel?: string
  text?: string
  attachments?: readonly { title: string; text: string }[]
}

/** Listens where Slack would, for Alertmanager and for scripts. */
export async function startSlack(proof: Proof): Promise<Slack> {
  const messages: Message[] = []
  let isRevoked = false
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      if (isRevoked) return void response.writeHead(403).end('invalid_token')
      const { channel = '', text = '', attachments = [] } = JSON.parse(body) as Posted
      const at = performance.now()
      for (const one of attachments) messages.push({ channel, title: one.title, text: one.text, at })
      if (attachments.length === 0) messages.push({ channel, title: '', text, at })
      response.end('ok')
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  proof.after(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    messages,
    revoke: (is) => {
      isRevoked = is
    },
    arrives: ({ title, says = '', since, withinMs }) =>
      until(
        () =>
          messages.find(
            (one) =>
              one.at >= since && (title === undefined || one.title === title) && one.text.includes(says),
          ),
        { deadlineMs: withinMs, everyMs: 100, what: title ?? says },
      ).catch(() => undefined),
  }
}
