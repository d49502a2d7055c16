import { Command, InvalidArgumentError } from 'commander'
import { UserError } from '../platform/user-error.ts'
import type { Runtime } from '../runtime.ts'
import type { SampleItem } from '../shop/orders/index.ts'
import { INTERRUPTED, interruptible } from './interruptible.ts'
import { oneShot } from './one-shot.ts'
import { startProgress } from './progress.ts'

interface Wanted {
  items: number
  orders: number
  books: number
  seed: string
}

const MOST = 5_000_000
const PAGE = 5_000

/** `seed`: invented items, orders and books, for tests of volume. */
export function seedCommand(stopping: AbortSignal): Command {
  return new Command('seed')
    .description(
      'Fill shop and library with invented items, orders and books, for tests of volume (never in production)',
    )
    .option('--items <count>', 'invented items the catalogue shall have', count, 40_000)
    .option('--orders <count>', 'invented orders the shop shall have', count, 100_000)
    .option('--books <count>', 'invented books the library shall have', count, 0)
    .option('--seed <text>', 'the same seed gives the same data on every machine', '1')
    .addHelpText('after', '\nRepeating it adds nothing; a larger count adds what is missing.')
    .action((wanted: Wanted) => seed(stopping, wanted))
}

function count(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > MOST) {
    throw new InvalidArgumentError(`It must be a whole number up to ${MOST}.`)
  }
  return Number(text)
}

async function seed(stopping: AbortSignal, wanted: Wanted): Promise<void> {
  if (process.env.NODE_ENV === 'production') {
    throw new UserError('Invented data is refused with NODE_ENV=production.')
  }
  const started = performance.now()
  const added = await oneShot(wanted.books > 0 ? ['shop', 'book'] : ['shop'], stopping, (runtime) =>
    interruptible(stopping, (signal) =>
      fill(runtime, wanted, signal).catch((error: unknown) => {
        if (signal.aborted && error === signal.reason) return undefined
        throw error
      }),
    ),
  )
  if (added === undefined) {
    console.log('Stopped early. What was added stays; running the same command again continues.')
    process.exitCode = INTERRUPTED
    return
  }
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  console.log(`${added.items} items, ${added.orders} orders and ${added.books} books added (${seconds} s).`)
}

async function fill(
  { service, database, clock }: Runtime,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<{ items: number; orders: number; books: number }> {
  const books =
    wanted.books === 0
      ? { added: 0 }
      : await showing('Books', wanted.books, (onProgress) =>
          service('book').seedBooks({ count: wanted.books, seed: wanted.seed, signal, onProgress }),
        )
  return { ...(await fillShop({ service, database, clock }, wanted, signal)), books: books.added }
}

async function fillShop(
  { service, database, clock }: Pick<Runtime, 'service' | 'database' | 'clock'>,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<{ items: number; orders: number }> {
  const { catalog } = service('shop')
  const { seedOrders } = await import('../shop/orders/index.ts')
  const items = await showing('Items', wanted.items, (onProgress) =>
    catalog.seedItems({ count: wanted.items, seed: wanted.seed, signal, onProgress }),
  )
  if (wanted.orders === 0) return { items: items.added, orders: 0 }
  const offered: SampleItem[] = []
  for await (const page of catalog.itemPages(PAGE)) offered.push(...page)
  if (offered.length === 0) throw new UserError('There is no item to order: seed or import items first.')
  const deps = { db: database.db, clock, sold: catalog.changeNumbers }
  const orders = await showing('Orders', wanted.orders, (onProgress) =>
    seedOrders(deps, { count: wanted.orders, seed: wanted.seed, items: offered, signal, onProgress }),
  )
  return { items: items.added, orders: orders.added }
}

async function showing<T>(
  label: string,
  total: number,
  work: (onProgress: (done: number) => void) => Promise<T>,
): Promise<T> {
  const progress = startProgress(label, total)
  try {
    return await work((done) => progress.update(done, `${done} of ${total}`))
  } finally {
    progress.stop()
  }
}
