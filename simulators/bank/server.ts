import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Bank, openBank } from './bank.ts'
import { isOffline } from './control/fault-routes.ts'
import { serveControl } from './control/routes.ts'
import { sendJson, toExchange } from './http/exchange.ts'
import { KAKAO_PREFIX, serveKakao } from './kakaopay/api.ts'
import { serveKakaoPage } from './kakaopay/page-routes.ts'
import { lockFolder } from './lock.ts'
import { serveToss, TOSS_PREFIX } from './toss/api.ts'
import { serveTossPage } from './toss/page/routes.ts'

/** How to start the bank. Everything but `data` has a default. */
export interface BankOptions {
  /** Folder of the journal; made when missing. One bank per folder. */
  data: string
  /** 0 = any free port (default). */
  port?: number
  host?: string
  /** Same seed, same calls in the same order: same ids and same trouble. */
  seed?: number
  clock?: 'real' | 'manual'
  /** Where browsers reach the bank; default is the address it listens on. */
  publicUrl?: string
  kakaoSecretKey?: string
  tossSecretKey?: string
  /** Where Toss sends its webhooks; nowhere when not given. */
  webhookUrl?: string
}

export interface RunningBank {
  url: string
  port: number
  /** Stops listening, cuts what is still open, and leaves the journal complete. */
  close(): Promise<void>
}

const DEFAULT_KAKAO_SECRET = 'DEV_KAKAOPAY_SECRET'
const DEFAULT_TOSS_SECRET = 'test_sk_simulated'

/**
 * Starts the payment-provider simulator. Throws when NODE_ENV is production, when the folder is in use or
 * damaged, and when the port cannot be had (the error's `code` is then EADDRINUSE).
 */
export async function startBank(options: BankOptions): Promise<RunningBank> {
  if (process.env.NODE_ENV === 'production')
    throw new Error('The payment simulator must never run in production (NODE_ENV=production).')
  const unlock = await lockFolder(options.data)
  if (unlock === undefined) throw new Error(`Another bank is using the folder ${options.data}.`)
  try {
    const bank = await openBank({
      data: options.data,
      seed: options.seed ?? 1,
      clock: options.clock ?? 'real',
      kakaoSecretKey: options.kakaoSecretKey ?? DEFAULT_KAKAO_SECRET,
      tossSecretKey: options.tossSecretKey ?? DEFAULT_TOSS_SECRET,
    })
    const { webhookUrl } = options
    if (webhookUrl !== undefined) bank.webhooks.configure({ url: webhookUrl, retryMinuteMs: 60_000 })
    return await listen(bank, options, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function listen(bank: Bank, options: BankOptions, unlock: () => void): Promise<RunningBank> {
  const host = options.host ?? '127.0.0.1'
  const sockets = new Set<Socket>()
  const paymentSockets = new Set<Socket>()
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000, maxHeaderSize: 16_384 })
  // Longer than the keep-alive of usual clients, so that the bank is not the one to hang up in between.
  server.keepAliveTimeout = 75_000
  server.on('connection', (socket) => {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      paymentSockets.delete(socket)
    })
  })
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    serve(bank, req, res, paymentSockets).catch((error: unknown) => {
      if (bank.closing) return void req.socket.destroy()
      console.error('bank: a request failed', error)
      sendJson(toExchange(req, res), 500, { error: 'the simulator itself failed; see its output' })
    })
  })
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ port: options.port ?? 0, host, backlog: 4096 }, resolve)
    })
  } catch (error) {
    await bank.close()
    throw error
  }
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const shownHost =
    host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  const url = `http://${shownHost}:${port}`
  bank.publicUrl = (options.publicUrl ?? url).replace(/\/+$/, '')
  return {
    url,
    port,
    close: async () => {
      if (bank.closing) return
      bank.closing = true
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await stopped
      await bank.close()
      unlock()
    },
  }
}

async function serve(
  bank: Bank,
  req: IncomingMessage,
  res: ServerResponse,
  paymentSockets: Set<Socket>,
): Promise<void> {
  const exchange = toExchange(req, res)
  const { path } = exchange
  const api = path.startsWith(KAKAO_PREFIX)
    ? serveKakao
    : path.startsWith(TOSS_PREFIX)
      ? serveToss
      : undefined
  if (api !== undefined) {
    if (isOffline(bank)) return void req.socket.resetAndDestroy()
    paymentSockets.add(req.socket)
    return api(bank, exchange)
  }
  if (path.startsWith('/kakaopay/pay/')) return serveKakaoPage(bank, exchange)
  if (path.startsWith('/toss/')) return serveTossPage(bank, exchange)
  return serveControl(bank, exchange, paymentSockets)
}
