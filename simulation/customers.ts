import { newId } from '../src/platform/ids.ts'
import { type Diary, dayOfDate, type Wish } from './expected.ts'
import type { SimulatedWorld } from './world.ts'

/** 0 ≤ n < 1, the same for the same seed on every machine (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const PERIODS = [30, 60, 90, 120] as const
const RECEIVER = {
  name: '김하늘',
  phone: '010-1234-5678',
  address: { city: '서울특별시 종로구 세종대로 1', detail: '101동 202호', postalCode: '03045' },
}

export interface Customers {
  /** So many new customers buy a first delivery with a subscription, on the bank's page and all. */
  subscribe(count: number): Promise<void>
  /** Some of them skip, pause, resume, change or cancel today. */
  act(): Promise<void>
  /** Some of these, whose charge was refused, pay it themselves on the bank's page, with a new payment method. */
  settleOverdue(customerIds: readonly string[]): Promise<void>
  /** What each of them agreed to and did, noted by themselves. */
  diaries(): Diary[]
  /** What they asked for, by kind, and what was refused (after the cut-off, nothing to resume …). */
  readonly wishes: Record<string, number>
  readonly refused: Record<string, number>
  subscribed(): number
}

interface Known {
  customerId: string
  /** Of its own, so that the same seed gives the same wishes however many act at once. */
  random: () => number
  /** Whether they pay what is overdue: of its own, too, so that refusals do not change the wishes. */
  honesty: () => number
  /** From the purchase on. */
  diary?: Diary
  subscriptionId?: string
}

/** Requests on their way at once, as from a busy shop. */
const AT_ONCE = 8

/** @param actEveryDays how many days pass on average between two wishes of one customer */
export async function openCustomers(
  world: SimulatedWorld,
  seed: number,
  actEveryDays: number,
): Promise<Customers> {
  const { app } = world
  const items = await itemsOf(world)
  const known: Known[] = []
  const wishes: Record<string, number> = {}
  const refused: Record<string, number> = {}
  const consent = stringIn(await get('/api/consents/recurring-payment', ''), 'version')

  async function call(method: 'GET' | 'POST', url: string, customerId: string, body?: object, key?: string) {
    const response = await app.inject({
      method,
      url,
      headers: {
        ...(customerId === '' ? {} : { authorization: `Bearer ${customerId}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { payload: body }),
    })
    const answer: unknown = response.json()
    return { status: response.statusCode, answer }
  }

  async function get(url: string, customerId: string): Promise<unknown> {
    const { status, answer } = await call('GET', url, customerId)
    if (status !== 200) throw new Error(`GET ${url}: ${status} ${JSON.stringify(answer)}`)
    return answer
  }

  async function create(url: string, customerId: string, body: object): Promise<unknown> {
    const { status, answer } = await call('POST', url, customerId, body, newId())
    if (status === 201) return answer
    if (status >= 500) throw new Error(`POST ${url}: ${status} ${JSON.stringify(answer)}`)
    return undefined
  }

  /** The customer agrees on the bank's page and is sent back to the shop. */
  async function payAtBank(redirectUrl: string): Promise<void> {
    const page = await fetch(`${redirectUrl}/approve`, {
      method: 'POST',
      body: new URLSearchParams({ method: 'MONEY' }),
      redirect: 'manual',
    })
    const back = new URL(page.headers.get('location') ?? 'about:blank')
    const { status } = await call('GET', `${back.pathname}${back.search}`, '')
    if (status !== 200) throw new Error(`the way back from the bank ended with ${status}`)
  }

  async function subscriptionOf(known: Known): Promise<string> {
    if (known.subscriptionId === undefined) {
      const list = await get('/api/subscriptions', known.customerId)
      const [first] = listIn(list, 'data')
      known.subscriptionId = stringIn(first, 'id')
    }
    return known.subscriptionId
  }

  function wishOf(random: () => number): { name: Wish['kind']; body: object; wish: Wish } {
    const at = world.now().epochMilliseconds
    const far = world
      .now()
      .toZonedDateTimeISO('Asia/Seoul')
      .toPlainDate()
      .add({ days: 20 + Math.floor(random() * 60) })
    const drawn = random()
    if (drawn < 0.25) return { name: 'skip', body: {}, wish: { at, kind: 'skip' } }
    if (drawn < 0.4) {
      const until = random() < 0.8 ? far.toString() : null
      const wish: Wish = { at, kind: 'pause', until: until === null ? null : dayOfDate(until) }
      return { name: 'pause', body: until === null ? {} : { until }, wish }
    }
    if (drawn < 0.55) return { name: 'resume', body: {}, wish: { at, kind: 'resume' } }
    if (drawn < 0.75) {
      const quantity = 1 + Math.floor(random() * 4)
      return { name: 'quantity', body: { quantity }, wish: { at, kind: 'quantity', quantity } }
    }
    if (drawn < 0.95) {
      const days = pick(PERIODS, random)
      return {
        name: 'period',
        body: { period: { unit: 'days', count: days } },
        wish: { at, kind: 'period', days },
      }
    }
    return { name: 'cancel', body: {}, wish: { at, kind: 'cancel' } }
  }

  return {
    wishes,
    refused,
    subscribed: () => known.length,
    subscribe: async (count) => {
      const fresh = Array.from(
        { length: count },
        (_, at): Known => ({
          customerId: newId(),
          random: seeded(seed * 1_000_003 + known.length + at),
          honesty: seeded(seed * 7_368_787 + known.length + at),
        }),
      )
      await several(fresh, subscribe)
      known.push(...fresh)
    },
    act: () =>
      several(
        known.filter(({ random }) => random() * actEveryDays < 1),
        act,
      ),
    settleOverdue: (customerIds) =>
      several(
        known.filter(({ customerId, honesty }) => customerIds.includes(customerId) && honesty() < 0.5),
        payOverdue,
      ),
    diaries: () => known.flatMap(({ diary }) => diary ?? []),
  }

  async function subscribe(customer: Known): Promise<void> {
    const { customerId, random } = customer
    for (let tries = 0; tries < 20; tries += 1) {
      const line = {
        itemId: pick(items, random),
        quantity: 1 + Math.floor(random() * 2),
        subscription: { unit: 'days', count: pick(PERIODS, random) },
      }
      const wanted = { lines: [line], receiver: RECEIVER, consent: { version: consent } }
      const order = await create('/api/orders', customerId, wanted)
      // Sold out: another item then.
      if (order === undefined) continue
      const asked = { orderId: stringIn(order, 'id'), provider: 'kakaopay' }
      const payment = await create('/api/payments', customerId, asked)
      if (payment === undefined) throw new Error('an order just placed could not be paid')
      await payAtBank(stringIn(payment, 'redirectUrl'))
      const { quantity, subscription } = line
      customer.diary = { customerId, quantity, period: subscription.count, wishes: [], paidByHand: [] }
      return
    }
    throw new Error('nothing is left to buy')
  }

  async function act(customer: Known): Promise<void> {
    const { name, body, wish } = wishOf(customer.random)
    const id = await subscriptionOf(customer)
    const { status, answer } = await call(
      'POST',
      `/api/subscriptions/${id}/${name}`,
      customer.customerId,
      body,
    )
    if (status >= 500) throw new Error(`${name}: ${status} ${JSON.stringify(answer)}`)
    wishes[name] = (wishes[name] ?? 0) + 1
    if (status === 200) customer.diary?.wishes.push(wish)
    else refuse(stringIn(answer, 'code'))
  }

  /** The order of the refused delivery waits for its payment like any other. */
  async function payOverdue(customer: Known): Promise<void> {
    const { customerId } = customer
    const detail = await get(`/api/subscriptions/${await subscriptionOf(customer)}`, customerId)
    const [latest] = listIn(detail, 'cycles')
    const asked = { orderId: stringIn(latest, 'orderId'), provider: 'kakaopay' }
    const payment = await create('/api/payments', customerId, asked)
    wishes['pay overdue'] = (wishes['pay overdue'] ?? 0) + 1
    // Sold out meanwhile.
    if (payment === undefined) return refuse('payment of an overdue order')
    await payAtBank(stringIn(payment, 'redirectUrl'))
    customer.diary?.paidByHand.push(world.now().epochMilliseconds)
  }

  function refuse(code: string): void {
    refused[code] = (refused[code] ?? 0) + 1
  }
}

async function several<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...list]
  const lane = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

function pick<T>(list: readonly T[], random: () => number): T {
  const found = list[Math.floor(random() * list.length)]
  if (found === undefined) throw new Error('there is nothing to choose from')
  return found
}

async function itemsOf({ runtime }: SimulatedWorld): Promise<string[]> {
  const { catalog } = runtime.service('shop')
  if (await catalog.isEmpty()) await catalog.seedDemo()
  const ids: string[] = []
  for await (const page of catalog.itemPages(500)) ids.push(...page.map(({ id }) => id))
  return ids
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}

function stringIn(value: unknown, name: string): string {
  const found = fieldOf(value, name)
  if (typeof found !== 'string') throw new Error(`no ${name} in ${JSON.stringify(value)}`)
  return found
}

function listIn(value: unknown, name: string): unknown[] {
  const found = fieldOf(value, name)
  return Array.isArray(found) ? found : []
}
