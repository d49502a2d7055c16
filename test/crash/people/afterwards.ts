import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { noteOrder } from '../acknowledged.ts'
import type { PurchasePlan } from '../plan.ts'
import { asOrder, asReturn } from '../views.ts'
import type { Account } from './accounts.ts'
import type { Shopping } from './buyer.ts'
import { surprise } from './insist.ts'

const WAIT_MS = 30_000

/** A customer does not want one piece of the first line any more. False when money was moving all the time. */
export async function cancelPart(
  { shopUrl, log }: Shopping,
  account: Account,
  orderId: string,
): Promise<boolean> {
  const url = `${shopUrl}/api/orders/${orderId}/lines/1/cancel`
  const key = `part-${randomUUID()}`
  const until = Date.now() + WAIT_MS
  for (;;) {
    const answer = await account.send({ method: 'POST', url, json: { quantity: 1 }, key })
    const order = answer?.status === 202 ? asOrder(answer.body) : undefined
    if (order !== undefined) {
      noteOrder(log, order)
      return true
    }
    if (answer?.code !== 'refund_in_progress') throw surprise('a cancelled piece', answer)
    if (Date.now() > until) return false
    await pause(500)
  }
}

/**
 * All of it arrives; the customer sends one piece of the first line back, and the merchant takes it. A piece that costs no
 * more than its parcel is kept.
 */
export async function sendBack(
  { shopUrl, merchant }: Shopping,
  account: Account,
  orderId: string,
  { random }: PurchasePlan,
): Promise<void> {
  const parcel = { carrier: 'hanjin', trackingNumber: '123456789012' }
  await merchant.step(`orders/${orderId}/ship`, parcel)
  await merchant.step(`orders/${orderId}/deliver`, {})
  const answer = await account.send({
    method: 'POST',
    url: `${shopUrl}/api/orders/${orderId}/returns`,
    json: { kind: 'return', reason: 'changed_mind', lines: [{ lineNo: 1, quantity: 1 }] },
    key: `return-${randomUUID()}`,
  })
  if (answer?.code === 'return_worth_nothing') return
  const request = answer?.status === 201 ? asReturn(answer.body) : undefined
  if (request === undefined) throw surprise('a return', answer)
  await merchant.step(`returns/${request.id}/approve`, {}, ['approved'])
  const restock = random() < 0.5
  await merchant.step(`returns/${request.id}/receive`, { restock }, ['refunding', 'refunded'])
}
