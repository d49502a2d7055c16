import { join, resolve } from 'node:path'
import { createPages, DEMO_MERCHANT, type Merchant, type ServiceApart } from '../../web/pages/index.ts'
import type { Identity } from '../identity/index.ts'
import { bookProblems } from '../library/book/index.ts'
import { borrowProblems } from '../library/borrow/index.ts'
import { platformProblems } from '../platform/http/platform-problems.ts'
import type { Maintenance } from '../platform/maintenance/maintenance.ts'
import type { Module } from '../platform/module.ts'
import type { ProblemCatalog } from '../platform/refusal.ts'
import type { Remote } from './between/library-faces.ts'
import type { Faces } from './index.ts'
import type { World } from './service.ts'
import type { ShopFace } from './shop.ts'
import type { providerAddresses } from './shop-settings.ts'

/** The pages for shoppers, in a process that has accounts and the shop. */
export function pagesOf(
  { process, clock, publicUrl, log }: Pick<World, 'process' | 'clock' | 'publicUrl' | 'log'>,
  parts: {
    identity: Identity
    shop: ShopFace
    maintenance: Maintenance
    /** Services that come after the shop; pages ask for them once all are there. */
    others: Readonly<Partial<Pick<Faces, 'notifications' | 'book' | 'borrow' | 'dashboard'>>>
    merchant: Merchant | undefined
    addresses: ReturnType<typeof providerAddresses>
    /** The same services, where other processes have them. */
    remote: Pick<Remote, 'library' | 'letters'>
  },
): Module {
  const { identity, shop, maintenance, others, merchant, addresses, remote } = parts
  const contexts = contextsOf(identity, shop)
  const modules = [...Object.values(contexts), maintenance].map(({ module }) => module)
  const paymentOrigins = insecureOrigins(addresses)
  return createPages({
    ...contexts,
    maintenance: maintenance.shown,
    letters: () => others.notifications ?? remote.letters,
    library: () => {
      const { book, borrow, dashboard } = others
      return book && borrow && dashboard
        ? { books: book, lending: borrow, dashboards: dashboard }
        : remote.library
    },
    console: {
      folder: join(resolve(process.dataDir), 'console'),
      // Of the many servers of a test run hardly one is asked for it.
      atOnce: process.nodeEnv !== 'test',
      developing: process.nodeEnv !== 'production',
      apart: servicesApart(process),
      log,
    },
    clock,
    problems: { ...problemsOf(modules), ...bookProblems, ...borrowProblems },
    settings: {
      publicUrl,
      // Never in production, where it must be said.
      merchant: merchant ?? DEMO_MERCHANT,
      simulated: addresses.simulated,
      providerOrigins: [...paymentOrigins, ...identity.social.insecureOrigins],
    },
  })
}

/** The contexts whose things are shown, all at hand in this process. */
export function contextsOf(identity: Identity, shop: ShopFace) {
  const { catalog, pictures, banners, cart, orders, reviews } = shop
  const { questions, wishes, coupons, payments, subscriptions } = shop
  return {
    identity,
    catalog,
    pictures,
    banners,
    cart,
    orders,
    reviews,
    questions,
    wishes,
    coupons,
    payments,
    subscriptions,
  }
}

/** Services in processes of their own, as far as this one is told of them. */
function servicesApart(process: World['process']): ServiceApart[] {
  const { identityUrl, notificationsUrl, bookUrl, borrowUrl, dashboardUrl } = process
  const told = {
    identity: identityUrl,
    notifications: notificationsUrl,
    book: bookUrl,
    borrow: borrowUrl,
    dashboard: dashboardUrl,
  } satisfies Record<ServiceApart, URL | string | undefined>
  return (Object.keys(told) as ServiceApart[]).filter((name) => told[name] !== undefined)
}

/** Payment pages that are reached without TLS: a browser must be allowed to go there. */
function insecureOrigins({ kakaopay, toss }: ReturnType<typeof providerAddresses>): string[] {
  const urls = [kakaopay.baseUrl, ...(toss ? [toss.checkoutPageUrl] : [])].map((url) => new URL(url))
  const insecure = urls.filter(({ protocol }) => protocol === 'http:')
  return [...new Set(insecure.map(({ origin }) => origin))]
}

function problemsOf(modules: readonly Module[]): ProblemCatalog {
  const catalogs = [platformProblems, ...modules.map(({ problems = {} }) => problems)]
  return Object.fromEntries(catalogs.flatMap((catalog) => Object.entries(catalog)))
}
