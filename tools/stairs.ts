import { matchesGlob } from 'node:path'

/**
 * The rooms of each context, from the bottom up: a file imports from its own step and from the ones below, as values
 * and as types, never from one above. A step is a folder of the context, a file, or a glob of either; `*.ts` is what
 * stands in the context's own folder and is not named otherwise, with `index.ts`, its face, among it.
 *
 * A new context adds one line. One that is small enough to stay flat names its files.
 */
export const STAIRS: Readonly<Record<string, readonly string[]>> = {
  identity: [
    'problems.ts',
    'rules',
    'store',
    'links/link-secrets.ts',
    '{passwords,context}.ts',
    'links',
    'sessions',
    'accounts',
    'social',
    'http',
    '*.ts',
  ],
  notifications: ['wording', 'channels', '*.ts'],
  gateway: ['{routing,problems,cors,unavailable-page}.ts', '{forward,merged-document}.ts', '*.ts'],
  'shop/pictures': ['{picture-store,picture-json}.ts', 'take-in.ts', 'remove-unused.ts', '*.ts'],
  'shop/catalog': [
    '{topics,problems,batch-lock}.ts',
    'rules',
    'tables.ts',
    'search',
    'browse',
    'views',
    'stock',
    'items',
    'import',
    'live',
    'samples',
    '*.ts',
  ],
  'shop/banners': [
    '{problems,topics,banner}.ts',
    '{banner-store,deps,banner-json}.ts',
    '{add,change}-banner.ts',
    '{arrange-banners,shown-banners,samples}.ts',
    'routes.ts',
    '*.ts',
  ],
  'shop/coupons': [
    '{problems,coupon}.ts',
    'coupon-store.ts',
    '{use-coupon,manage-coupons,coupon-json}.ts',
    'routes.ts',
    '*.ts',
  ],
  'shop/cart': ['problems.ts', 'rules', 'store', 'view-cart.ts', 'changes', 'http', '*.ts'],
  'shop/reviews': [
    '{problems,review}.ts',
    '{review-store,queries}.ts',
    'review-json.ts',
    '{write,change,report}-review.ts',
    'review-pictures.ts',
    '{routes,admin-routes,picture-routes,for-pages}.ts',
    '*.ts',
  ],
  'shop/questions': [
    '{problems,question}.ts',
    '{question-store,queries}.ts',
    'question-json.ts',
    '{ask,change}-question.ts',
    'for-pages.ts',
    '{routes,admin-routes}.ts',
    '*.ts',
  ],
  'shop/wishes': ['problems.ts', 'wish-list.ts', 'routes.ts', '*.ts'],
  'shop/orders': [
    '{problems,catalog-port,payment-port,cycle-port}.ts',
    'rules',
    'coupon-port.ts',
    'store',
    'terms',
    'cycles',
    'paying',
    '{place-order,cancel-order,expire-orders,forget-receivers,move-order,order-view}.ts',
    'shipping',
    'refunding',
    'returning',
    'http',
    'samples',
    '*.ts',
  ],
  // A flow looks up what is not known of an order before it begins anything new, so recovery is below it.
  'shop/payments': [
    '{problems,provider,provider-receipts,payable}.ts',
    'rules',
    'deps.ts',
    'store',
    'settling',
    'sending',
    'recovery',
    'reconciling',
    'flows',
    'http',
    'providers',
    '*.ts',
  ],
  'shop/subscriptions': [
    '{problems,billing-problems}.ts',
    'rules',
    '{deps,receivers}.ts',
    'store',
    'changes',
    'charging',
    'run',
    'http',
    '*.ts',
  ],
  'library/book': [
    'rules',
    'formats',
    '{problems,tables,title-store,copy-store}.ts',
    'holds/hold-store.ts',
    'publish.ts',
    'holds',
    'stock',
    'catalogue',
    'exchange',
    'http',
    'samples',
    '*.ts',
  ],
  'library/borrow': [
    'rules',
    '{problems,publish,stock-port,self-check-port}.ts',
    'store',
    'jobs/each-due.ts',
    'lending',
    'desk',
    'jobs',
    'sip/wire',
    'sip/terminals',
    'sip',
    'http',
    'samples',
    '*.ts',
  ],
  'library/dashboard': [
    '{watchers,loan-news,dashboard-view}.ts',
    'read-model.ts',
    '{hear-loans,rebuild}.ts',
    'http',
    '*.ts',
  ],
}

/** The context a file of ours belongs to; undefined for files of the platform and everything above contexts. */
export function contextOf(path: string): string | undefined {
  return Object.keys(STAIRS).find((context) => path.startsWith(`src/${context}/`))
}

interface Step {
  /** 0 is the lowest. */
  height: number
  name: string
}

/** Where a file stands in its context; undefined when nobody said so. A file named by itself comes before `*.ts`. */
export function stepOf(context: string, path: string): Step | undefined {
  const steps = STAIRS[context] ?? []
  const inside = path.slice(`src/${context}/`.length)
  const on = (step: string) => matchesGlob(inside, step) || matchesGlob(inside, `${step}/**`)
  const named = steps.findIndex((step) => step !== '*.ts' && on(step))
  const height = named >= 0 ? named : steps.findIndex((step) => step === '*.ts' && on(step))
  const name = steps[height]
  return name === undefined ? undefined : { height, name }
}

/** What is wrong with an import inside one context; undefined when it goes down or stays on its step. */
export function climb(context: string, file: string, target: string): string | undefined {
  const from = stepOf(context, file)
  const to = stepOf(context, target)
  if (!from) return `stands in no room of ${context}`
  if (!to || to.height <= from.height) return undefined
  return `climbs from ${from.name} to ${to.name}`
}
