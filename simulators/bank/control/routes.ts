import type { Socket } from 'node:net'
import type { Bank } from '../bank.ts'
import { type Exchange, sendHtml, sendJson } from '../http/exchange.ts'
import { clockView, postClock } from './clock-routes.ts'
import { deleteFaults, faultsView, postFaults, postOffline } from './fault-routes.ts'
import { indexPage } from './index-page.ts'
import { serveJournal, serveSummary } from './journal-routes.ts'
import { serveSettlement } from './settlement.ts'
import { deactivateToken, importTokens, postToken } from './token-routes.ts'
import { postWebhooks, sendWebhook, webhooksView } from './webhook-routes.ts'

type Handler = (bank: Bank, exchange: Exchange, sockets: ReadonlySet<Socket>) => Promise<void> | void

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['GET /', (bank, exchange) => sendHtml(exchange, 200, indexPage(bank))],
  ['GET /health', (bank, exchange) => sendJson(exchange, 200, { status: 'ok', clock: clockView(bank) })],
  ['GET /journal', serveJournal],
  ['GET /journal/summary', serveSummary],
  ['GET /faults', (bank, exchange) => sendJson(exchange, 200, faultsView(bank))],
  ['POST /faults', postFaults],
  ['DELETE /faults', deleteFaults],
  ['POST /faults/offline', postOffline],
  [
    'POST /faults/online',
    (bank, exchange) => {
      bank.offlineUntil = 0
      sendJson(exchange, 200, faultsView(bank))
    },
  ],
  ['GET /clock', (bank, exchange) => sendJson(exchange, 200, clockView(bank))],
  ['POST /clock', postClock],
  ['POST /tokens', importTokens],
  ['GET /kakaopay/settlement', serveSettlement],
  ['GET /webhooks', (bank, exchange) => sendJson(exchange, 200, webhooksView(bank))],
  ['POST /webhooks', postWebhooks],
  ['POST /webhooks/send', sendWebhook],
])

const TOKEN_PATH = /^\/tokens\/([^/]{1,400})(\/deactivate)?$/

/** Serves everything that is neither a payment API nor a customer's page. */
export async function serveControl(
  bank: Bank,
  exchange: Exchange,
  sockets: ReadonlySet<Socket>,
): Promise<void> {
  const { method, path } = exchange
  const handler = HANDLERS.get(`${method} ${path}`)
  if (handler !== undefined) return handler(bank, exchange, sockets)
  const [, raw, deactivate] = TOKEN_PATH.exec(path) ?? []
  if (raw !== undefined && method === 'POST') {
    const token = decodeToken(raw)
    return deactivate === undefined
      ? postToken(bank, exchange, token)
      : deactivateToken(bank, exchange, token)
  }
  sendJson(exchange, 404, { error: `no such address: ${method} ${path}` })
}

function decodeToken(raw: string): string {
  try {
    return decodeURIComponent(raw)
  } catch {
    return raw
  }
}
