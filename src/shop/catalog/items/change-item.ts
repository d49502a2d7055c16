import { sql } from 'kysely'
import { itemChanged } from '../../../contracts/item-events.ts'
import { writeAudit } from '../../../platform/audit/audit.ts'
import { type Db, type Tx, transact } from '../../../platform/database/database.ts'
import { appendEvents } from '../../../platform/events/outbox.ts'
import { newId } from '../../../platform/ids.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { adminItem } from '../browse/item-detail.ts'
import type { AdminItem } from '../browse/item-json.ts'
import { readNotice, writeNotices } from '../browse/notice-store.ts'
import { placeOnShelves } from '../browse/shelves.ts'
import {
  type ChangedPart,
  changedOffer,
  changedStock,
  type OfferChange,
  type StockChange,
} from '../rules/item-change.ts'
import { changedNotice, type NoticeChange } from '../rules/item-notice.ts'
import { catalog } from '../tables.ts'

export interface ChangeItem extends OfferChange {
  readonly itemId: string
  /** The version the editor saw. */
  readonly version: number
  readonly stock?: StockChange
  readonly notice?: NoticeChange
  readonly actorId: string
}

/** Where the name of this context stands in events. */
export const eventSource = 'shop/catalog'

/**
 * Changes price, discount, tax, status, pictures, stock or notice of an item and tells everybody by one event. Wishing what already
 * is changes nothing and publishes nothing. Refusals: not_found, item_changed_meanwhile with facts `{ version }`,
 * discount_rate_invalid, item_without_price, stock_below_held, stock_too_large, notice_importer_of_domestic,
 * notice_phone_invalid.
 * @param committed called after the commit, to forget cached lists
 */
export async function changeItem(
  deps: { readonly db: Db; readonly clock: Clock; committed(): Promise<void> },
  input: ChangeItem,
): Promise<{ kind: 'changed'; item: AdminItem } | RefusedBy<typeof changeWithin>> {
  const result = await transact<{ kind: 'changed'; item: AdminItem } | RefusedBy<typeof changeWithin>>(
    deps.db,
    async (tx, rollback) => {
      const changed = await changeWithin(tx, deps.clock.now(), input)
      return changed.kind === 'refused' ? rollback(changed) : changed
    },
  )
  if (result.kind === 'changed') await deps.committed()
  return result
}

/** The same in the caller's transaction, which is to be rolled back on a refusal. */
export async function changeWithin(
  tx: Tx,
  now: Temporal.Instant,
  input: ChangeItem,
): Promise<
  | { kind: 'changed'; item: AdminItem }
  | RefusedBy<typeof changedOffer>
  | RefusedBy<typeof adjustStock>
  | RefusedBy<typeof changedNotice>
  | Refused<'not_found' | 'item_changed_meanwhile'>
> {
  const current = await lockItem(tx, input.itemId)
  if (current === undefined) return refused('not_found')
  if (current.version !== input.version) {
    return refused('item_changed_meanwhile', { facts: { version: current.version } })
  }
  const decision = changedOffer(
    {
      originPrice: current.origin_price,
      discountRate: current.discount_permille,
      taxFree: current.tax_free,
      status: current.status,
      thumbnail: current.thumbnail,
      descriptionImage: current.description_image,
    },
    input,
  )
  if (decision.kind === 'refused') return decision
  const changed: ChangedPart[] = [...decision.changed]
  const before = await adminItem(tx, input.itemId)
  if (changed.length > 0) {
    const { offer } = decision
    await catalog(tx)
      .updateTable('catalog.item')
      .set({
        origin_price: offer.originPrice,
        discount_permille: offer.discountRate,
        tax_free: offer.taxFree,
        status: offer.status,
        thumbnail: offer.thumbnail,
        description_image: offer.descriptionImage,
      })
      .where('id', '=', input.itemId)
      .execute()
    await placeOnShelves(tx, [input.itemId])
  }
  if (input.stock !== undefined) {
    const refusal = await adjustStock(tx, input, input.stock, now)
    if (refusal !== undefined) return refusal
    changed.push('stock')
  }
  if (input.notice !== undefined) {
    const decided = changedNotice(await readNotice(tx, input.itemId), input.notice)
    if (decided.kind === 'refused') return decided
    if (decided.turns.length > 0) {
      await writeNotices(tx, [{ itemId: input.itemId, notice: decided.notice }])
      changed.push('text')
    }
  }
  if (changed.length > 0) await publishChange(tx, [input.itemId], changed, now)
  const item = await adminItem(tx, input.itemId)
  if (item === undefined) throw new Error(`item ${input.itemId} vanished while it was locked`)
  if (changed.length > 0) {
    await writeAudit(tx, now, {
      actorId: input.actorId,
      action: 'item.changed',
      subject: { type: 'item', id: input.itemId },
      reason: input.stock?.reason,
      before: auditedPart(before, changed),
      after: auditedPart(item, changed),
    })
  }
  return { kind: 'changed', item }
}

/**
 * Gives items their next version and publishes it. To be called once a transaction for each item, after its row was
 * written.
 */
export async function publishChange(
  tx: Tx,
  itemIds: readonly string[],
  changed: readonly ChangedPart[],
  now: Temporal.Instant,
): Promise<void> {
  if (itemIds.length === 0) return
  const rows = await catalog(tx)
    .updateTable('catalog.item')
    .set((eb) => ({ version: eb('version', '+', 1), updated_at: now }))
    .where('id', 'in', itemIds)
    .returning([
      'id',
      'name',
      'enterprise',
      'status',
      'origin_price',
      'discount_permille',
      'real_price',
      'version',
    ])
    .execute()
  const events = rows.map((row) =>
    itemChanged.of(row.id, row.version, {
      itemId: row.id,
      name: row.name,
      enterprise: row.enterprise,
      status: row.status,
      originPrice: row.origin_price,
      discountPermille: row.discount_permille,
      realPrice: row.real_price,
      changed: [...changed],
    }),
  )
  await appendEvents(tx, eventSource, now, events)
}

/** What a change of an item is judged by later. */
function auditedPart(item: AdminItem | undefined, changed: readonly ChangedPart[]) {
  if (item === undefined) return undefined
  const { version, status, originPrice, discountPercent, realPrice, taxFree, stock } = item
  const offer = { version, status, originPrice, discountPercent, realPrice, taxFree, stock }
  // Of texts only where they changed: they are long.
  return changed.includes('text') ? { ...offer, notice: item.notice } : offer
}

async function lockItem(tx: Tx, itemId: string) {
  return catalog(tx)
    .selectFrom('catalog.item')
    .select(['version', 'origin_price', 'discount_permille', 'tax_free', 'status'])
    .select(['thumbnail', 'description_image'])
    .where('id', '=', itemId)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

async function adjustStock(
  tx: Tx,
  input: ChangeItem,
  change: StockChange,
  now: Temporal.Instant,
): Promise<Refused<'stock_below_held' | 'stock_too_large'> | undefined> {
  const { rows } = await sql<{ onHand: number; held: number }>`
    select on_hand as "onHand", held from catalog.stock where item_id = ${input.itemId} for no key update`.execute(
    tx,
  )
  const stock = rows[0] ?? { onHand: 0, held: 0 }
  const decision = changedStock(stock, change)
  if (decision.kind === 'refused') return decision
  await catalog(tx)
    .updateTable('catalog.stock')
    .set({ on_hand: decision.onHand })
    .where('item_id', '=', input.itemId)
    .execute()
  await catalog(tx)
    .insertInto('catalog.stock_adjustment')
    .values({
      id: newId(),
      item_id: input.itemId,
      delta: change.delta,
      on_hand: decision.onHand,
      reason: change.reason,
      actor_id: input.actorId,
      created_at: now,
    })
    .execute()
  return undefined
}
