import { connect, type Socket } from 'node:net'
import { type Charset, decodeText, encodeText } from '../../src/library/borrow/sip/wire/charset.ts'
import { sipMoment } from '../../src/library/borrow/sip/wire/dates.ts'
import { openLine, sealLine } from '../../src/library/borrow/sip/wire/envelope.ts'
import { NOTHING, takeLines } from '../../src/library/borrow/sip/wire/frames.ts'
import type { Fixed, Kind } from '../../src/library/borrow/sip/wire/layouts.ts'
import {
  type Field,
  fieldOf,
  formatMessage,
  type Message,
  parseMessage,
} from '../../src/library/borrow/sip/wire/message.ts'

/** A self-check machine on a real socket. */
export interface Machine {
  socket: Socket
  /** Sends bytes as they are. */
  raw(bytes: Buffer | string): void
  /** The next line that comes, with its end; undefined once the other side has hung up. */
  line(): Promise<Buffer | undefined>
  /** Asks, and takes the answer apart. */
  ask<K extends Kind>(kind: K, fixed: Fixed<K>, fields?: readonly Field[]): Promise<Heard>
  /** The bytes of a request, with the next number and a checksum. */
  write<K extends Kind>(kind: K, fixed: Fixed<K>, fields?: readonly Field[]): Buffer
  hangUp(): void
}

/** An answer taken apart. */
export interface Heard {
  kind: Kind
  fixed: Readonly<Record<string, string>>
  sequence: string | undefined
  /** The first value of a field. */
  said(code: string): string
  /** All values of a field. */
  all(code: string): string[]
}

/** Connects a machine that writes in a set of characters. */
export async function connectMachine(port: number, charset: Charset = 'utf-8'): Promise<Machine> {
  const socket = connect(port, '127.0.0.1')
  const lines: Buffer[] = []
  const waiting: ((line: Buffer | undefined) => void)[] = []
  let rest = NOTHING
  let closed = false
  let number = 0
  socket.on('data', (chunk: Buffer) => {
    const taken = takeLines(rest, chunk)
    rest = taken.rest
    for (const line of taken.lines) {
      if (line.kind !== 'line') throw new Error('an answer is too long')
      const next = waiting.shift()
      if (next) next(line.bytes)
      else lines.push(line.bytes)
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
    for (const next of waiting.splice(0)) next(undefined)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const line = () => {
    const [first] = lines.splice(0, 1)
    if (first || closed) return Promise.resolve(first)
    return new Promise<Buffer | undefined>((resolve) => waiting.push(resolve))
  }
  const write = (message: Message) => {
    const sequence = String(number++ % 10)
    return sealLine(encodeText(formatMessage(message), charset), { sequence })
  }
  return {
    socket,
    raw: (bytes) => socket.write(bytes),
    line,
    // The layouts say that these belong together.
    write: (kind, fixed, fields = []) => write({ kind, fixed, fields } as Message),
    ask: async (kind, fixed, fields = []) => {
      socket.write(write({ kind, fixed, fields } as Message))
      const answer = await line()
      if (!answer) throw new Error(`no answer to ${kind}`)
      return heard(answer, charset)
    },
    hangUp: () => socket.destroy(),
  }
}

/** Takes an answer apart; its checksum must fit. */
export function heard(answer: Buffer, charset: Charset = 'utf-8'): Heard {
  const opened = openLine(answer)
  if (opened.kind === 'damaged') throw new Error(`damaged: ${answer}`)
  const message = parseMessage(decodeText(opened.body, charset))
  if (!message) throw new Error(`unreadable: ${answer}`)
  return {
    kind: message.kind,
    fixed: message.fixed,
    sequence: opened.sequence,
    said: (code) => fieldOf(message, code),
    all: (code) => message.fields.filter(([name]) => name === code).map(([, value]) => value),
  }
}

/** What a checkout without more to it says in its fixed fields. */
export const lending = (at: Temporal.Instant, renewalPolicy: 'Y' | 'N' = 'N', noBlock: 'Y' | 'N' = 'N') => ({
  renewalPolicy,
  noBlock,
  at: sipMoment(at),
  offlineDue: '',
})
