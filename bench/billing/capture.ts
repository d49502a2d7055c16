import { newId } from '../../src/platform/ids.ts'
import type { Runtime } from '../../src/runtime.ts'
import { createGate } from '../../src/shop/subscriptions/charging/gate.ts'
import type { BillingDeps } from '../../src/shop/subscriptions/charging/ports.ts'
import { workOnSubscription } from '../../src/shop/subscriptions/charging/work-on-subscription.ts'
import { DEFAULT_SUBSCRIPTION_SETTINGS } from '../../src/shop/subscriptions/deps.ts'
import { createSlots } from '../../src/shop/subscriptions/run/slots.ts'
import { capture } from '../measure/capture.ts'
import { withRuntime } from '../measure/in-process.ts'
import type { Shop } from '../measure/shop.ts'
import type { BenchBank } from './bank.ts'

/**
 * Each client takes every `bench_clients`-th row below `bench_first`, so that none comes twice; order numbers are
 * eight and six digits.
 */
export const CYCLE_PRELUDE = [
  String.raw`\set bench_row :bench_row + :bench_clients`,
  String.raw`\set bench_n :bench_first - :bench_row - :client_id`,
  String.raw`\set bench_day random(10000000, 99999999)`,
  String.raw`\set bench_number random(100000, 999999)`,
] as const

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

/**
 * The statements of charging one cycle of each of these subscriptions (claiming it is not among them), from the real
 * code with a real bank, with variables in the place of the subscription and of everything that may exist only once.
 */
export function captureCycles(
  shop: Shop,
  bank: BenchBank,
  date: Temporal.PlainDate,
  subscriptionIds: readonly string[],
): Promise<string[][]> {
  return withRuntime(shop, { BANK_PORT: String(bank.port) }, async (runtime) => {
    const deps = billingDeps(runtime)
    const gate = createGate(1, () => performance.now())
    const place = { gate: () => gate, preparing: createSlots(1) }
    const transactions: string[][] = []
    for (const id of subscriptionIds) {
      let came: unknown
      const statements = await capture(async () => {
        came = await workOnSubscription(deps, place, id, { date, runId: newId(), forced: false })
      })
      if (JSON.stringify(came) !== '{"kind":"charged","result":"paid"}')
        throw new Error(`subscription ${id} was not charged: ${JSON.stringify(came)}`)
      transactions.push(repeatable(statements, id))
    }
    return transactions
  })
}

function billingDeps({ service, database, clock, log }: Runtime): BillingDeps {
  const { orders, payments, catalog, providers, billing } = service('shop')
  return {
    db: database.db,
    clock,
    log,
    orders,
    payments,
    catalog,
    at: () => {},
    settings: DEFAULT_SUBSCRIPTION_SETTINGS,
    providers: providers.map(({ name }) => name),
    billing: billing.settings,
  }
}

/** Rows filled in share their last twelve digits with the subscription; what is new gets them, too. */
function repeatable(statements: readonly string[], subscriptionId: string): string[] {
  const text = statements.join('\n')
  const suffix = subscriptionId.slice(-12)
  const fresh = [...new Set(text.match(UUID))].filter(
    (id) => !id.endsWith(suffix) && isVersion7(id) && text.includes(`'${id}'`) && isNew(id),
  )
  if (new Set(fresh.map((id) => id.slice(0, -12))).size !== fresh.length)
    throw new Error('new ids are too much alike')
  // KakaoPay's id of the charge; other texts that begin with T are not all digits.
  const ref = /'(T\d{15,})'/.exec(text)?.[1]
  const orderNumber = /'(\d{8}-[0-9A-HJKMNP-TV-Z]{6})'/.exec(text)?.[1]
  if (!orderNumber || !ref) throw new Error(`no order number or charge in:\n${text}`)
  return statements.map((statement) => {
    let one = statement.replaceAll(suffix, ':bench_n').replaceAll(orderNumber, ':bench_day-:bench_number')
    for (const id of fresh) one = one.replaceAll(id, `${id.slice(0, -12)}:bench_n`)
    return one.replaceAll(ref, `${ref}-:bench_n`)
  })
}

const isVersion7 = (id: string) => id[14] === '7'
/** Made within the last minute, as its first 48 bits say. */
const isNew = (id: string) =>
  Math.abs(Date.now() - Number.parseInt(id.slice(0, 13).replace('-', ''), 16)) < 60_000
