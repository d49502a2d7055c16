import { setTimeout as wait } from 'node:timers/promises'
import { Redis as Client, type RedisOptions } from 'ioredis'

/** One connection while it lives. */
export interface Connection {
  /** @throws when the server refuses, or the connection breaks; {@link Late} when no answer came in time */
  ask<T>(work: (client: Client) => Promise<T>): Promise<T>
  /** An answer is overdue: whoever asked now would only wait as well. */
  isLate(): boolean
  /** Ends it: it is of no use as it is. */
  giveUp(why: unknown): void
}

/** No answer in time. */
export class Late extends Error {
  constructor() {
    super('no answer in time')
  }
}

export interface ConnectionOptions extends Address {
  /** Begins all keys. */
  prefix: string
  heard(channel: string, message: string): void
}

/** Where Redis is. */
export interface Address {
  url: string
  /** `host:port` of those who watch it and know which one is the primary; its host in `url` is the name they know it by. */
  sentinels?: readonly string[] | undefined
}

/** Longer than this nobody waits for an answer. */
export const ANSWER_WITHIN_MS = 100
/** An answer that is overdue for so long does not come any more. */
const GIVE_UP_AFTER_MS = 1_000
const ALIVE_EVERY_MS = 1_000
const CONNECT_WITHIN_MS = 2_000
/** Of these several are asked within that time, should the first ones be gone. */
const SENTINEL_WITHIN_MS = 500

/**
 * One connection from its begin to its end. A server that hangs ends it as one that is gone does: it is asked every
 * second whether it lives.
 * @param use told of the connection once it works
 * @param signal ends it
 * @throws when it was never there, and why it ended
 */
export async function live(
  { prefix, heard, ...address }: ConnectionOptions,
  use: (connection: Connection) => void,
  signal: AbortSignal,
): Promise<never> {
  const { promise: over, reject: end } = Promise.withResolvers<never>()
  over.catch(() => {})
  const client = clientAt(address, {
    keyPrefix: prefix,
    // One connection both asks and listens.
    protocol: 3,
    lazyConnect: true,
    // What is not answered is not sent again: nobody waits for it any more. A new connection is our own business.
    retryStrategy: null,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    connectTimeout: CONNECT_WITHIN_MS,
    connectionName: 'pillivery',
    disableClientInfo: true,
  })
  client.on('error', end)
  client.on('close', () => end(new Error('the connection was closed')))
  client.on('message', heard)
  const stop = () => end(new Error('stopped'))
  signal.addEventListener('abort', stop)
  const connection = asking(client, end)
  let heartbeat: NodeJS.Timeout | undefined
  try {
    const connected = client.connect()
    // Whoever lost the race below fails unheard.
    connected.catch(() => {})
    await Promise.race([connected, over, tooLong()])
    // Not before: while it connects nothing is sent, and that would be taken for its end, with another reason.
    heartbeat = setInterval(() => {
      connection.ask(() => client.ping()).catch((error: unknown) => error instanceof Late || end(error))
    }, ALIVE_EVERY_MS)
    use(connection)
    return await over
  } finally {
    clearInterval(heartbeat)
    signal.removeEventListener('abort', stop)
    client.disconnect()
  }
}

/** A client that is not connected yet. Behind sentinels it asks one of them after the other. */
function clientAt({ url, sentinels = [] }: Address, options: Omit<RedisOptions, 'replyMapping'>): Client {
  if (sentinels.length === 0) return new Client(url, options)
  const { protocol, hostname: name, username, password: encoded, pathname } = new URL(url)
  const password = decodeURIComponent(encoded)
  return new Client({
    ...options,
    sentinels: sentinels.map((one) => {
      const { hostname, port } = new URL(`redis://${one}`)
      return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }
    }),
    name,
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password, sentinelPassword: password }),
    db: Number(pathname.slice(1)),
    ...(protocol === 'rediss:' ? { tls: {}, enableTLSForSentinelMode: true } : {}),
    connectTimeout: SENTINEL_WITHIN_MS,
    sentinelCommandTimeout: SENTINEL_WITHIN_MS,
    sentinelRetryStrategy: () => null,
    updateSentinels: false,
  })
}

async function tooLong(): Promise<never> {
  await wait(CONNECT_WITHIN_MS, undefined, { ref: false })
  throw new Late()
}

/** @param giveUp called as well when an answer is overdue for so long that none will come */
function asking(client: Client, giveUp: (why: unknown) => void): Connection {
  let overdue = 0
  let patience: NodeJS.Timeout | undefined
  const owe = () => {
    overdue += 1
    patience ??= setTimeout(() => giveUp(new Late()), GIVE_UP_AFTER_MS)
  }
  const paid = () => {
    overdue -= 1
    if (overdue > 0) return
    clearTimeout(patience)
    patience = undefined
  }
  return {
    isLate: () => overdue > 0,
    giveUp,
    ask: (work) =>
      new Promise((resolve, reject) => {
        let isOwed = false
        const miss = () => {
          isOwed = true
          owe()
          reject(new Late())
        }
        // An answer may lie there unread because this process was busy: it is read before the immediate.
        let grace: NodeJS.Immediate | undefined
        const timer = setTimeout(() => {
          grace = setImmediate(miss)
        }, ANSWER_WITHIN_MS)
        work(client)
          .finally(() => {
            clearTimeout(timer)
            clearImmediate(grace)
            if (isOwed) paid()
          })
          .then(resolve, reject)
      }),
  }
}
