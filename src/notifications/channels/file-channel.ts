import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { Channel } from './channel.ts'
import { mailOf } from './mail.ts'

/** One JSON object a line, in the order of sending. */
export const MESSAGES_FILE = 'messages.jsonl'

/**
 * Writes messages to a folder instead of sending them: `<id>.eml` opens in any mail program, `messages.jsonl` is for
 * programs. Only the owner may read them. A repeat after a crash writes the same file again and another equal line.
 */
export function fileChannel({ folder, from }: { folder: string; from: string }): Channel {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' })
  return async (message) => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const { message: mail } = await composer.sendMail(mailOf(message, from))
    if (!Buffer.isBuffer(mail)) throw new Error('the mail was not composed into a buffer')
    const target = join(folder, `${message.id}.eml`)
    // One name for all tries: what a killed process left half is overwritten by the next one.
    const half = `${target}.part`
    await writeFile(half, mail, { mode: 0o600 })
    await rename(half, target)
    const line = { ...message, createdAt: message.createdAt.toString() }
    await appendFile(join(folder, MESSAGES_FILE), `${JSON.stringify(line)}\n`, { mode: 0o600 })
  }
}
