import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import Type from 'typebox'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person, signIn } from '../support/people.ts'
import {
  askQuestion,
  buy,
  changeItem,
  placeOrder,
  setStock,
  stockShelves,
  writeReview,
} from '../support/shop.ts'
import { type Subscription, subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { deadEvent, finding, lostPayment } from '../support/trouble.ts'
import { Payment } from '../support/views.ts'
import { openLibrary } from './entries/library.ts'

/** Everybody who may knock at a door. */
export const CALLERS = [
  'anonymous',
  'owner',
  'stranger',
  'librarian',
  'merchant',
  'admin',
  'expired token',
  'logged-out session',
  'tampered token',
  'token of another key',
] as const
export type Caller = (typeof CALLERS)[number]

/** Roles of a caller whose token is good; undefined for the others. */
export function rolesOf(caller: Caller): readonly string[] | undefined {
  switch (caller) {
    case 'owner':
    case 'stranger':
      return ['customer']
    case 'librarian':
    case 'merchant':
    case 'admin':
      return ['customer', caller]
    default:
      return undefined
  }
}

/** A system with things that belong to somebody. */
export interface World {
  system: System
  owner: Person
  merchant: Person
  itemId: string
  /** The token of each caller; undefined for nobody. */
  tokens: ReadonlyMap<Caller, string | undefined>
  order(): Promise<string>
  paid(): Promise<{ orderId: string; paymentId: string }>
  /** A payment whose answer was lost, and whose next look-up is far away. */
  unknownPayment(): Promise<string>
  unknownRefund(): Promise<string>
  /** Of somebody who calls nothing. */
  proposal(): Promise<string>
  notification(): Promise<string>
  /** The run of today, which has ended. */
  billingRun(): Promise<string>
  subscription(): Promise<Subscription>
  /** A question of the owner's, the same for the same purpose: an account asks ten a day. */
  question(purpose: string): Promise<string>
  /** A review of somebody who calls nothing. */
  foreignReview(): Promise<string>
  librarian: Person
  deadEvent(): Promise<string>
  /** A difference between our books and the provider's that nobody has decided. */
  finding(): Promise<string>
  /** A new account with the roles of a caller: for what ends sessions or accounts. */
  newcomer(caller: Caller): Promise<Person>
}

export async function createWorld(): Promise<World> {
  const settings = {
    PAYMENT_LOOK_SECONDS: '3600,3600,3600,3600',
    // A register that may be asked, and does not answer.
    DATA_PORTAL_KEY: 'simulated-register-key',
    DATA_PORTAL_URL: 'http://127.0.0.1:9',
  }
  const system = await startSystem({ social: true, settings })
  const [item] = await stockShelves(system, 12)
  const itemId = item?.id ?? ''
  const [owner, stranger, librarian, merchant, admin, proposer] = await Promise.all([
    customer(system),
    customer(system),
    colleague(system, 'librarian'),
    colleague(system, 'merchant'),
    colleague(system, 'admin'),
    colleague(system, 'merchant'),
  ])
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 20_000 })
  await setStock(merchant, itemId, 10_000)
  await openLibrary({ librarian })
  const left = await signIn(system, owner.email)
  await left.api.post('/api/auth/logout')
  const tokens = new Map<Caller, string | undefined>([
    ['anonymous', undefined],
    ['owner', owner.tokens.accessToken],
    ['stranger', stranger.tokens.accessToken],
    ['librarian', librarian.tokens.accessToken],
    ['merchant', merchant.tokens.accessToken],
    ['admin', admin.tokens.accessToken],
    ['expired token', await expired(system, owner)],
    ['logged-out session', left.tokens.accessToken],
    ['tampered token', tampered(owner.tokens.accessToken)],
    ['token of another key', await foreign(system, owner)],
  ])
  const order = async () => (await placeOrder(owner, itemId)).id
  const paid = async () => {
    const { order: placed, payment } = await buy(system, owner, itemId)
    return { orderId: placed.id, paymentId: payment.id }
  }
  const things = { system, owner, order, paid }
  let run: string | undefined
  let authored: string | undefined
  const asked = new Map<string, string>()
  return {
    ...things,
    merchant,
    librarian,
    itemId,
    tokens,
    unknownPayment: () => unknownPayment(things),
    unknownRefund: () => unknownRefund(things),
    proposal: () => proposal(system, things, proposer),
    notification: () => notification(things),
    billingRun: async () => {
      // Once: each start waits for a server to take the run up.
      run ??= await startBillingRun(merchant)
      // Ends with the run, which somebody may have started again.
      await merchant.api.get(`/api/admin/billing-runs/${run}/progress`)
      return run
    },
    subscription: () => subscribe(system, owner, itemId),
    question: async (purpose) => {
      const id = asked.get(purpose) ?? (await askQuestion(owner, itemId))
      asked.set(purpose, id)
      return id
    },
    foreignReview: async () => {
      authored ??= await foreignReview(system, itemId)
      return authored
    },
    deadEvent: () => deadEvent(system),
    finding: () => finding(system),
    newcomer: (caller) => {
      if (caller === 'librarian' || caller === 'merchant' || caller === 'admin')
        return colleague(system, caller)
      return customer(system)
    },
  }
}

type Things = Pick<World, 'system' | 'owner' | 'order' | 'paid'>

async function unknownPayment({ system, owner, order }: Things): Promise<string> {
  return lostPayment(system, owner, await order())
}

async function unknownRefund({ system, owner, paid }: Things): Promise<string> {
  const { paymentId } = await paid()
  await system.bank.faults({ match: { operation: 'cancel' }, effect: { kind: 'reset_after' } })
  const json = { reason: '단순 변심' }
  const asked = await owner.api.post(`/api/payments/${paymentId}/refunds`, { key: true, json })
  const refundId = expectBody(asked, 202, Payment).refunds[0]?.id ?? ''
  const query = `select state from payments.refund where id = '${refundId}'`
  await until(async () => (await execute(system.databaseUrl, query))[0]?.state === 'unknown', {
    what: 'the refund to be unknown',
    deadlineMs: 15_000,
  })
  await system.bank.heal()
  return refundId
}

/** A refund of so much that it takes two people. */
async function proposal(system: System, { paid }: Things, { api }: Person): Promise<string> {
  const { paymentId } = await paid()
  await execute(
    system.databaseUrl,
    `update payments.attempt set total = 2000000, vat = 181818 where id = '${paymentId}'`,
  )
  const asked = await api.post(`/api/payments/${paymentId}/refunds`, { key: true, json: { reason: '반품' } })
  const id = at(asked.body, 'proposalId')
  if (typeof id !== 'string') throw new Error('nothing was proposed')
  return id
}

async function notification({ owner, paid }: Things): Promise<string> {
  const { orderId } = await paid()
  return until(
    async () => {
      const messages = at((await owner.api.get('/api/notifications?size=100')).body, 'data')
      if (!Array.isArray(messages)) return undefined
      const id = at(
        messages.find((message) => at(message, 'about', 'id') === orderId),
        'id',
      )
      return typeof id === 'string' && id
    },
    { what: 'a message about the payment', deadlineMs: 10_000 },
  )
}

async function startBillingRun({ api }: Person): Promise<string> {
  const started = await api.post('/api/admin/billing-runs', { json: {} })
  return expectBody(started, 202, Type.Object({ id: Type.String() })).id
}

async function foreignReview(system: System, itemId: string): Promise<string> {
  const author = await customer(system)
  return writeReview(author, (await buy(system, author, itemId)).order.id)
}

function expired(system: System, person: Person): Promise<string> {
  const issuedAt = Temporal.Now.instant().subtract({ hours: 1 })
  const actor = { userId: person.id, roles: ['customer', 'admin'], sessionId: randomUUID() } as const
  return system.token(actor, issuedAt)
}

/** The owner gives themselves every role, and keeps the signature. */
function tampered(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const roles = ['customer', 'librarian', 'merchant', 'admin', 'service']
  const forged = JSON.stringify({ ...(typeof claims === 'object' ? claims : {}), roles })
  return [header, Buffer.from(forged).toString('base64url'), signature].join('.')
}

/** Everything is right but the key. */
function foreign(system: System, person: Person): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519')
  return new SignJWT({ sid: randomUUID(), roles: ['customer', 'admin'] })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'another', typ: 'at+jwt' })
    .setIssuer(system.url)
    .setAudience('pillivery')
    .setSubject(person.id)
    .setIssuedAt()
    .setExpirationTime('30m')
    .setJti(randomUUID())
    .sign(privateKey)
}
