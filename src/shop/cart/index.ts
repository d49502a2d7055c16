/** The cart's face: what pages and the process that hosts it may use. */

import { accountWithdrawn } from '../../contracts/account-events.ts'
import { orderCancelled, orderExpired, orderPaid } from '../../contracts/order-events.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { on } from '../../platform/events/subscriber.ts'
import type { Answer } from '../../platform/http/idempotency.ts'
import type { Module } from '../../platform/module.ts'
import type { Refused } from '../../platform/refusal.ts'
import type { Signer } from '../../platform/signer.ts'
import type { OrderView } from '../orders/index.ts'
import { type AddToCart, addToCart } from './changes/add-to-cart.ts'
import { changeQuantity, removeFromCart } from './changes/change-cart.ts'
import { forgetVisitors } from './changes/forget-visitors.ts'
import { mergeVisitorCart } from './changes/merge-carts.ts'
import { type OrderCart, type OrderCartDeps, orderCart } from './changes/order-cart.ts'
import { type CartCookies, cartCookies } from './http/cart-cookie.ts'
import { cartRoutes } from './http/routes.ts'
import { cartProblems } from './problems.ts'
import { type CartOwner, countLines, deleteCartOf } from './store/cart-store.ts'
import { forgetOrderedLines, takePaidLines } from './store/paid-lines.ts'
import { type CartView, viewCart } from './view-cart.ts'

export type { AddToCart } from './changes/add-to-cart.ts'
export type { OrderCart } from './changes/order-cart.ts'
export type { CartCookies } from './http/cart-cookie.ts'
export type { Notice } from './rules/cart.ts'
export type { CartOwner } from './store/cart-store.ts'
export type { CartProblem, CartView, ViewedLine } from './view-cart.ts'

export const cartSchema: SchemaMigrations = {
  schema: 'cart',
  folder: new URL('./migrations/', import.meta.url),
}

export interface CartDeps extends OrderCartDeps {
  /** Signs the cookie of a visitor's cart. */
  signer: Signer
  /** Customers come by https. */
  secure: boolean
}

/** Refusals and meaning of each function are told where it is defined, in the file of its name. */
export interface Cart {
  module: Module
  /** Who has no session has a cookie instead: `{ kind: 'visitor', id: cookies.read(header) ?? newId() }`. */
  cookies: CartCookies
  view(owner: CartOwner, chosenLineIds?: readonly string[]): Promise<CartView>
  /** How many lines the cart has, for the badge on every page. */
  count(owner: CartOwner): Promise<number>
  add(owner: CartOwner, addition: AddToCart): Promise<{ kind: 'added'; lineId: string } | Refused>
  changeQuantity(
    owner: CartOwner,
    change: { lineId: string; quantity: number },
  ): Promise<{ kind: 'changed' } | Refused>
  remove(owner: CartOwner, lineIds: readonly string[]): Promise<void>
  /** To be called after every sign-in that brings a visitor's cookie; then forget the cookie when nothing is left. */
  merge(who: { customerId: string; visitorCartId: string }): Promise<{ left: number }>
  order(command: OrderCart): Promise<Answer<OrderView> | Refused>
  /** Removes carts of visitors who have not come back; the module does it every hour. Gives how many. */
  forgetVisitors(): Promise<number>
}

const FORGET_EVERY_MS = 60 * 60 * 1_000

/** Whose cart it is about. */
const ofCustomer = ({ data }: { data: { customerId: string } }) => data.customerId

/** Carts of customers and visitors. */
export function createCart({ signer, secure, ...deps }: CartDeps): Cart {
  const cookies = cartCookies(signer, secure)
  const forget = () => forgetVisitors(deps)
  return {
    cookies,
    view: (owner, chosen) => viewCart(deps, owner, chosen),
    count: (owner) => countLines(deps.db, owner),
    add: (owner, addition) => addToCart(deps, owner, addition),
    changeQuantity: (owner, change) => changeQuantity(deps, owner, change),
    remove: (owner, lineIds) => removeFromCart(deps, owner, lineIds),
    merge: (who) => mergeVisitorCart(deps, who),
    order: (command) => orderCart(deps, command),
    forgetVisitors: forget,
    module: {
      name: 'cart',
      schema: cartSchema,
      problems: cartProblems,
      routes: cartRoutes({ ...deps, cookies }),
      subscribers: [
        {
          name: 'cart',
          // Each locks the cart of one customer.
          together: 20,
          handlers: [
            on(orderPaid, (tx, { data }) => takePaidLines(tx, data.orderId, data.customerId), ofCustomer),
            on(
              orderCancelled,
              (tx, { data }) => forgetOrderedLines(tx, data.orderId, data.customerId),
              ofCustomer,
            ),
            on(
              orderExpired,
              (tx, { data }) => forgetOrderedLines(tx, data.orderId, data.customerId),
              ofCustomer,
            ),
            on(accountWithdrawn, (tx, { data }) => deleteCartOf(tx, data.accountId)),
          ],
        },
      ],
      sweeps: [{ name: 'cart.forget-visitors', everyMs: FORGET_EVERY_MS, run: forget }],
    },
  }
}
