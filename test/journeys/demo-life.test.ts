import Type from 'typebox'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import { liveDemo } from '../../src/services/demo/life.ts'
import { QUESTIONS } from '../../src/services/demo/questions.ts'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { signIn } from '../support/people.ts'
import { SubscriptionList } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'

const Orders = Type.Object({
  data: Type.Array(Type.Object({ paymentState: Type.String(), deliveryState: Type.String() })),
})
const Reviewed = Type.Object({ data: Type.Array(Type.Object({ reviewCount: Type.Integer() })) })

let system: System
beforeAll(async () => {
  system = await startSystem({ demo: true })
})
afterAll(() => system?.stop())

it('is lived in: orders in every state, a subscription and reviews, all of it paid at the bank, and once', async () => {
  const life = { url: system.url, identity: system.services.identity, signal: new AbortController().signal }
  await liveDemo(life)
  const account = DEMO_ACCOUNTS.find(({ role }) => role === 'customer')
  const { api } = await signIn(system, account?.email ?? '', account?.password)
  const { data } = expectBody(await api.get('/api/orders?size=50'), 200, Orders)
  const sorted = data.map(({ deliveryState }) => deliveryState).sort()
  expect(data.every(({ paymentState }) => paymentState === 'paid')).toBe(true)
  expect(sorted).toEqual(['delivered', 'none', 'preparing', 'shipped'])
  const subscriptions = await until(
    async () => {
      const list = expectBody(await api.get('/api/subscriptions?size=10'), 200, SubscriptionList).data
      return list.length > 0 && list
    },
    { what: 'the subscription to begin', deadlineMs: 10_000 },
  )
  expect(subscriptions).toMatchObject([{ state: 'active', quantity: 1 }])
  const best = await until(
    async () => {
      const list = await system.api().get('/api/items?sort=sales&size=8')
      const shown = expectBody(list, 200, Reviewed).data
      return shown.every(({ reviewCount }) => reviewCount >= 2) && shown
    },
    { what: 'the reviews to be counted', deadlineMs: 10_000 },
  )
  expect(best).toHaveLength(8)

  const staff = DEMO_ACCOUNTS.find(({ role }) => role === 'merchant')
  const merchant = await signIn(system, staff?.email ?? '', staff?.password)
  const questions = async (state: string) =>
    at((await merchant.api.get(`/api/admin/questions?state=${state}`)).body, 'page', 'totalElements')
  const waiting = QUESTIONS.filter(({ answer }) => answer === undefined).length
  expect([await questions('unanswered'), await questions('all')]).toEqual([waiting, QUESTIONS.length])

  const spent = await system.bank.money()
  expect(spent.charges).toBe(4 + 6)
  await liveDemo(life)
  expect(await system.bank.money()).toEqual(spent)
  expect(await questions('all')).toBe(QUESTIONS.length)
})
