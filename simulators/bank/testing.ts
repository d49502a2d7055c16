import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type BankOptions, type RunningBank, startBank } from './server.ts'

export type Json = Record<string, unknown>

export interface Reply {
  status: number
  headers: Headers
  body: Json
}

/** An empty folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bank-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A bank of its own for one test, on a free port. */
export async function testBank(options: Partial<BankOptions> = {}): Promise<RunningBank & { data: string }> {
  const data = options.data ?? temporaryFolder()
  const bank = await startBank({ ...options, data })
  onTestFinished(() => bank.close())
  return { ...bank, data }
}

/** Calls an address and reads a JSON object (an empty one when the body is something else). */
export async function request(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = {}
  }
  return { status: response.status, headers: response.headers, body: asObject(body) }
}

export function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

const KAKAO_HEADERS = { authorization: 'SECRET_KEY DEV_KAKAOPAY_SECRET' }

export function kakao(bank: { url: string }, operation: string, body: Json): Promise<Reply> {
  return post(`${bank.url}/online/v1/payment/${operation}`, body, KAKAO_HEADERS)
}

export const ORDER = {
  partner_order_id: 'order-1',
  partner_user_id: 'user-1',
  item_name: '비타민 D 2000IU',
  quantity: 1,
  total_amount: 11_000,
  tax_free_amount: 0,
}

export const URLS = {
  approval_url: 'http://shop.test/done?from=kakao',
  cancel_url: 'http://shop.test/cancel',
  fail_url: 'http://shop.test/fail',
}

/** A payment the customer has agreed to on the page; not approved yet. */
export async function agreedPayment(
  bank: { url: string },
  more: Json = {},
): Promise<{ tid: string; pgToken: string }> {
  const begun = await kakao(bank, 'ready', { cid: 'TC0ONETIME', ...ORDER, ...URLS, ...more })
  const tid = String(begun.body.tid)
  const back = await request(`${bank.url}/kakaopay/pay/${tid}/approve`, {
    method: 'POST',
    body: 'method=CARD',
  })
  const target = URL.parse(back.headers.get('location') ?? '')
  return { tid, pgToken: target?.searchParams.get('pg_token') ?? '' }
}

/** A payment that has gone through, with its answer. */
export async function paidPayment(bank: { url: string }, more: Json = {}): Promise<Reply> {
  const { tid, pgToken } = await agreedPayment(bank, more)
  return kakao(bank, 'approve', {
    cid: 'TC0ONETIME',
    tid,
    pg_token: pgToken,
    ...pick({ ...ORDER, ...more }, 'partner_order_id', 'partner_user_id'),
    ...pick(more, 'cid'),
  })
}

/** A fresh SID of user-1, issued by a first payment. */
export async function issuedSid(bank: { url: string }, more: Json = {}): Promise<string> {
  const paid = await paidPayment(bank, { cid: 'TCSUBSCRIP', ...more })
  return String(paid.body.sid)
}

export function chargeSid(bank: { url: string }, sid: string, more: Json = {}): Promise<Reply> {
  return kakao(bank, 'subscription', { cid: 'TCSUBSCRIP', sid, ...ORDER, ...more })
}

function pick(from: Json, ...names: string[]): Json {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)))
}

export async function journal(bank: { url: string }, query = ''): Promise<Json[]> {
  const response = await fetch(`${bank.url}/journal${query}`)
  const rows: unknown = await response.json()
  return Array.isArray(rows) ? rows.map(asObject) : []
}

export async function addFault(bank: { url: string }, match: Json, ...effects: Json[]): Promise<Reply> {
  return post(`${bank.url}/faults`, { match, effects })
}

/** The word for how a call ended that got no whole answer. */
export async function brokenBy(call: Promise<unknown>): Promise<'answered' | 'broken'> {
  return call.then(
    () => 'answered',
    () => 'broken',
  )
}

/** Asks again until the condition holds; fails after the deadline. */
export async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean, ms = 5000): Promise<T> {
  const deadline = Date.now() + ms
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
    if (Date.now() > deadline) throw new Error(`condition not reached, last: ${JSON.stringify(value)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
