import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Bank } from '../bank.ts'
import { type Exchange, JSON_TYPE, parseObject, sendJson } from '../http/exchange.ts'
import { summarize } from './summary.ts'

const FILTERS = ['kind', 'provider', 'partnerOrderId'] as const

/** Rows that agree with the filters, as JSON texts. A cheap look at the bytes comes before parsing. */
async function* rowTexts(bank: Bank, query: URLSearchParams, since: number, limit: number) {
  const wanted = FILTERS.flatMap((name) => {
    const value = query.get(name)
    return value === null
      ? []
      : [{ name, value, bytes: Buffer.from(JSON.stringify({ [name]: value }).slice(1, -1)) }]
  })
  let given = 0
  for await (const line of bank.journal.lines(since + 1)) {
    if (given >= limit) return
    if (!wanted.every(({ bytes }) => line.includes(bytes))) continue
    const text = line.toString('utf8')
    // The kept answer of an idempotency key is the bank's own affair.
    const hasAnswer = text.includes('"answer":')
    if (wanted.length === 0 && !hasAnswer) {
      given += 1
      yield text
      continue
    }
    const { answer: _, ...row } = parseObject(text) ?? {}
    if (!wanted.every(({ name, value }) => row[name] === value)) continue
    given += 1
    yield hasAnswer ? JSON.stringify(row) : text
  }
}

async function* inPieces(texts: AsyncIterable<string>, list: boolean) {
  let piece = list ? '[' : ''
  let first = true
  for await (const text of texts) {
    piece += list ? `${first ? '' : ','}\n${text}` : `${text}\n`
    first = false
    if (piece.length > 65_536) {
      yield piece
      piece = ''
    }
  }
  yield list ? `${piece}]\n` : piece
}

/** `GET /journal`: rows after sequence `since`, filtered, as NDJSON or one JSON list by `Accept`. */
export async function serveJournal(bank: Bank, exchange: Exchange): Promise<void> {
  const { query, req, res } = exchange
  const since = Number(query.get('since') ?? 0)
  const limit = Number(query.get('limit') ?? Number.MAX_SAFE_INTEGER)
  if (!Number.isSafeInteger(since) || since < 0 || !Number.isSafeInteger(limit) || limit < 0)
    return sendJson(exchange, 400, { error: 'since and limit must be whole numbers of at least 0' })
  const odd = [...query.keys()].find(
    (name) => name !== 'since' && name !== 'limit' && !FILTERS.some((known) => known === name),
  )
  if (odd !== undefined) return sendJson(exchange, 400, { error: `unknown filter ${odd}` })
  const lines = (req.headers.accept ?? '').includes('application/x-ndjson')
  res.writeHead(200, { 'content-type': lines ? 'application/x-ndjson; charset=utf-8' : JSON_TYPE })
  // A reader that goes away in the middle is no trouble of ours.
  await pipeline(Readable.from(inPieces(rowTexts(bank, query, since, limit), !lines)), res).catch(
    () => undefined,
  )
}

/** `GET /journal/summary[?byOrder=1]` */
export async function serveSummary(bank: Bank, exchange: Exchange): Promise<void> {
  const summary = summarize(bank, exchange.query.get('byOrder') === '1')
  await bank.journal.settled()
  sendJson(exchange, 200, summary)
}
