import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { UserError } from '../src/platform/user-error.ts'
import { measureBilling } from './billing.ts'
import { measureBorrow } from './borrow.ts'
import { measureCart } from './cart.ts'
import { measureCategory } from './category.ts'
import { measureCheckout } from './checkout.ts'
import { measureColdStart } from './cold-start.ts'
import { measureCrowd } from './crowd.ts'
import { measureDetail } from './detail.ts'
import { measureEventsApart } from './events/apart.ts'
import { measureEvents } from './events.ts'
import { loadAverage } from './measure/cpu.ts'
import { type Figure, figureLine, headingLine } from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import { type Shop, startShop } from './measure/shop.ts'
import { measureOverload } from './overload.ts'
import { measurePages } from './pages.ts'
import { measurePlaceOrder } from './place-order.ts'
import { measureSearch } from './search.ts'

const BENCHES: Readonly<Record<string, (shop: Shop, options: BenchOptions) => Promise<Figure[]>>> = {
  category: measureCategory,
  detail: measureDetail,
  search: measureSearch,
  cart: measureCart,
  pages: measurePages,
  'place-order': measurePlaceOrder,
  checkout: measureCheckout,
  crowd: measureCrowd,
  events: measureEvents,
  'cold-start': measureColdStart,
  billing: measureBilling,
  borrow: measureBorrow,
  overload: measureOverload,
}

const program = new Command('bench')
  .description(
    'Measures shop and library against a yardstick in the same run. Exit code 1 when a limit is missed.',
  )
  .addArgument(new Argument('<name...>', 'what to measure').choices([...Object.keys(BENCHES), 'all']))
  .option('--items <count>', 'items in the database', whole, 40_000)
  .option('--orders <count>', 'orders in the database', whole, 100_000)
  .option('--seconds <seconds>', 'how long each side is measured', whole, 10)
  .option('--clients <count>', 'requests under way at the same time', whole, 30)
  .option('--subscriptions <count>', 'billing: subscriptions in the database', whole, 1_000_000)
  .option('--due <count>', 'billing: how many of them are due today', whole, 100_000)
  .option('--concurrency <count>', 'billing: charges on their way at once, bank without delay', whole, 50)
  .option('--books <count>', 'borrow and overload: titles in the library', whole, 100_000)
  .addOption(
    new Option(
      '--over <carrier>',
      'events: in one process, or between services apart, over a broker of its own',
    )
      .choices(['postgres', 'kafka'])
      .default('postgres'),
  )
  .addHelpText('after', '\nThe data is kept in .data-bench. bench/README.md says what the figures mean.')
  .action(bench)

function whole(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.')
  return Number(text)
}

function begin(): void {
  console.log(`machine load before: ${loadAverage()}`)
  console.log(headingLine())
}

async function bench(names: string[], options: BenchOptions): Promise<void> {
  const chosen = names.includes('all') ? Object.keys(BENCHES) : names
  const apart: string[] = options.over === 'kafka' ? chosen.filter((name) => name === 'events') : []
  const figures: Figure[] = []
  const told = (measured: readonly Figure[]) => {
    figures.push(...measured)
    for (const figure of measured) console.log(figureLine(figure))
  }
  if (apart.length > 0) {
    begin()
    told(await measureEventsApart(options))
  }
  const inTheShop = chosen.filter((name) => !apart.includes(name))
  if (inTheShop.length > 0) {
    const shop = await startShop(options)
    try {
      if (apart.length === 0) begin()
      for (const name of inTheShop) told((await BENCHES[name]?.(shop, options)) ?? [])
    } finally {
      await shop.stop()
    }
  }
  const missed = figures.filter((figure) => !figure.ok)
  console.log(`${figures.length - missed.length} ok, ${missed.length} missed`)
  process.exitCode = missed.length === 0 ? 0 : 1
}

try {
  await program.parseAsync()
} catch (error) {
  console.error(error instanceof UserError ? error.message : error)
  process.exit(1)
}
