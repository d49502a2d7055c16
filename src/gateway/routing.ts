/** What stands behind the gateway. `pages` is whoever shows the pages: by default the process of the shop. */
export const UPSTREAMS = [
  'identity',
  'shop',
  'notifications',
  'book',
  'borrow',
  'dashboard',
  'pages',
] as const
export type Upstream = (typeof UPSTREAMS)[number]

/** Whose an address is, by its first steps; the longest that fits wins. What is not of the API is a page. */
export const ROUTES: readonly (readonly [prefix: string, upstream: Upstream])[] = [
  ['/.well-known/jwks.json', 'identity'],
  ['/api/users', 'identity'],
  ['/api/auth', 'identity'],
  ['/api/email-verifications', 'identity'],
  ['/api/legal-texts', 'identity'],
  ['/api/admin/accounts', 'identity'],
  ['/api/items', 'shop'],
  ['/api/home', 'shop'],
  ['/api/banners', 'shop'],
  ['/api/maintenance', 'shop'],
  ['/api/brands', 'shop'],
  ['/api/categories', 'shop'],
  ['/api/cart', 'shop'],
  ['/api/orders', 'shop'],
  ['/api/delivery-terms', 'shop'],
  ['/api/return-terms', 'shop'],
  ['/api/returns', 'shop'],
  ['/api/consents', 'shop'],
  ['/api/payments', 'shop'],
  ['/api/payment-methods', 'shop'],
  ['/api/subscriptions', 'shop'],
  ['/api/subscription-terms', 'shop'],
  ['/api/reviews', 'shop'],
  ['/api/questions', 'shop'],
  ['/api/wishes', 'shop'],
  ['/api/coupons', 'shop'],
  ['/api/admin', 'shop'],
  ['/api/notifications', 'notifications'],
  ['/api/books', 'book'],
  ['/api/holds', 'book'],
  ['/api/loans', 'borrow'],
  ['/api/patrons', 'borrow'],
  ['/api/terminals', 'borrow'],
  ['/api/dashboard', 'dashboard'],
  // Providers send browsers back here: who it is says a cookie, and what comes next is a page.
  ['/api/payments/return', 'pages'],
  ['/api/payment-methods/return', 'pages'],
]

/** For processes among themselves and for whoever runs them; nobody outside reaches them, whatever they send. */
const CLOSED = ['internal', 'metrics', 'health']

/** What every process answers for itself; at the gateway it is asked of one by `/api/admin/at/<service>/…`. */
const OF_EACH = ['/dead-letters', '/audit', '/changes', '/delivery', '/retention']
const AT = '/api/admin/at/'

export type Target =
  | {
      kind: 'forward'
      upstream: Upstream
      /** As the upstream knows it, without the query. */
      path: string
    }
  | { kind: 'not_found' }

const NOT_FOUND: Target = { kind: 'not_found' }

/**
 * Where a request goes. Addresses that could mean something else to an upstream than they do here (empty or dotted
 * steps, backslashes, anything of that in an encoding) go nowhere.
 * @param path of the address as it came, without the query
 */
export function targetOf(path: string): Target {
  const steps = stepsIn(path)
  if (steps === undefined || CLOSED.includes(steps[0]?.toLowerCase() ?? '')) return NOT_FOUND
  if (path.startsWith(AT)) return targetAt(path.slice(AT.length))
  const fitting = ROUTES.filter(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))
  const [, upstream] = fitting.reduce<readonly [string, Upstream]>(
    (best, one) => (one[0].length > best[0].length ? one : best),
    ['', steps[0] === 'api' ? 'shop' : 'pages'],
  )
  if (steps[0] === 'api' && fitting.length === 0) return NOT_FOUND
  return { kind: 'forward', upstream, path }
}

/** The steps of an address, decoded as far as anybody could; undefined for one that is not plain. */
function stepsIn(path: string): readonly string[] | undefined {
  if (!path.startsWith('/')) return undefined
  const steps = path.slice(1).split('/').map(plainStep)
  // Only the last one may be empty: a slash at the end.
  const isWhole = steps.every(
    (step, index) => step !== undefined && (step !== '' || index === steps.length - 1),
  )
  return isWhole ? steps.map((step) => step ?? '') : undefined
}

/** One step, decoded until nothing changes, since somebody behind us may decode once more than we do. */
function plainStep(step: string): string | undefined {
  let read = step
  for (;;) {
    // What begins or ends with two dots is nobody's name, and the library that forwards throws at it.
    if (/[\\/\p{Cc}]/u.test(read) || /^\.\.?$|^\.\.|\.\.$/.test(read)) return undefined
    let next: string
    try {
      next = decodeURIComponent(read)
    } catch {
      // A sign of percent that came encoded is one that people wrote.
      return read === step ? undefined : read
    }
    if (next === read) return read
    read = next
  }
}

function targetAt(rest: string): Target {
  const end = rest.indexOf('/')
  const upstream = UPSTREAMS.find((name) => name === rest.slice(0, end))
  const asked = rest.slice(end)
  if (upstream === undefined || !OF_EACH.some((one) => asked === one || asked.startsWith(`${one}/`)))
    return NOT_FOUND
  return { kind: 'forward', upstream, path: `/api/admin${asked}` }
}
