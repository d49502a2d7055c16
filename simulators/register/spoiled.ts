import type { ServerResponse } from 'node:http'
import { type Asked, answerOf, HTML_PAGE, REFUSALS, XML_ANSWER } from './answers.ts'
import type { AnswerFault, WireFault } from './faults.ts'
import type { Row } from './rows.ts'

/** An answer as it goes out. */
export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
  /** Where a redirect leads. */
  readonly location?: string
}

export const json = (body: object): Reply => ({
  status: 200,
  type: 'application/json;charset=UTF-8',
  body: JSON.stringify(body),
})
const html = (status: number): Reply => ({ status, type: 'text/html; charset=utf-8', body: HTML_PAGE })
const plain = (status: number, body: string): Reply => ({ status, type: 'text/plain', body })
const raw = (body: string | Buffer): Reply => ({ status: 200, type: 'application/json', body })

/**
 * An answer that is wrong in one way.
 * @param all rows of the register
 * @param whole the good answer as text
 */
export function spoiled(all: readonly Row[], asked: Asked, fault: AnswerFault, whole: string): Reply {
  const { source, from, size } = asked
  const page = all.slice(from - 1, from - 1 + size)
  const answer = (rows: readonly Row[], total = all.length) => json(answerOf(source, rows, total, asked))
  switch (fault) {
    case 'html':
      return html(200)
    case 'xml':
      return { status: 200, type: 'text/xml; charset=utf-8', body: XML_ANSWER }
    case 'bad_key':
    case 'quota':
    case 'bad_request':
    case 'server_error':
    case 'no_data':
      return json(REFUSALS[fault][source])
    case 'echo_key':
      return json({ RESULT: { CODE: 'INFO-100', MSG: `인증키(${asked.key})가 유효하지 않습니다.` } })
    case 'empty':
      return raw('')
    case 'status_503':
      return html(503)
    case 'status_429':
      return plain(429, 'API rate limit exceeded')
    case 'status_401':
      return plain(401, 'Unauthorized')
    case 'redirect':
      return { ...plain(302, ''), location: 'https://elsewhere.invalid/' }
    case 'truncated':
      return raw(whole.slice(0, Math.floor(whole.length * 0.7)))
    case 'short_page':
      return answer(page.slice(0, -1))
    case 'more_rows':
      return answer(all.slice(from - 1, from + size))
    case 'same_page':
      return answer(all.slice(0, size))
    case 'damaged_row':
      return raw(whole.replace('물과 함께', '물과 "함께'))
    case 'other_encoding':
      return raw(Buffer.from(whole.replaceAll(/[가-힣]/gu, '\xb0\xa1'), 'latin1'))
    case 'total_too_high':
      return answer(page, all.length + 1_000)
    case 'total_too_low':
      return answer(page, 1)
  }
}

/** Between two letters of a slow answer. */
const DRIP_MS = 100

/** Begins a good answer and does not bring it to its end. */
export function breakOff(res: ServerResponse, fault: WireFault, whole: string): void {
  switch (fault) {
    case 'reset':
      res.socket?.resetAndDestroy()
      return
    case 'cut_off':
      res.writeHead(200, { 'content-length': Buffer.byteLength(whole) })
      res.write(whole.slice(0, whole.length / 2), () => res.destroy())
      return
    case 'slow':
      drip(res, whole)
      return
    case 'huge':
      flood(res)
  }
}

function drip(res: ServerResponse, whole: string): void {
  res.writeHead(200, { 'content-type': 'application/json' })
  let at = 0
  const timer = setInterval(() => {
    res.write(whole.charAt(at))
    at += 1
  }, DRIP_MS)
  res.once('close', () => clearInterval(timer))
}

function flood(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'application/json' })
  const piece = ' '.repeat(65_536)
  const pour = (): void => {
    let more = true
    while (more && !res.destroyed) more = res.write(piece)
  }
  res.on('drain', pour)
  pour()
}

/** Sends a complete answer. */
export function send(res: ServerResponse, { status, type, body, location }: Reply): void {
  const where = location === undefined ? {} : { location }
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...where })
  res.end(body)
}
