import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { colleague, customer, PASSWORD } from '../support/people.ts'
import { adminItem, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { ItemList } from '../support/views.ts'

let system: System
beforeAll(async () => {
  system = await startSystem({
    settings: {
      TRUSTED_PROXIES: '1',
      // With some keys two of a few visitors mark the same register and count as one.
      PAYMENT_TOKEN_KEY: Buffer.from(Array.from({ length: 32 }, (_, n) => n)).toString('base64url'),
    },
  })
})
afterAll(() => system?.stop())

const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1'

async function look(path: string, from: string, headers: Record<string, string> = {}): Promise<number> {
  const sent = { accept: 'text/html', 'user-agent': PHONE, 'x-forwarded-for': from, ...headers }
  return (await fetch(new URL(path, system.url), { headers: sent })).status
}

test('the most viewed items stand first, by how many different people looked at them', async () => {
  const [first, second] = (await stockShelves(system, 12)).map(({ id }) => id)
  if (first === undefined || second === undefined) throw new Error('no items')
  // Whoever stocked the shelves has looked, too.
  const viewsOf = async (id: string) => (await adminItem(merchant, id)).viewCount
  const merchant = await colleague(system, 'merchant')
  await system.services.catalog.views.flush()
  const before = await viewsOf(first)

  // The same address, asked for again and again, on whichever way it is answered: each person counts once.
  for (const from of ['203.0.113.1', '203.0.113.2', '203.0.113.2', '203.0.113.3', '203.0.113.3'])
    for (const path of [`/items/${first}`, `/en/items/${first}`, `/api/items/${first}`])
      expect(await look(path, from)).toBe(200)
  expect(await look(`/items/${first}`, '203.0.113.4', { 'user-agent': 'Googlebot/2.1' })).toBe(200)
  // Signed in, they are one person on two devices.
  const { email } = await customer(system)
  const opened = await fetch(new URL('/login', system.url), {
    method: 'POST',
    redirect: 'manual',
    headers: { accept: 'text/html', origin: system.url },
    body: new URLSearchParams({ email, password: PASSWORD }),
  })
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
  for (const from of ['203.0.113.5', '203.0.113.6'])
    expect(await look(`/items/${first}`, from, { cookie })).toBe(200)

  await until(
    async () => {
      await system.services.catalog.views.flush()
      return (await viewsOf(first)) >= before + 4
    },
    { what: 'the views of the first item', deadlineMs: 40_000 },
  )
  expect(await viewsOf(first)).toBe(before + 4)
  // Lists are at most a second old.
  await until(
    async () => {
      const list = expectBody(await system.api().get('/api/items?sort=views'), 200, ItemList)
      return list.data[0]?.id === first
    },
    { what: 'the first item in front', deadlineMs: 5_000 },
  )
})

test('a page that is not found counts for nobody', async () => {
  const path = '/items/00000000-0000-7000-8000-000000000000'
  expect(await look(path, '203.0.113.9')).toBe(404)
  await expect(system.services.catalog.views.flush()).resolves.toBeUndefined()
})
