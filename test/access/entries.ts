import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import { businessDate } from '../../src/platform/time/clock.ts'
import { type Ask, expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { customer, linkTokenTo, newcomer, PASSWORD, RECEIVER } from '../support/people.ts'
import { beginRegistration, registerMethod } from '../support/registrations.ts'
import { adminItem, arrive, beginPayment, REVIEW_BODY, writeReview } from '../support/shop.ts'
import { consentVersion } from '../support/subscribe.ts'
import { AddressBook, Cart } from '../support/views.ts'
import { library } from './library-entries.ts'
import { entry, logins } from './login-entries.ts'
import type { Caller, World } from './world.ts'

/** How one operation is called by somebody who may, and whose the thing is that it is about. */
export interface Entry {
  /** Status of a caller who may. */
  ok: number
  /** The thing belongs to the owner: everybody else gets 404, or what is stated, except these roles. */
  owned?: { also: readonly string[]; otherwise?: number }
  /** The call ends a session or account: every caller brings a new one. */
  ends?: true
  /** A call that works, on something nobody has used yet. */
  ask(world: World, caller: Caller): Promise<{ path: string; ask?: Ask }>
}

const get = (path: string): Entry => ({ ok: 200, ask: async () => ({ path }) })
const OPERATORS = ['merchant', 'admin']
const EVIDENCE = '판매자 콘솔에서 확인함'

const ADDRESSEE = { name: RECEIVER.name, phone: RECEIVER.phone, address: RECEIVER.address }

/** The one address in the owner's book, as it was before anybody came. */
async function savedAddress({ owner }: World): Promise<string> {
  const listed = await owner.api.get('/api/users/me/addresses')
  for (const { id } of expectBody(listed, 200, AddressBook).data)
    await owner.api.delete(`/api/users/me/addresses/${id}`)
  const added = await owner.api.post('/api/users/me/addresses', { json: ADDRESSEE })
  return expectBody(added, 201, Type.Object({ id: Type.String() })).id
}

const accounts: Record<string, Entry> = {
  readPublicKeys: get('/.well-known/jwks.json'),
  signUp: { ok: 201, ask: async () => ({ path: '/api/users', ask: { json: newcomer() } }) },
  login: {
    ok: 200,
    ask: async ({ owner }) => {
      const json = { email: owner.email, password: PASSWORD }
      return { path: '/api/auth/login', ask: { json } }
    },
  },
  refresh: {
    ok: 200,
    ask: async (world, caller) => {
      const { refreshToken } = (await world.newcomer(caller)).tokens
      return { path: '/api/auth/refresh', ask: { json: { refreshToken } } }
    },
  },
  logout: { ok: 204, ends: true, ask: async () => ({ path: '/api/auth/logout' }) },
  readProfile: get('/api/users/me'),
  changeProfile: {
    ok: 200,
    ask: async () => ({ path: '/api/users/me', ask: { json: { realName: '김하나' } } }),
  },
  askForEmailVerification: {
    ok: 202,
    ask: async ({ system }) => {
      // Colleagues come verified, and everybody may ask only so often.
      await execute(system.databaseUrl, 'update identity.account set email_verified_at = null')
      await execute(system.databaseUrl, "delete from identity.one_time_link where purpose = 'verify_email'")
      return { path: '/api/users/me/email-verification' }
    },
  },
  verifyEmail: {
    ok: 204,
    ask: async ({ system }) => {
      const { email } = await customer(system)
      const token = await linkTokenTo(system, email, { path: '/verify-email' })
      return { path: '/api/email-verifications', ask: { json: { token } } }
    },
  },
  withdraw: {
    ok: 204,
    ends: true,
    ask: async () => ({ path: '/api/users/me', ask: { json: { password: PASSWORD } } }),
  },
  listAddresses: get('/api/users/me/addresses'),
  addAddress: {
    ok: 201,
    ask: async () => ({ path: '/api/users/me/addresses', ask: { json: ADDRESSEE } }),
  },
  changeAddress: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({
      path: `/api/users/me/addresses/${await savedAddress(world)}`,
      ask: { json: { ...ADDRESSEE, name: '김둘' } },
    }),
  },
  preferAddress: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/users/me/addresses/${await savedAddress(world)}/default` }),
  },
  removeAddress: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/users/me/addresses/${await savedAddress(world)}` }),
  },
  listNotifications: get('/api/notifications'),
  readNotification: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/notifications/${await world.notification()}/read` }),
  },
}

let entered = 0
const newItem = () => ({
  statementNumber: String(990_000_000_000 + ++entered),
  name: '직접 등록한 상품',
  enterprise: '건강제약',
})

const catalogue: Record<string, Entry> = {
  listItems: get('/api/items?size=1'),
  getItem: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/items/${itemId}` }) },
  getHome: get('/api/home'),
  listCategories: get('/api/categories'),
  listBrands: get('/api/brands'),
  listAdminItems: get('/api/admin/items?status=hidden&size=1'),
  getAdminItem: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/admin/items/${itemId}` }) },
  createItem: {
    ok: 201,
    ask: async () => ({ path: '/api/admin/items', ask: { json: newItem() } }),
  },
  writeItemTexts: {
    ok: 200,
    ask: async ({ itemId, merchant }) => {
      const { version } = await adminItem(merchant, itemId)
      const json = { version, name: '비타민 C', enterprise: '건강제약', mainFunction: '피로 개선' }
      return { path: `/api/admin/items/${itemId}/texts`, ask: { json } }
    },
  },
  exportItems: get('/api/admin/items/table.csv?status=on_sale'),
  importItems: {
    ok: 200,
    ask: async () => ({
      path: `/api/admin/items/table?reason=${encodeURIComponent('정리')}`,
      ask: { raw: { body: '상품ID,버전\n', type: 'text/csv' } },
    }),
  },
  listStockChanges: {
    ok: 200,
    ask: async ({ itemId }) => ({ path: `/api/admin/items/${itemId}/stock-changes` }),
  },
  changeItem: {
    ok: 200,
    ask: async ({ itemId, merchant }) => {
      const { version, originPrice } = await adminItem(merchant, itemId)
      const json = { version, originPrice: originPrice + 100 }
      return { path: `/api/admin/items/${itemId}`, ask: { json } }
    },
  },
}

const RETURN = { kind: 'return', reason: 'defective', lines: [{ lineNo: 1, quantity: 1 }] }

/** An order of the owner's that has arrived. */
async function arrivedOrder({ merchant, ...world }: World): Promise<string> {
  const { orderId } = await world.paid()
  await arrive(merchant, orderId)
  return orderId
}

/** Something the owner wants to send back, and how far it is. */
async function askedReturn(
  world: World,
  how: 'asked' | 'approved' | 'declined' | 'exchanging' = 'asked',
): Promise<string> {
  const { owner, merchant, system } = world
  const json = how === 'exchanging' ? { ...RETURN, kind: 'exchange' } : RETURN
  const asked = await owner.api.post(`/api/orders/${await arrivedOrder(world)}/returns`, {
    key: true,
    json,
  })
  const { id } = expectBody(asked, 201, Type.Object({ id: Type.String() }))
  const step = (name: string, body: object) =>
    merchant.api.post(`/api/admin/returns/${id}/${name}`, { json: body })
  if (how !== 'asked') await step('approve', {})
  if (how === 'exchanging') await step('receive', { restock: true })
  // As a refund that the provider declined leaves it.
  if (how === 'declined')
    await execute(
      system.databaseUrl,
      `with back as (
        update orders.return_request set state = 'received', version = 3, received_at = now(), restock = false
        where id = '${id}' returning order_id)
      update orders.order_line l set claimed = 0, returned = 1 from back where l.order_id = back.order_id`,
    )
  return id
}

const orders: Record<string, Entry> = {
  placeOrder: {
    ok: 201,
    ask: async ({ itemId }) => {
      const json = { lines: [{ itemId, quantity: 1 }], receiver: RECEIVER }
      return { path: '/api/orders', ask: { key: true, json } }
    },
  },
  getRecurringPaymentConsent: get('/api/consents/recurring-payment'),
  getAgreedConsent: {
    ok: 200,
    ask: async ({ system }) => ({
      path: `/api/consents/recurring-payment/${await consentVersion(system)}`,
    }),
  },
  getDeliveryTerms: get('/api/delivery-terms'),
  getSubscriptionTerms: get('/api/subscription-terms'),
  listOrders: get('/api/orders'),
  getOrder: {
    ok: 200,
    owned: { also: OPERATORS },
    ask: async (world) => ({ path: `/api/orders/${await world.order()}` }),
  },
  cancelOrder: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/orders/${await world.order()}/cancel` }),
  },
  prepareOrder: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/orders/${(await world.paid()).orderId}/prepare`,
      ask: { json: {} },
    }),
  },
  shipOrder: {
    ok: 200,
    ask: async (world) => {
      const json = { carrier: 'hanjin', trackingNumber: '123456789012' }
      return { path: `/api/admin/orders/${(await world.paid()).orderId}/ship`, ask: { json } }
    },
  },
  deliverOrder: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/orders/${(await world.paid()).orderId}/deliver`,
      ask: { json: {} },
    }),
  },
  cancelOrderLine: {
    ok: 202,
    owned: { also: [] },
    ask: async (world) => ({
      path: `/api/orders/${(await world.paid()).orderId}/lines/1/cancel`,
      ask: { key: true, json: {} },
    }),
  },
  listReconciliations: get('/api/admin/reconciliations'),
  reconcile: {
    ok: 200,
    ask: async ({ system }) => ({
      path: '/api/admin/reconciliations',
      ask: { json: { provider: 'kakaopay', day: businessDate(system.now()).toString() } },
    }),
  },
  listReconciliationFindings: get('/api/admin/reconciliation-findings'),
  decideReconciliationFinding: {
    ok: 204,
    ask: async (world) => ({
      path: `/api/admin/reconciliation-findings/${await world.finding()}/decision`,
      ask: { json: { decision: 'explained', reason: EVIDENCE } },
    }),
  },
  refundOrderLines: {
    ok: 202,
    ask: async (world) => ({
      path: `/api/admin/orders/${(await world.paid()).orderId}/refunds`,
      ask: { key: true, json: { amount: 100, reason: '포장 파손 보상' } },
    }),
  },
  listOrderRefunds: {
    ok: 200,
    owned: { also: OPERATORS },
    ask: async (world) => ({ path: `/api/orders/${await world.order()}/refunds` }),
  },
  getReturnTerms: get('/api/return-terms'),
  askReturn: {
    ok: 201,
    owned: { also: [] },
    ask: async (world) => ({
      path: `/api/orders/${await arrivedOrder(world)}/returns`,
      ask: { key: true, json: RETURN },
    }),
  },
  listOrderReturns: {
    ok: 200,
    owned: { also: OPERATORS },
    ask: async (world) => ({ path: `/api/orders/${await world.order()}/returns` }),
  },
  cancelReturn: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/returns/${await askedReturn(world)}/cancel` }),
  },
  listReturns: get('/api/admin/returns?size=1'),
  approveReturn: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world)}/approve`,
      ask: { json: {} },
    }),
  },
  refuseReturn: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world)}/refuse`,
      ask: { json: { reason: '개봉한 상품입니다.' } },
    }),
  },
  receiveReturn: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world, 'approved')}/receive`,
      ask: { json: { restock: false } },
    }),
  },
  refundReturn: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world, 'declined')}/refund`,
      ask: { json: {} },
    }),
  },
  sendExchange: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/returns/${await askedReturn(world, 'exchanging')}/send`,
      ask: { json: { carrier: 'hanjin', trackingNumber: '123456789012' } },
    }),
  },
  listAdminOrders: get('/api/admin/orders?size=1'),
  exportOrdersToSend: get('/api/admin/orders/to-send.csv'),
  importTracking: {
    ok: 200,
    ask: async () => ({
      path: '/api/admin/orders/tracking',
      ask: { raw: { body: '주문번호,택배사,운송장번호\n', type: 'text/csv' } },
    }),
  },
}

/** The owner's cart with one line; what others put in is in their own. */
async function filledCart({ owner, itemId }: World) {
  const json = { itemId, quantity: 1 }
  const added = await owner.api.post('/api/cart/lines', { key: true, json })
  return expectBody(added, 200, Cart)
}

const cart: Record<string, Entry> = {
  getCart: get('/api/cart'),
  addToCart: {
    ok: 200,
    ask: async ({ itemId }) => {
      return { path: '/api/cart/lines', ask: { key: true, json: { itemId, quantity: 1 } } }
    },
  },
  changeCartLine: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => {
      const [line] = (await filledCart(world)).lines
      return { path: `/api/cart/lines/${line?.id}`, ask: { json: { quantity: 1 } } }
    },
  },
  // Nobody is told whether the line is in somebody else's cart; that it stays there the journeys show.
  removeFromCart: { ok: 200, ask: async () => ({ path: `/api/cart/lines/${randomUUID()}` }) },
  mergeVisitorCart: { ok: 200, ask: async () => ({ path: '/api/cart/merge' }) },
  orderCart: {
    ok: 201,
    // Of everybody else's cart it is said that it has no such line.
    owned: { also: [], otherwise: 409 },
    ask: async (world) => {
      const { lines, amounts } = await filledCart(world)
      const json = {
        lines: lines.map(({ id, quantity }) => ({ id, quantity })),
        receiver: RECEIVER,
        expectedTotal: amounts?.total,
      }
      return { path: '/api/cart/orders', ask: { key: true, json } }
    },
  },
}

const DAY_MS = 86_400_000
const offered = (name: string) => ({
  name,
  off: { kind: 'amount', amount: 1_000 },
  minimum: 10_000,
  startsAt: new Date(Date.now() - DAY_MS).toISOString(),
  endsAt: new Date(Date.now() + DAY_MS).toISOString(),
})

const coupons: Record<string, Entry> = {
  listOwnCoupons: get('/api/coupons'),
  listCoupons: get('/api/admin/coupons?size=1'),
  offerCoupon: {
    ok: 201,
    ask: async () => ({ path: '/api/admin/coupons', ask: { key: true, json: offered('가을 쿠폰') } }),
  },
  endCoupon: {
    ok: 200,
    ask: async ({ merchant }) => {
      const made = await merchant.api.post('/api/admin/coupons', { key: true, json: offered('끝날 쿠폰') })
      const { id } = expectBody(made, 201, Type.Object({ id: Type.String() }))
      return { path: `/api/admin/coupons/${id}/end`, ask: { json: {} } }
    },
  },
}

const wishes: Record<string, Entry> = {
  listWishes: get('/api/wishes'),
  addWish: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/wishes/${itemId}` }) },
  removeWish: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/wishes/${itemId}` }) },
}

const paidReview = async ({ paid, owner }: World) => writeReview(owner, (await paid()).orderId)

const reviews: Record<string, Entry> = {
  listReviews: { ok: 200, ask: async ({ itemId }) => ({ path: `/api/reviews?itemId=${itemId}` }) },
  listOwnReviews: get('/api/reviews/own'),
  writeReview: {
    ok: 201,
    owned: { also: [] },
    ask: async (world) => {
      const { orderId } = await world.paid()
      const json = { orderId, lineNo: 1, stars: 5, body: REVIEW_BODY }
      return { path: '/api/reviews', ask: { key: true, json } }
    },
  },
  editReview: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/reviews/${await paidReview(world)}`, ask: { json: { stars: 1 } } }),
  },
  deleteReview: {
    ok: 204,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/reviews/${await paidReview(world)}` }),
  },
  reportReview: {
    ok: 204,
    ask: async (world) => ({
      path: `/api/reviews/${await world.foreignReview()}/reports`,
      ask: { json: { reason: 'spam' } },
    }),
  },
  listReportedReviews: get('/api/admin/reviews'),
  hideReview: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/reviews/${await paidReview(world)}/hide`,
      ask: { json: { reason: '광고' } },
    }),
  },
  showReview: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/reviews/${await paidReview(world)}/show` }),
  },
}

const payments: Record<string, Entry> = {
  beginPayment: {
    ok: 201,
    owned: { also: [] },
    ask: async (world) => {
      const json = { orderId: await world.order(), provider: 'kakaopay' }
      return { path: '/api/payments', ask: { key: true, json } }
    },
  },
  listOwnPayments: {
    ok: 200,
    ask: async (world) => ({ path: `/api/payments?orderId=${(await world.paid()).orderId}` }),
  },
  getPayment: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `/api/payments/${(await world.paid()).paymentId}` }),
  },
  requestRefund: {
    ok: 202,
    // Merchants give money back too.
    owned: { also: OPERATORS },
    ask: async (world) => {
      const { paymentId } = await world.paid()
      return { path: `/api/payments/${paymentId}/refunds`, ask: { key: true, json: { reason: '단순 변심' } } }
    },
  },
  returnFromProvider: {
    ok: 200,
    ask: async (world) => {
      const { redirectUrl } = await beginPayment(world.owner, await world.order())
      return { path: (await world.system.bank.press(redirectUrl, 'cancel')) ?? '' }
    },
  },
}

const REGISTRATIONS = '/api/payment-methods/registrations'

/** The owner is on the provider's page of a registration. */
const registration = (world: World) => beginRegistration(world.owner)

const methods: Record<string, Entry> = {
  listPaymentMethods: get('/api/payment-methods'),
  beginPaymentMethodRegistration: {
    ok: 201,
    ask: async () => ({ path: REGISTRATIONS, ask: { key: true, json: { provider: 'kakaopay' } } }),
  },
  getPaymentMethodRegistration: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => ({ path: `${REGISTRATIONS}/${(await registration(world)).id}` }),
  },
  returnFromRegistration: {
    ok: 200,
    ask: async (world) => {
      const { redirectUrl } = await registration(world)
      return { path: (await world.system.bank.press(redirectUrl, 'cancel')) ?? '' }
    },
  },
  usePaymentMethod: {
    ok: 200,
    owned: { also: [] },
    ask: async ({ system, owner }) => ({
      path: `/api/payment-methods/${await registerMethod(system, owner)}/use`,
    }),
  },
  removePaymentMethod: {
    ok: 204,
    owned: { also: [] },
    ask: async ({ system, owner }) => ({
      path: `/api/payment-methods/${await registerMethod(system, owner)}`,
    }),
  },
}

/** A change of one's own subscription, which nobody else may make. */
const change = (name: string, json: object = {}): Entry => ({
  ok: 200,
  owned: { also: [] },
  ask: async (world) => ({
    path: `/api/subscriptions/${(await world.subscription()).id}/${name}`,
    ask: { json },
  }),
})

const forAnybody = (name: string, json: object, ok = 200): Entry => ({
  ok,
  ask: async (world) => ({
    path: `/api/admin/subscriptions/${(await world.subscription()).id}/${name}`,
    ask: { json },
  }),
})

const subscriptions: Record<string, Entry> = {
  listSubscriptions: get('/api/subscriptions'),
  getSubscription: {
    ok: 200,
    owned: { also: OPERATORS },
    ask: async (world) => ({ path: `/api/subscriptions/${(await world.subscription()).id}` }),
  },
  changeSubscriptionQuantity: change('quantity', { quantity: 2 }),
  changeSubscriptionPeriod: change('period', { period: { unit: 'days', count: 60 } }),
  changeSubscriptionReceiver: change('receiver', { receiver: RECEIVER }),
  changeSubscriptionMethod: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => {
      const { id, paymentMethodId } = await world.subscription()
      return { path: `/api/subscriptions/${id}/method`, ask: { json: { paymentMethodId } } }
    },
  },
  acceptSubscriptionPrice: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => {
      const { id } = await world.subscription()
      const json = { unitPrice: 50_000 }
      await world.merchant.api.post(`/api/admin/subscriptions/${id}/price`, { json })
      return { path: `/api/subscriptions/${id}/accept-price`, ask: { json } }
    },
  },
  skipDelivery: change('skip'),
  unskipDelivery: {
    ok: 200,
    owned: { also: [] },
    ask: async (world) => {
      const { id, nextCharge } = await world.subscription()
      const json = { due: nextCharge?.due }
      await world.owner.api.post(`/api/subscriptions/${id}/skip`, { json })
      return { path: `/api/subscriptions/${id}/unskip`, ask: { json } }
    },
  },
  pauseSubscription: change('pause'),
  resumeSubscription: change('resume'),
  cancelSubscription: change('cancel'),
  listAllSubscriptions: get('/api/admin/subscriptions?size=5'),
  cancelSubscriptionForCustomer: forAnybody('cancel', { reason: 'merchant_decision' }),
  proposeSubscriptionPrice: forAnybody('price', { unitPrice: 40_000 }),
  // Who may is told that nothing is held fast.
  retryRefusedRequest: forAnybody('retry', {}, 409),
}

const ofRun = (path: string, ok = 200): Entry => ({
  ok,
  ask: async (world) => ({ path: `/api/admin/billing-runs/${await world.billingRun()}${path}` }),
})

const billing: Record<string, Entry> = {
  listBillingRuns: get('/api/admin/billing-runs'),
  startBillingRun: { ok: 202, ask: async () => ({ path: '/api/admin/billing-runs', ask: { json: {} } }) },
  planBillingRun: get('/api/admin/billing-plan'),
  getBillingRun: ofRun(''),
  watchBillingRun: ofRun('/progress'),
  // Who may is told that the run has ended.
  pauseBillingRun: ofRun('/pause', 409),
  resumeBillingRun: ofRun('/resume', 409),
  // Who may is told that a new subscription has no such cycle yet.
  replayBillingCycle: {
    ok: 404,
    ask: async (world) => {
      const { id } = await world.subscription()
      return { path: `/api/admin/billing-cycles/${id}/9/replay` }
    },
  },
}

const operators: Record<string, Entry> = {
  getOrderFigures: get('/api/admin/figures/orders?days=3'),
  getPaymentFigures: get('/api/admin/figures/payments?days=3'),
  getSubscriptionFigures: get('/api/admin/figures/subscriptions?days=3'),
  listProviders: get('/api/admin/providers'),
  getDelivery: get('/api/admin/delivery'),
  listSettings: get('/api/admin/settings'),
  listStaff: get('/api/admin/accounts/staff'),
  watchChanges: { ok: 200, ask: async () => ({ path: '/api/admin/changes', ask: { endless: true } }) },
  listPayments: get('/api/admin/payments?size=5'),
  inspectPayment: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/payments/${(await world.paid()).paymentId}` }),
  },
  lookUpPayment: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/payments/${await world.unknownPayment()}/lookup` }),
  },
  decidePayment: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/payments/${await world.unknownPayment()}/decision`,
      ask: { json: { outcome: 'charged', evidence: EVIDENCE } },
    }),
  },
  namePayment: {
    ok: 200,
    ask: async (world) => {
      const { paymentId } = await world.paid()
      const [charge] = await world.system.bank.journal(`?kind=charge&partnerOrderId=${paymentId}`)
      const json = { providerRef: charge?.tid, evidence: EVIDENCE }
      return { path: `/api/admin/payments/${paymentId}/provider-ref`, ask: { json } }
    },
  },
  lookUpRefund: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/refunds/${await world.unknownRefund()}/lookup` }),
  },
  listProposals: get('/api/admin/proposals'),
  confirmProposal: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/proposals/${await world.proposal()}/confirm` }),
  },
  rejectProposal: {
    ok: 200,
    ask: async (world) => ({ path: `/api/admin/proposals/${await world.proposal()}/reject` }),
  },
  decideRefund: {
    ok: 200,
    ask: async (world) => ({
      path: `/api/admin/refunds/${await world.unknownRefund()}/decision`,
      ask: { json: { outcome: 'given', evidence: EVIDENCE, providerRefundId: `A${randomUUID()}` } },
    }),
  },
  listAudit: get('/api/admin/audit?size=5'),
  getLedgerBalances: get('/api/admin/ledger'),
  listDeadLetters: get('/api/admin/dead-letters'),
  replayDeadLetter: {
    ok: 204,
    ask: async (world) => ({ path: `/api/admin/dead-letters/event/${await world.deadEvent()}/replay` }),
  },
  replayDeadEvents: {
    ok: 200,
    ask: async () => ({
      path: '/api/admin/dead-letters/events/replay',
      ask: { json: { type: 'test.no-such' } },
    }),
  },
  discardDeadEvents: {
    ok: 200,
    ask: async () => ({
      path: '/api/admin/dead-letters/events/discard',
      ask: { json: { type: 'test.no-such' } },
    }),
  },
  discardDeadEvent: {
    ok: 204,
    ask: async (world) => ({ path: `/api/admin/dead-letters/event/${await world.deadEvent()}` }),
  },
}

/** Every operation of the document, by its operationId. A new route needs a new line here. */
export const ENTRIES: Readonly<Record<string, Entry>> = {
  ...accounts,
  ...logins,
  ...entry,
  ...catalogue,
  ...cart,
  ...orders,
  ...reviews,
  ...wishes,
  ...coupons,
  ...payments,
  ...methods,
  ...subscriptions,
  ...billing,
  ...operators,
  ...library,
}
