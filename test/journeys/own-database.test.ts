import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import { type System, startSystem } from '../support/system.ts'

/** A server on a database of one's own, of which nothing was said about demo data. */
let system: System
beforeAll(async () => {
  system = await startSystem({ settings: { DEMO: '' } })
})
afterAll(async () => {
  await system?.stop()
})

test('nobody gets in with the passwords of the demo accounts, and nothing invented is for sale', async () => {
  for (const { email, password } of DEMO_ACCOUNTS) {
    const answer = await system.api().post('/api/auth/login', { json: { email, password } })
    expect(answer).toMatchObject({ status: 401, code: 'wrong_credentials' })
  }
  const items = await system.api().get('/api/items')
  expect(items).toMatchObject({ status: 200, body: { data: [], page: { totalElements: 0 } } })
})
