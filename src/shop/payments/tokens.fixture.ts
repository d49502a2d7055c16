/** For the tests of stored payment methods: customers who have one, and charges by it. */
import { sql } from 'kysely'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { prepareTokenCharge } from './flows/token-charge.ts'
import type { shopOf, World } from './payments.fixture.ts'
import { sendTokenCharge } from './sending/send-token-charge.ts'
import { requestMethodRevocation, revokeMethod } from './settling/revoke-method.ts'
import type { Method } from './store/method-store.ts'

/** What the billing does, in the words of the tests. */
export function tokensOf({ db, clock }: World, here: ReturnType<typeof shopOf>) {
  const { deps } = here

  const methodsOf = async (ownerId: string): Promise<Method[]> => {
    const { rows } = await sql<Method>`
      select * from payments.method where owner_id = ${ownerId} order by id`.execute(db)
    return rows
  }
  const methodOf = async (ownerId: string): Promise<Method> => {
    const [method, ...more] = await methodsOf(ownerId)
    if (!method || more.length > 0) throw new Error('not exactly one stored method')
    return method
  }
  /** A customer who has bought for the first time, and whose token was not used for a while. */
  const subscriber = async (pay?: (order: { id: string; owner: string }) => Promise<unknown>) => {
    const order = await here.place(21_000, newId(), true)
    await (pay ? pay(order) : here.back(await here.begun(order)))
    const method = await methodOf(order.owner)
    clock.advance({ minutes: 1 })
    return { owner: order.owner, method }
  }
  const prepare = (orderId: string, paymentMethodId: string) =>
    transact(db, (tx) => prepareTokenCharge(deps, tx, { orderId, paymentMethodId, now: clock.now() }))
  const prepared = async (customer: { owner: string; method: Method }, total = 11_000) => {
    const order = await here.place(total, customer.owner)
    const result = await prepare(order.id, customer.method.id)
    if (result.kind !== 'prepared') throw new Error(`not prepared: ${JSON.stringify(result)}`)
    return { order, id: result.attemptId }
  }
  const send = (attemptId: string) => sendTokenCharge(deps, attemptId)
  const charged = async (customer: { owner: string; method: Method }, total?: number) => {
    const { order, id } = await prepared(customer, total)
    return { order, id, result: await send(id) }
  }
  const endMethod = (paymentMethodId: string) =>
    transact(db, (tx) => requestMethodRevocation(deps, tx, { paymentMethodId, reason: 'test' }))
  /** Works the stored revocations of a method; one that throws stays. @returns how many were done */
  const tell = async (methodId: string) => {
    const { rows } = await sql`select 1 from testing.revocation where method_id = ${methodId}`.execute(db)
    for (const _ of rows) await revokeMethod(deps, methodId)
    await sql`delete from testing.revocation where method_id = ${methodId}`.execute(db)
    return rows.length
  }
  return { methodsOf, methodOf, subscriber, prepare, prepared, send, charged, endMethod, tell }
}
