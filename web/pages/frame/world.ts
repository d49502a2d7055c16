import type { Identity } from '../../../src/identity/index.ts'
import type { Books } from '../../../src/library/book/index.ts'
import type { Lending } from '../../../src/library/borrow/index.ts'
import type { Dashboards } from '../../../src/library/dashboard/index.ts'
import type { Notifications } from '../../../src/notifications/index.ts'
import type { Maintenance } from '../../../src/platform/maintenance/maintenance.ts'
import type { ProblemCatalog } from '../../../src/platform/refusal.ts'
import type { Logger } from '../../../src/platform/telemetry/log.ts'
import type { Clock } from '../../../src/platform/time/clock.ts'
import type { Banners } from '../../../src/shop/banners/index.ts'
import type { Cart } from '../../../src/shop/cart/index.ts'
import type { Catalog } from '../../../src/shop/catalog/index.ts'
import type { Coupons } from '../../../src/shop/coupons/index.ts'
import type { Orders } from '../../../src/shop/orders/index.ts'
import type { Payments } from '../../../src/shop/payments/index.ts'
import type { Pictures } from '../../../src/shop/pictures/index.ts'
import type { Questions } from '../../../src/shop/questions/index.ts'
import type { Reviews } from '../../../src/shop/reviews/index.ts'
import type { Subscriptions } from '../../../src/shop/subscriptions/index.ts'
import type { Wishes } from '../../../src/shop/wishes/index.ts'
import type { Merchant } from '../../merchant.ts'
import type { ServiceApart } from '../console/session.ts'
import type { Assets } from './assets.ts'

/** What pages need of the world: the faces of the contexts, and what is said at the foot of every page. */
export interface PagesDeps {
  identity: Pick<Identity, 'accounts' | 'addressBook' | 'legal' | 'social' | 'profileOf'>
  catalog: Pick<Catalog, 'browse' | 'itemPages' | 'views'>
  pictures: Pick<Pictures, 'read'>
  banners: Pick<Banners, 'shown'>
  cart: Pick<Cart, 'cookies' | 'view' | 'count' | 'add' | 'changeQuantity' | 'remove' | 'merge' | 'order'>
  orders: Pick<Orders, 'pages'>
  reviews: Pick<Reviews, 'list' | 'starsOf' | 'pages'>
  questions: Pick<Questions, 'list' | 'count' | 'pages'>
  wishes: Pick<Wishes, 'list' | 'add' | 'remove'>
  coupons: Pick<Coupons, 'ownOf' | 'claim'>
  payments: Pick<Payments, 'pages'>
  subscriptions: Pick<Subscriptions, 'pages'>
  maintenance: Pick<Maintenance['shown'], 'now'>
  /** Undefined when another process keeps the letters, and then there is no page of them. */
  letters(): Letters | undefined
  /** Undefined when this process has no library, and then there are no pages of it. */
  library(): Library | undefined
  /** Undefined: no operator console. */
  console?: ConsoleSettings
  clock: Clock
  /** What every refusal says to people. */
  problems: ProblemCatalog
  settings: PagesSettings
}

/** What we have told customers, as far as pages ask. */
export type Letters = Pick<Notifications, 'pages'>

/** The library, as far as pages ask it something. */
export interface Library {
  books: Pick<Books, 'pages'>
  lending: Pick<Lending, 'pages'>
  dashboards: Pick<Dashboards, 'pages'>
}

export interface ConsoleSettings {
  /** Where it may be kept once it is built. */
  folder: string
  /** It is made ready when the process starts; else when somebody opens it first. */
  atOnce: boolean
  /** Its sources may change while the process runs. */
  developing: boolean
  /** Services that run in processes of their own. */
  apart: readonly ServiceApart[]
  log: Logger
}

export interface PagesSettings {
  /** Where customers reach us, without a trailing slash. */
  publicUrl: string
  merchant: Merchant
  /** Payments are simulated, and pages say so. */
  simulated: boolean
  /** Origins of payment pages, and of pages of login providers, that are not reached by https. */
  providerOrigins: readonly string[]
}

export interface World extends PagesDeps {
  assets: Assets
}
