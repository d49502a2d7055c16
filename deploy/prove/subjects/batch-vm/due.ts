import { join } from 'node:path'
import { freePort } from '../../../../src/platform/database/embedded.ts'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { startDatabase } from '../../kit/database.ts'
import { ask } from '../../kit/patroni.ts'
import { newSecrets } from '../../kit/production.ts'
import type { Proof } from '../../kit/proof.ts'
import { keep, ROOT, type Running } from '../../kit/shell.ts'

/** A shop that is closed for the night, with one charge that is due. */
export interface DueShop {
  databaseUrl: string
  tokenKey: string
  bankUrl: string
  /** The provider, away until it is started. */
  startBank(): Promise<Running>
  /** Charges the provider has made. */
  charges(): Promise<number>
  /** States of the cycle that is due and of its payment. */
  cycle(): Promise<string>
}

/** The demo customer subscribes at the simulated bank; the shop is stopped, and the subscription moved into the past. */
export async function startDueShop(proof: Proof): Promise<DueShop> {
  const databaseUrl = await startDatabase(proof)
  const [port, bankPort] = [await freePort(), await freePort()]
  const { PAYMENT_TOKEN_KEY: tokenKey } = newSecrets()
  const data = join(proof.folder, 'data')
  const shop = keep(proof, 'shop', process.execPath, ['src/main.ts', 'serve'], {
    NODE_ENV: 'development',
    DEMO: 'on',
    DATABASE_URL: databaseUrl,
    DATA_DIR: data,
    PAYMENT_TOKEN_KEY: tokenKey,
    PORT: String(port),
    BANK_PORT: String(bankPort),
    SOCIAL_PORT: '0',
    REGISTER_PORT: '0',
  })
  const rows = (statement: string) => ask(databaseUrl, statement)
  await until(async () => (await rows(`${SUBSCRIBED}`)).length > 0, {
    deadlineMs: 240_000,
    everyMs: 500,
    what: `the demo customer to subscribe (see ${proof.folder}/shop.log)`,
  })
  await shop.stop()
  await rows(MOVED)
  const bankUrl = `http://127.0.0.1:${bankPort}`
  return {
    databaseUrl,
    tokenKey,
    bankUrl,
    startBank: async () => {
      const bank = keep(proof, 'bank', process.execPath, [
        join(ROOT, 'simulators/bank/main.ts'),
        '--port',
        String(bankPort),
        '--data',
        join(data, 'bank'),
      ])
      await until(async () => (await fetch(`${bankUrl}/clock`)).ok, { deadlineMs: 30_000, what: 'the bank' })
      return bank
    },
    charges: async () => ((await (await fetch(`${bankUrl}/journal?kind=charge`)).json()) as unknown[]).length,
    cycle: async () => {
      const [found] = await rows(`
        select count(*)::text || ' × ' || string_agg(distinct c.state || '/' || coalesce(a.state, 'none'), ', ') as said
        from subscriptions.cycle c left join payments.attempt a on a.id = c.attempt_id where c.cycle_no = 2`)
      return found?.said ?? 'none'
    },
  }
}

const SUBSCRIBED = `
  select id from subscriptions.subscription where state = 'active' and not latest_cycle_open`

/** By the thirty days of its period, so that the next charge is today's; its customer was told of that. */
const MOVED = `
  with moved as (
    update subscriptions.subscription set
      anchor = anchor - 30,
      schedule = replace(schedule::text, anchor::text, (anchor - 30)::text)::jsonb,
      terms = replace(terms::text, anchor::text, (anchor - 30)::text)::jsonb,
      latest_cycle_due = latest_cycle_due - 30,
      last_charged_on = last_charged_on - 30,
      next_due = next_due - 30,
      announced_cycle_no = 2, announced_due = null, announced_amount = null
    returning id)
  update subscriptions.cycle set due = due - 30 where subscription_id in (select id from moved)`
