import { type AnswerOf, ApiProblem, call } from '../api/call.ts'
import { soughtIn } from './kinds.ts'

export interface Found {
  readonly orders: AnswerOf<'GET /api/admin/orders'>['data']
  readonly payments: AnswerOf<'GET /api/admin/payments'>['data']
  readonly account: AnswerOf<'GET /api/admin/accounts'> | undefined
  readonly subscriptions: AnswerOf<'GET /api/admin/subscriptions'>['data']
}

const NOTHING: Found = { orders: [], payments: [], account: undefined, subscriptions: [] }
const MOST = 20

/** Whatever a text may mean. Every look at what belongs to customers is written down by the server. */
export async function find(text: string): Promise<Found> {
  const sought = soughtIn(text)
  switch (sought.kind) {
    case 'nothing':
      return NOTHING
    case 'number': {
      const { data } = await call('GET /api/admin/orders', { query: { number: sought.number, size: MOST } })
      return { ...NOTHING, orders: data }
    }
    case 'phone': {
      const { data } = await call('GET /api/admin/orders', { query: { phone: sought.phone, size: MOST } })
      return { ...NOTHING, orders: data }
    }
    case 'email': {
      const account = await unlessUnknown(call('GET /api/admin/accounts', { query: { email: sought.email } }))
      return account === undefined ? NOTHING : { ...(await ofCustomer(account.id)), account }
    }
    case 'id':
      return byId(sought.id)
  }
}

/** An id may be that of a payment, of an order, or of a customer. */
async function byId(id: string): Promise<Found> {
  const [payment, order, ofOrder, customer] = await Promise.all([
    unlessUnknown(call('GET /api/admin/payments/:id', { params: { id } })),
    unlessUnknown(call('GET /api/orders/:id', { params: { id } })),
    call('GET /api/admin/payments', { query: { orderId: id, size: MOST } }),
    ofCustomer(id),
  ])
  return {
    ...customer,
    orders: order === undefined ? customer.orders : [order],
    payments: payment === undefined ? ofOrder.data : [payment.payment],
  }
}

async function ofCustomer(customerId: string): Promise<Found> {
  const query = { customerId, size: MOST }
  const [orders, subscriptions] = await Promise.all([
    call('GET /api/admin/orders', { query }),
    call('GET /api/admin/subscriptions', { query }),
  ])
  return { ...NOTHING, orders: orders.data, subscriptions: subscriptions.data }
}

async function unlessUnknown<A>(asked: Promise<A>): Promise<A | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return undefined
    throw error
  }
}
