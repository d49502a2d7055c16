import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { MOST_WISHES } from '../../src/shop/wishes/wish-list.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { customer, PASSWORD } from '../support/people.ts'
import { stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

const WishList = Type.Object({ data: Type.Array(Type.Object({ itemId: Type.String() })) })

let system: System
let items: string[]
beforeAll(async () => {
  system = await startSystem()
  items = (await stockShelves(system, 12)).map(({ id }) => id)
})
afterAll(() => system?.stop())

test('a wish is on one’s own list once, newest in front, and off it when taken off', async () => {
  const [one, other] = [await customer(system), await customer(system)]
  const [first = '', second = ''] = items
  for (const itemId of [first, second, first])
    expectBody(await one.api.send('PUT', `/api/wishes/${itemId}`), 200, WishList)
  const ids = async (person: typeof one) =>
    expectBody(await person.api.get('/api/wishes'), 200, WishList).data.map(({ itemId }) => itemId)
  expect(await ids(one)).toEqual([second, first])
  expect(await ids(other)).toEqual([])
  expect((await one.api.send('PUT', '/api/wishes/00000000-0000-7000-8000-000000000000')).status).toBe(404)
  expectBody(await other.api.send('DELETE', `/api/wishes/${first}`), 200, WishList)
  expect(await ids(one)).toEqual([second, first])
  expectBody(await one.api.send('DELETE', `/api/wishes/${second}`), 200, WishList)
  expect(await ids(one)).toEqual([first])
})

test('a list never holds more than it may, however many add at once; who leaves wishes nothing', async () => {
  const person = await customer(system)
  await execute(
    system.databaseUrl,
    `insert into wishes.wish select '${person.id}', gen_random_uuid(), now() from generate_series(1, ${MOST_WISHES - 2})`,
  )
  const answers = await Promise.all(
    items.slice(0, 8).map((itemId) => person.api.send('PUT', `/api/wishes/${itemId}`)),
  )
  const statuses = answers.map(({ status }) => status).toSorted()
  expect(statuses).toEqual([200, 200, 409, 409, 409, 409, 409, 409])
  const left = await person.api.delete('/api/users/me', { json: { password: PASSWORD } })
  expect(left.status).toBeLessThan(300)
  await until(async () => (await system.services.wishes.list(person.id)).length === 0, {
    deadlineMs: 10_000,
    what: 'the wishes to be forgotten',
  })
})
