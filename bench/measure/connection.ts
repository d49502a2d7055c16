import { connect } from 'node:net'

export interface Answered {
  /** 0 when the connection broke before an answer. */
  readonly status: number
  /** As told by `Retry-After`; 0 when nothing was. */
  readonly retryAfterSeconds: number
  /** The whole answer, one character for each byte. */
  readonly text: string
}

/** A connection that is kept open, with one request on its way at a time. */
export interface Connection {
  ask(request: string): Promise<Answered>
  close(): void
}

const BROKEN: Answered = { status: 0, retryAfterSeconds: 0, text: '' }

/**
 * Opens a connection to a server on this machine. It reads what a load has to know of an answer and nothing else, since
 * who sends the load takes its part of the same processors.
 */
export function openConnection(port: number): Connection {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true }).setEncoding('latin1')
  let text = ''
  let tell: ((answer: Answered) => void) | undefined
  const end = (answer: Answered) => {
    tell?.(answer)
    tell = undefined
  }
  socket.on('data', (chunk: string) => {
    text += chunk
    const head = text.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0)
    if (text.length < head + 4 + length) return
    const retryAfterSeconds = Number(/\r\nretry-after: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0)
    const status = Number(text.slice(9, 12))
    const answer = { status, retryAfterSeconds, text }
    text = ''
    end(answer)
  })
  socket.on('error', () => end(BROKEN))
  socket.on('close', () => end(BROKEN))
  return {
    ask: (request) => {
      if (socket.destroyed) return Promise.resolve(BROKEN)
      const { promise, resolve } = Promise.withResolvers<Answered>()
      tell = resolve
      socket.write(request, 'latin1')
      return promise
    },
    close: () => socket.destroy(),
  }
}
