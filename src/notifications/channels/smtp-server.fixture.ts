import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A mail as the server took it. */
export interface TakenMail {
  from: string
  to: string[]
  /** Headers and body with CRLF, dots unstuffed. */
  source: string
}

export interface SmtpServer {
  url: string
  taken: TakenMail[]
  /** Connections so far. */
  connections(): number
  /** Answers given instead of the normal ones, each once, by command (`RCPT`, `DATA`, `END` after the mail). */
  answer(command: string, ...replies: string[]): void
  stop(): Promise<void>
}

/**
 * A mail server for tests (RFC 5321 without extensions).
 * @param mood `silent` takes connections and says nothing, `trickle` greets one byte at a time for ever
 */
export async function startSmtpServer(mood: 'polite' | 'silent' | 'trickle' = 'polite'): Promise<SmtpServer> {
  const taken: TakenMail[] = []
  const planned = new Map<string, string[]>()
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    if (mood === 'polite') converse(socket, taken, (command, usual) => planned.get(command)?.shift() ?? usual)
    if (mood === 'trickle') {
      socket.write('220-')
      const drip = setInterval(() => socket.write('.'), 20)
      socket.on('close', () => clearInterval(drip))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    taken,
    connections: () => connections,
    answer: (command, ...replies) => planned.set(command, [...(planned.get(command) ?? []), ...replies]),
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function converse(socket: Socket, taken: TakenMail[], reply: (command: string, usual: string) => string) {
  let mail: TakenMail = { from: '', to: [], source: '' }
  let inData = false
  let rest = ''
  const say = (text: string) => socket.write(`${text}\r\n`)
  const lineOf = (line: string) => {
    if (inData) {
      if (line !== '.') {
        mail.source += `${line.replace(/^\./, '')}\r\n`
        return
      }
      inData = false
      const answer = reply('END', '250 taken')
      if (answer.startsWith('250')) taken.push(mail)
      return say(answer)
    }
    const command = line.slice(0, 4).toUpperCase()
    const path = /<([^>]*)>/.exec(line)?.[1] ?? ''
    if (command === 'QUIT') return socket.end('221 bye\r\n')
    if (command === 'MAIL') mail = { from: path, to: [], source: '' }
    const answer = reply(command, command === 'DATA' ? '354 go on' : '250 ok')
    if (command === 'RCPT' && answer.startsWith('250')) mail.to.push(path)
    inData = command === 'DATA' && answer.startsWith('354')
    return say(answer)
  }
  say('220 test')
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString()).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) lineOf(line)
  })
}
