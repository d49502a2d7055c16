/** A bank whose answers hold what no column can hold, or more than one should: what it charged is settled all the same. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { journal, request, testBank } from '../../../../simulators/bank/testing.ts'
import { paymentsWorld, shopOf, type World } from '../payments.fixture.ts'
import { adapter } from '../providers/kakaopay/kakaopay-testing.ts'

let world: World
beforeAll(async () => {
  world = await paymentsWorld({ poolSize: 10 })
})
afterEach(() => world.leaveBehind())
afterAll(() => world.database.drop())

const POISONS: Readonly<Record<string, string>> = {
  NUL: 'a\0b',
  'half a surrogate pair': 'a\ud83cb',
  '100 kB': 'x'.repeat(100_000),
  '30,000 emoji': '🌿'.repeat(30_000),
  'a time long gone': '-271821-04-20T00:00:00Z',
  'a time far away': '+275760-09-12T00:00:00Z',
}

/** Every text in an answer: where it stands. */
function textsIn(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value === 'string') return [path.join('.')]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => textsIn(member, [...path, name]))
}

/** The same answer, with another text in one place. */
function poisoned(value: unknown, [name, ...rest]: readonly string[], poison: string): unknown {
  if (name === undefined) return poison
  const members = Object.entries(typeof value === 'object' && value !== null ? value : {})
  return Object.fromEntries(
    members.map(([key, member]) => [key, key === name ? poisoned(member, rest, poison) : member]),
  )
}

/** The bank behind somebody who changes its approvals. @returns its address */
async function behind(bankUrl: string, change: (answer: unknown) => unknown): Promise<string> {
  const passOn = async (asked: IncomingMessage, reply: ServerResponse) => {
    const body = await Array.fromAsync(asked, (chunk: Buffer) => chunk)
    const { authorization = '', 'content-type': type = '' } = asked.headers
    const answer = await fetch(`${bankUrl}${asked.url}`, {
      method: asked.method ?? 'GET',
      headers: { authorization, 'content-type': type },
      ...(body.length > 0 ? { body: Buffer.concat(body) } : {}),
    })
    const json: unknown = await answer.json()
    const told = asked.url?.endsWith('/approve') === true ? change(json) : json
    reply.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(told))
  }
  const proxy = createServer((asked, reply) => void passOn(asked, reply))
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}

let banks = 0

async function shopBehind(change: (answer: unknown) => unknown) {
  const bank = await testBank({ seed: 77_000 + ++banks })
  const { provider } = adapter(await behind(bank.url, change))
  const here = shopOf(world, world.depsWith(provider))
  const buy = async () => {
    const placed = await here.place()
    const begun = await here.begun(placed)
    const page = await request(`${begun.redirect_url}/approve`, { method: 'POST', body: 'method=CARD' })
    const query = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams)
    const attempt = await here.back(begun, 'success', query)
    if (attempt?.state === 'unknown') await here.pass({ seconds: 15 })
    return { id: begun.id, state: (await here.read(begun.id)).attempt.state, placed }
  }
  return { ...here, bank, buy }
}

async function approvalTexts(): Promise<string[]> {
  let seen: unknown
  const { buy } = await shopBehind((answer) => {
    seen = answer
    return answer
  })
  await buy()
  return textsIn(seen)
}

describe.each(Object.entries(POISONS))('%s in an approval', (_what, poison) => {
  it('is settled, wherever it stands', async () => {
    const places = await approvalTexts()
    expect(places.length).toBeGreaterThan(8)
    let place = ''
    const { buy, bank, order } = await shopBehind((answer) => poisoned(answer, place.split('.'), poison))
    for (place of places) {
      const { id, state, placed } = await buy()
      expect(state, place).toBe('succeeded')
      expect((await order(placed.id)).state, place).toBe('paid')
      const moves = await journal(bank, `?partnerOrderId=${id}`)
      expect(moves.filter(({ kind }) => kind === 'charge')).toHaveLength(1)
    }
  })
})
