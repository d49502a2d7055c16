import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type Conversation, type Count, converse } from './conversation.ts'
import type { SelfCheckDeps } from './station.ts'
import { NOTHING, takeLines } from './wire/frames.ts'

export interface ListenerSettings {
  host: string
  port: number
  /** Machines connected at a time; one more is turned away. */
  connections: number
  /** A machine that says nothing for so long is let go, in milliseconds: perhaps it is not there any more. */
  idleMs?: number
  /** Who has not said who they are by then is let go, in milliseconds. */
  loginMs?: number
}

export interface Listener {
  /** Begins to listen. @returns the port */
  start(): Promise<number>
  /** Turns new machines away, finishes what is being answered, and lets everybody go. */
  stop(): Promise<void>
  /** Machines connected now. */
  connected(): number
}

const IDLE_MS = 600_000
const LOGIN_MS = 30_000
const KEEP_ALIVE_MS = 60_000
/** What a machine does not read waits here; with more of it we read nothing more from the machine. */
const MOST_UNREAD = 65_536

/** Who has not said who they are may have this part of the connections, so that they never keep a machine out. */
const STRANGERS = 1 / 2
/** For so long a machine that is let go may read its last answer when we stop. */
const LAST_ANSWER_MS = 1_000

/** A machine that is connected. */
interface Line {
  socket: Socket
  conversation: Conversation
  isAnswering: boolean
  /** Ends when the machine is let go. */
  talk: Promise<void>
}

/** Listens for self-check machines. Each is answered one message after the other, in the order they came. */
export function createListener(deps: SelfCheckDeps, settings: ListenerSettings, count: Count): Listener {
  const { host, port, connections, idleMs = IDLE_MS, loginMs = LOGIN_MS } = settings
  const { log } = deps
  const lines = new Set<Line>()
  let stopping = false
  // Half open: whoever has sent all they wanted to say still gets the answer.
  const options = {
    allowHalfOpen: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    noDelay: true,
  }
  const mostStrangers = Math.ceil(connections * STRANGERS)
  const server = createServer(options, (socket) => {
    const address = socket.remoteAddress ?? 'unknown'
    if ([...lines].filter(({ conversation: { isLoggedIn } }) => !isLoggedIn()).length >= mostStrangers) {
      log.warn({ address, mostStrangers }, 'too many connections have not logged in')
      socket.destroy()
      return
    }
    const isGone = (err: unknown) => log.debug({ err, address }, 'a self-check machine is gone')
    socket.on('error', isGone)
    socket.setTimeout(idleMs, () => socket.destroy())
    const conversation = converse(deps, address, count)
    const strangers = setTimeout(() => {
      if (!conversation.isLoggedIn()) socket.destroy()
    }, loginMs)
    const line: Line = { socket, conversation, isAnswering: false, talk: Promise.resolve() }
    lines.add(line)
    socket.once('close', () => lines.delete(line))
    line.talk = talkOver(line, () => stopping)
      .catch(isGone)
      .finally(() => {
        clearTimeout(strangers)
        socket.destroySoon()
        // Whoever does not read would otherwise keep us until they are idle for too long.
        if (stopping) setTimeout(() => socket.destroy(), LAST_ANSWER_MS).unref()
      })
  })
  server.maxConnections = connections
  server.on('drop', (dropped) =>
    log.warn({ address: dropped?.remoteAddress, connections }, 'too many self-check machines are connected'),
  )
  return {
    start: async () => {
      server.listen(port, host)
      await once(server, 'listening')
      const address = server.address()
      return typeof address === 'object' && address ? address.port : port
    },
    stop: async () => {
      stopping = true
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const { socket, isAnswering } of lines) if (!isAnswering) socket.destroy()
      await Promise.all([...lines].map(({ talk }) => talk))
      await closed
    },
    connected: () => lines.size,
  }
}

/** Reads what comes and answers it, until the machine or we have enough. Nothing more is read while we answer. */
async function talkOver(line: Line, isStopping: () => boolean): Promise<void> {
  const { socket, conversation } = line
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  let rest = NOTHING
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue
    const taken = takeLines(rest, chunk)
    rest = taken.rest
    for (const heard of taken.lines) {
      line.isAnswering = true
      const { bytes, end } = await conversation.hear(heard)
      line.isAnswering = false
      if (socket.destroyed) return
      socket.write(bytes)
      if (socket.writableLength > MOST_UNREAD && !isStopping())
        await once(socket, 'drain', { signal: gone.signal })
      if (end || isStopping()) return
    }
  }
}
