/** The merchant's changes of an item as rules: what they make of it, and which are refused. */
import { isWon, type Won, won } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { type DiscountRate, discountRateOfPercent, priceOf } from './price.ts'

/** What the merchant set. What customers see also depends on the stock: `shownStatus`. */
export type ItemStatus = 'on_sale' | 'sold_out' | 'hidden'

/** What of an item a merchant decides. */
export interface Offer {
  readonly originPrice: Won
  readonly discountRate: DiscountRate
  /** No VAT is in its price. */
  readonly taxFree: boolean
  readonly status: ItemStatus
  readonly thumbnail: string | null
  readonly descriptionImage: string | null
}

/** What is to be different; parts that are left out stay. */
export interface OfferChange {
  /** Won. */
  readonly originPrice?: number
  /** Percent with at most one decimal. */
  readonly discountPercent?: number
  readonly taxFree?: boolean
  readonly status?: ItemStatus
  readonly thumbnail?: string | null
  readonly descriptionImage?: string | null
}

export type ChangedPart = 'price' | 'status' | 'picture' | 'text' | 'stock'

export interface OfferChanged {
  readonly kind: 'offer'
  readonly offer: Offer
  /** Empty when everything already was as wished. */
  readonly changed: readonly ChangedPart[]
}

/** Highest price that can be asked for one piece; the database holds the same bound. */
export const maxOriginPrice = won(100_000_000)

/**
 * Applies a change to an offer. Refusals: `discount_rate_invalid` (outside 0..100 % or finer than 0.1 %),
 * `item_without_price` (customers would see an item that costs nothing).
 */
export function changedOffer(
  offer: Offer,
  change: OfferChange,
): OfferChanged | Refused<'discount_rate_invalid' | 'item_without_price'> {
  const { originPrice = offer.originPrice } = change
  if (!isWon(originPrice) || originPrice > maxOriginPrice) throw new RangeError(`not a price: ${originPrice}`)
  const rate =
    change.discountPercent === undefined ? offer.discountRate : discountRateOfPercent(change.discountPercent)
  if (typeof rate !== 'number') return refused(rate.code)
  const next: Offer = {
    originPrice,
    discountRate: rate,
    taxFree: change.taxFree ?? offer.taxFree,
    status: change.status ?? offer.status,
    thumbnail: change.thumbnail === undefined ? offer.thumbnail : change.thumbnail,
    descriptionImage:
      change.descriptionImage === undefined ? offer.descriptionImage : change.descriptionImage,
  }
  if (next.status !== 'hidden' && priceOf(next.originPrice, next.discountRate).realPrice === 0) {
    return refused('item_without_price')
  }
  const changed: ChangedPart[] = []
  const { originPrice: priceBefore, discountRate: rateBefore, taxFree: freeBefore } = offer
  // The tax is a part of the price.
  if (next.originPrice !== priceBefore || next.discountRate !== rateBefore || next.taxFree !== freeBefore)
    changed.push('price')
  if (next.status !== offer.status) changed.push('status')
  if (next.thumbnail !== offer.thumbnail || next.descriptionImage !== offer.descriptionImage) {
    changed.push('picture')
  }
  return { kind: 'offer', offer: next, changed }
}

/** A change of stock by hand. */
export interface StockChange {
  /** Pieces that came (positive) or are gone (negative); not 0. */
  readonly delta: number
  /** For the record. */
  readonly reason: string
}

/** Most pieces of one item. */
export const maxStock = 1_000_000

/**
 * Pieces on hand after a change. Refusals: `stock_below_held` with facts `{ onHand, held }` (orders that wait for
 * their payment keep what they hold), `stock_too_large`.
 */
export function changedStock(
  stock: { readonly onHand: number; readonly held: number },
  change: StockChange,
): { readonly kind: 'stock'; readonly onHand: number } | Refused<'stock_below_held' | 'stock_too_large'> {
  const onHand = stock.onHand + change.delta
  if (onHand < stock.held) {
    return refused('stock_below_held', { facts: { onHand: stock.onHand, held: stock.held } })
  }
  if (onHand > maxStock) return refused('stock_too_large')
  return { kind: 'stock', onHand }
}
