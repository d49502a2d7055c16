import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEvents } from '../../web/console/api/events.ts'
import { colleague, customer } from '../support/people.ts'
import { placeOrder, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(async () => {
  await system?.stop()
})

test('whoever works here hears which kinds of things happen, and nothing of whom', async () => {
  const [item] = await stockShelves(system, 1)
  const merchant = await colleague(system, 'merchant')
  const { status, body } = await merchant.api.get('/api/admin/changes', { endless: true })
  expect([status, body]).toEqual([200, expect.stringContaining('event: ready')])

  const answer = await fetch(`${system.url}/api/admin/changes`, {
    headers: { authorization: `Bearer ${merchant.tokens.accessToken}` },
  })
  if (!answer.body) throw new Error('nothing is streamed')
  const owner = await customer(system)
  let order: string | undefined
  for await (const { name, data } of readEvents(answer.body)) {
    // Listening begins a moment after that is said, so there is more than one chance to hear.
    if (name === 'ready' || order === undefined) order = (await placeOrder(owner, item?.id ?? '')).id
    if (name !== 'changed') continue
    expect(JSON.stringify(data)).not.toContain(owner.id)
    if (Array.isArray(data) && data.includes('shop.order.placed')) break
    await placeOrder(owner, item?.id ?? '')
  }
})
