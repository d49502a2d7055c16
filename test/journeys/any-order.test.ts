/**
 * Whatever happens to an order, in whatever order it is asked for: it goes through legal states only, no won and no piece
 * appears or is lost. Every step is one that people can take over HTTP; what is refused must change nothing.
 * `ANY_ORDER_RUNS` asks for more of them, `ANY_ORDER_SEED` for others.
 */
import fc from 'fast-check'
import Type, { type Static } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type Answer, expectBody } from '../support/api.ts'
import { colleague, customer, type Person, RECEIVER } from '../support/people.ts'
import { adminItem, changeItem, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { Payment } from '../support/views.ts'

const RUNS = Number(process.env.ANY_ORDER_RUNS ?? 18)
const SEED = Number(process.env.ANY_ORDER_SEED ?? 20_261_130)
const STOCK = 1_000

let system: System
let merchant: Person
let items: readonly string[]
beforeAll(async () => {
  const settings = { DELIVERY_FEE: '3000', FREE_DELIVERY_FROM: '40000' }
  system = await startSystem({ settings })
  items = (await stockShelves(system, 4)).slice(0, 2).map(({ id }) => id)
  merchant = await colleague(system, 'merchant')
  for (const [index, id] of items.entries()) {
    await changeItem(merchant, id, {
      status: 'on_sale',
      originPrice: [9_990, 13_337][index],
      discountPercent: 0,
    })
    await setStock(merchant, id, STOCK)
  }
})
afterAll(() => system?.stop())

const Int = Type.Integer()
const OrderNow = Type.Object({
  id: Type.String(),
  state: Type.String(),
  paymentState: Type.String(),
  deliveryState: Type.String(),
  lines: Type.Array(
    Type.Object({
      lineNo: Int,
      itemId: Type.String(),
      quantity: Int,
      delivery: Type.Object({
        toSend: Int,
        sent: Int,
        arrived: Int,
        cancelled: Int,
        returned: Int,
        claimed: Int,
      }),
      refund: Type.Object({ pieces: Int, amount: Int }),
    }),
  ),
  amounts: Type.Object({ total: Int, refundedTotal: Int }),
  refundRequestedAt: Type.Union([Type.String(), Type.Null()]),
})
type OrderNow = Static<typeof OrderNow>

/** What follows at once; between two looks several steps may have been taken. See the drawing in order.ts. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  awaiting_payment: ['paid', 'cancelled', 'expired'],
  paid: ['preparing', 'shipped', 'partially_refunded', 'refunded'],
  preparing: ['shipped', 'partially_refunded', 'refunded'],
  shipped: ['delivered', 'partially_refunded', 'refunded'],
  delivered: ['partially_refunded', 'refunded'],
  partially_refunded: ['refunded'],
  cancelled: [],
  expired: [],
  refunded: [],
}
function mayFollow(from: string, to: string): boolean {
  return from === to || (NEXT[from] ?? []).some((next) => mayFollow(next, to))
}

const lineNo = fc.integer({ min: 1, max: 2 })
const quantity = fc.integer({ min: 1, max: 3 })
const isSo = fc.boolean()
const STEPS = fc.oneof(
  fc.record({ do: fc.constant('pay' as const) }),
  fc.record({ do: fc.constant('cancel' as const) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancelLine' as const), lineNo, quantity }) },
  fc.record({ do: fc.constant('prepare' as const) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ship' as const), lineNo, quantity }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver' as const) }) },
  fc.record({ do: fc.constant('refund' as const), lineNo, quantity, deliveryFee: isSo, cancel: isSo }),
  fc.record({ do: fc.constant('refundAmount' as const), amount: fc.integer({ min: 1, max: 30_000 }) }),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('askBack' as const),
      kind: fc.constantFrom('return' as const, 'exchange' as const),
      reason: fc.constantFrom('changed_mind' as const, 'defective' as const),
      lineNo,
      quantity,
    }),
  },
  fc.record({
    do: fc.constantFrom('approve' as const, 'refuse' as const, 'keep' as const, 'settleFee' as const),
  }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('approve' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('receive' as const), restock: isSo }) },
  fc.record({ do: fc.constantFrom('exchange' as const, 'refundReturn' as const) }),
)
type Step = typeof STEPS extends fc.Arbitrary<infer S> ? S : never

/**
 * What comes back mostly goes its whole way: steps by chance alone hardly ever meet in the order in which money or another
 * piece goes out at its end.
 */
const WAYS = fc.record({ lineNo, quantity, restock: isSo }).chain(({ restock, ...wish }) => {
  const ask = (kind: 'return' | 'exchange', reason: 'changed_mind' | 'defective'): Step => ({
    do: 'askBack',
    kind,
    reason,
    ...wish,
  })
  const receive: Step[] = [{ do: 'approve' }, { do: 'receive', restock }]
  return fc.constantFrom<Step[]>(
    // The money of a return goes out as it comes in; that of an exchange only in the place of the other piece.
    [ask('return', 'changed_mind'), ...receive],
    [ask('return', 'defective'), ...receive],
    [ask('exchange', 'defective'), ...receive, { do: 'refundReturn' }],
    [ask('exchange', 'changed_mind'), ...receive, { do: 'settleFee' }, { do: 'exchange' }],
    [ask('exchange', 'defective'), ...receive, { do: 'exchange' }],
    [ask('return', 'changed_mind'), { do: 'refuse' }],
  )
})
const COURSES = fc
  .array(
    fc.oneof({ weight: 3, arbitrary: STEPS.map((step): Step[] => [step]) }, { weight: 1, arbitrary: WAYS }),
    { minLength: 4, maxLength: 12 },
  )
  .map((ways) => ways.flat())

/** An order, and what the test itself knows of pieces that came back or went out once more. */
interface Course {
  owner: Person
  order: OrderNow
  attemptId: string | undefined
  asked: { id: string; kind: 'return' | 'exchange'; lineNo: number; quantity: number } | undefined
  /** By item: put back by a return, and sent once more by an exchange. */
  back: Map<string, number>
  again: Map<string, number>
}

const parcel = { carrier: 'hanjin', trackingNumber: '123456789012' }

/** Takes a step. @returns the answer, and what is known of pieces when it was not refused */
async function take(course: Course, step: Step): Promise<Answer | undefined> {
  const { owner, order, asked } = course
  const desk = (path: string, json: object, key?: true) =>
    merchant.api.post(`/api/admin/${path}`, key ? { key, json } : { json })
  const wish = () => ({
    lineNo: 'lineNo' in step ? step.lineNo : 1,
    quantity: 'quantity' in step ? step.quantity : 1,
  })
  const itemOf = (no: number) => order.lines.find((line) => line.lineNo === no)?.itemId ?? ''
  const count = (map: Map<string, number>, no: number, pieces: number) =>
    map.set(itemOf(no), (map.get(itemOf(no)) ?? 0) + pieces)
  switch (step.do) {
    case 'pay': {
      const json = { orderId: order.id, provider: 'kakaopay' }
      const begun = await owner.api.post('/api/payments', { key: true, json })
      if (begun.status !== 201) return begun
      const { id, redirectUrl } = expectBody(begun, 201, Payment)
      course.attemptId = id
      const back = await system.bank.press(redirectUrl, 'approve')
      return back === undefined ? begun : system.api().get(back)
    }
    case 'cancel':
      return owner.api.post(`/api/orders/${order.id}/cancel`)
    case 'cancelLine': {
      const json = { quantity: step.quantity }
      return owner.api.post(`/api/orders/${order.id}/lines/${step.lineNo}/cancel`, { key: true, json })
    }
    case 'prepare':
    case 'deliver':
      return desk(`orders/${order.id}/${step.do}`, {})
    case 'ship':
      return desk(`orders/${order.id}/ship`, { ...parcel, pieces: [wish()] })
    case 'refund': {
      const { cancel, deliveryFee } = step
      // What is not sent any more goes back on the shelf.
      const more = cancel ? { cancel, restock: true } : {}
      return desk(
        `orders/${order.id}/refunds`,
        { lines: [wish()], deliveryFee, ...more, reason: '보상' },
        true,
      )
    }
    case 'refundAmount':
      return desk(`orders/${order.id}/refunds`, { amount: step.amount, reason: '보상' }, true)
    case 'askBack': {
      const { kind, reason } = step
      const json = { kind, reason, lines: [wish()] }
      const answer = await owner.api.post(`/api/orders/${order.id}/returns`, { key: true, json })
      if (answer.status < 300)
        course.asked = {
          ...wish(),
          kind,
          id: expectBody(answer, answer.status, Type.Object({ id: Type.String() })).id,
        }
      return answer
    }
    case 'keep':
      return asked && owner.api.post(`/api/returns/${asked.id}/cancel`)
    case 'approve':
      return asked && desk(`returns/${asked.id}/approve`, {})
    case 'refuse':
      return asked && desk(`returns/${asked.id}/refuse`, { reason: '사용한 흔적이 있습니다' })
    case 'settleFee':
      return asked && desk(`returns/${asked.id}/settle-fee`, { settlement: 'transfer' })
    case 'receive': {
      const answer = asked && (await desk(`returns/${asked.id}/receive`, { restock: step.restock }))
      if (asked && answer && answer.status < 300 && step.restock)
        count(course.back, asked.lineNo, asked.quantity)
      return answer
    }
    case 'exchange': {
      const answer = asked && (await desk(`returns/${asked.id}/send`, parcel))
      if (asked && answer && answer.status < 300) count(course.again, asked.lineNo, asked.quantity)
      return answer
    }
    case 'refundReturn':
      return asked && desk(`returns/${asked.id}/refund`, {})
  }
}

/** The order once nothing of its money is on its way any more. */
async function settled({ owner, order, attemptId }: Course): Promise<OrderNow> {
  let seen: unknown
  const atRest = async () => {
    const now = expectBody(await owner.api.get(`/api/orders/${order.id}`), 200, OrderNow)
    if (attemptId === undefined) return now
    const payment = expectBody(await owner.api.get(`/api/payments/${attemptId}`), 200, Payment)
    const bank = await system.bank.money(attemptId)
    seen = { order: now.amounts, payment, bank }
    const isOver = payment.refunds.every(({ state }) => state !== 'processing')
    const isSame = bank.refunded === payment.refunded && now.amounts.refundedTotal === payment.refunded
    return isOver && isSame ? now : undefined
  }
  try {
    return await until(atRest, { deadlineMs: 20_000, what: `the money of ${order.id} to come to rest` })
  } catch (cause) {
    throw new Error(`never at rest: ${JSON.stringify(seen)}`, { cause })
  }
}

const PAID = ['paid', 'preparing', 'shipped', 'delivered', 'partially_refunded', 'refunded']
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

/** What must be so of an order at rest, whatever has happened. */
async function holds(course: Course, before: OrderNow, base: ReadonlyMap<string, number>): Promise<void> {
  const { order: now, attemptId } = course
  expect(mayFollow(before.state, now.state), `${before.state} → ${now.state}`).toBe(true)
  // Money: what was taken is the total, what went back is what the order says, and never more.
  const { total, refundedTotal } = now.amounts
  expect(total).toBe(before.amounts.total)
  expect(refundedTotal).toBeGreaterThanOrEqual(before.amounts.refundedTotal)
  expect(refundedTotal).toBeLessThanOrEqual(total)
  const isPaid = PAID.includes(now.state)
  const bank = attemptId === undefined ? { charged: 0, refunded: 0 } : await system.bank.money(attemptId)
  expect(bank).toMatchObject({ charged: isPaid ? total : 0, refunded: refundedTotal })
  if (isPaid) {
    const expected = refundedTotal === total ? 'refunded' : refundedTotal > 0 ? 'partially_refunded' : 'paid'
    expect(now.paymentState).toBe(expected)
  }
  // Pieces: of each line all are somewhere, and nothing is counted twice.
  for (const { quantity: all, delivery, refund } of now.lines) {
    const { sent, arrived, cancelled, returned, claimed } = delivery
    expect(Math.min(sent, arrived, cancelled, returned, claimed, refund.pieces)).toBeGreaterThanOrEqual(0)
    expect(sent + cancelled).toBeLessThanOrEqual(all)
    expect(arrived).toBeLessThanOrEqual(sent)
    expect(returned + claimed).toBeLessThanOrEqual(arrived)
    expect(refund.pieces).toBeLessThanOrEqual(all)
  }
  // The shelf: what was sold has left it, but for what was cancelled or came back; of what was given back whole, only what
  // has been sent.
  const outOf = ({ quantity: all, delivery }: OrderNow['lines'][number]) =>
    now.state === 'refunded' ? delivery.sent : all - delivery.cancelled
  for (const itemId of items) {
    const lines = now.lines.filter((line) => line.itemId === itemId)
    const sold = isPaid ? sum(lines.map(outOf)) : 0
    const held = now.state === 'awaiting_payment' ? sum(lines.map((line) => line.quantity)) : 0
    const { stock } = await adminItem(merchant, itemId)
    const gone = sold - (course.back.get(itemId) ?? 0) + (course.again.get(itemId) ?? 0)
    expect({ onHand: stock.onHand, held: stock.held }).toEqual({
      onHand: (base.get(itemId) ?? 0) - gone,
      held,
    })
  }
}

test(
  'whatever happens to an order, its states are legal and no won or piece is lost',
  async () => {
    const seen = new Set<string>()
    const owner = await customer(system)
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(quantity, quantity),
        // Two in three have arrived before anything else happens: only then something can come back.
        fc.constantFrom(true, true, false),
        COURSES,
        async (pieces, hasArrived, steps) => {
          const base = new Map<string, number>()
          for (const id of items) base.set(id, (await adminItem(merchant, id)).stock.onHand)
          const lines = items.map((itemId, index) => ({ itemId, quantity: pieces[index] ?? 1 }))
          const placed = await owner.api.post('/api/orders', {
            key: true,
            json: { lines, receiver: RECEIVER },
          })
          const order = expectBody(placed, 201, OrderNow)
          const course: Course = {
            owner,
            order,
            attemptId: undefined,
            asked: undefined,
            back: new Map(),
            again: new Map(),
          }
          const arrival: Step[] = [
            { do: 'ship', lineNo: 1, quantity: pieces[0] },
            { do: 'ship', lineNo: 2, quantity: pieces[1] },
            { do: 'deliver' },
          ]
          // Mostly paid for first: little can happen to what is not.
          const all: Step[] =
            steps[0]?.do === 'cancel' ? steps : [{ do: 'pay' }, ...(hasArrived ? arrival : []), ...steps]
          for (const step of all) {
            const before = course.order
            const answer = await take(course, step)
            if (answer === undefined) continue
            expect(answer.status, `${step.do}: ${answer.code}`).toBeLessThan(500)
            if (answer.status < 400) seen.add(step.do)
            course.order = await settled(course)
            await holds(course, before, base)
          }
          // Nothing of it stands in the way of the next one.
          await owner.api.post(`/api/orders/${order.id}/cancel`)
          await settled(course)
        },
      ),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    )
    // A run in which everything was refused would say nothing.
    expect([...seen].toSorted()).toEqual(
      expect.arrayContaining([
        'approve',
        'askBack',
        'cancelLine',
        'deliver',
        'exchange',
        'pay',
        'receive',
        'refund',
        'refundReturn',
        'refuse',
        'settleFee',
        'ship',
      ]),
    )
  },
  60_000 + RUNS * 4_000,
)
