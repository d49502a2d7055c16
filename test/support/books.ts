import { openDatabase } from '../../src/platform/database/database.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { nothingAcknowledged } from '../crash/acknowledged.ts'
import { verify } from '../crash/rules/verify.ts'
import { readBank, readDatabase } from '../crash/snapshot.ts'
import { execute } from './database.ts'
import type { System } from './system.ts'

/** The shop's books, to be held against the bank's journal. */
export interface Books {
  /** Waits until nothing is under way, then answers every disagreement: none when all is well. */
  disagreements(): Promise<string[]>
}

const UNDER_WAY = `
  select 'order ' || state as what, count(*)::int as n from orders."order"
    where state = 'awaiting_payment' group by state
  union all select 'payment ' || state, count(*)::int from payments.attempt
    where state in ('created', 'awaiting_customer', 'authorised', 'sent', 'unknown') group by state
  union all select 'refund ' || state, count(*)::int from payments.refund
    where state in ('requested', 'sent', 'unknown') group by state
  union all select 'cash receipt ' || state, count(*)::int from payments.cash_receipt
    where state in ('asked', 'due', 'sent', 'unknown', 'refused') group by state
  union all select 'event', count(*)::int from platform.undelivered having count(*) > 0
  union all select 'event set aside', count(*)::int from platform.parked_event having count(*) > 0`

/**
 * Opens the books before the first customer comes: the stock of now is what sales are counted from.
 * @param options names of rules that do not hold for what the test does
 */
export async function openBooks(
  system: System,
  { except = [] }: { except?: readonly string[] } = {},
): Promise<Books> {
  const read = async () => {
    const database = openDatabase({ url: system.databaseUrl, poolSize: 2, statementTimeoutMs: 10_000 })
    try {
      return { ...(await readDatabase(database.db)), ...(await readBank(system.bank.url)) }
    } finally {
      await database.close()
    }
  }
  const initialStock = new Map((await read()).stock.map(({ itemId, onHand }) => [itemId, onHand]))
  return {
    disagreements: async () => {
      let underWay: unknown[] = []
      const atRest = async () => {
        underWay = await execute(system.databaseUrl, UNDER_WAY)
        return underWay.length === 0
      }
      await until(atRest, { what: 'rest', deadlineMs: 20_000, everyMs: 100 }).catch((error: unknown) => {
        throw new Error(`not at rest: ${JSON.stringify(underWay)}`, { cause: error })
      })
      const found = verify({ snapshot: await read(), acknowledged: nothingAcknowledged(), initialStock })
      return [...found].flatMap(([rule, violations]) =>
        (except.includes(rule) ? [] : violations).map(
          ({ about, evidence }) => `${rule}: ${about} ${evidence}`,
        ),
      )
    },
  }
}
