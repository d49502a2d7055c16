import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { afterEach, expect, it, vi } from 'vitest'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { emptyDatabase, execute } from '../../../../test/support/database.ts'
import { openProof } from '../proof.ts'
import { lostOf } from './customers.ts'
import { claimKept, startVisitors } from './visitors.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const end of ends.splice(0).toReversed()) await end()
})

/** Keeps every sign-up but those of `loses`, and does not acknowledge those of `hides`, counted from 0. */
async function shop(databaseUrl: string, { loses, hides }: { loses: number; hides: number }) {
  const emails: string[] = []
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  ends.push(() => pool.end())
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    const take = async () => {
      const { email } = JSON.parse(Buffer.concat(parts).toString()) as { email: string }
      const n = emails.push(email) - 1
      if (n !== loses) await pool.query('insert into identity.account values ($1)', [email])
      response.writeHead(n === hides ? 503 : 201).end()
    }
    request.on('end', () => void take())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  ends.push(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, emails }
}

it('finds an acknowledged sign-up that is lost, although one that was not acknowledged makes up for it', async () => {
  const { url, drop } = await emptyDatabase()
  ends.push(drop)
  await execute(url, 'create schema identity; create table identity.account (email text primary key)')
  const { url: front, emails } = await shop(url, { loses: 0, hides: 1 })
  const visitors = startVisitors(front, { clients: 1, pauseMs: 1, newEvery: 1 })
  await until(() => visitors.sent() > 5, { deadlineMs: 20_000, everyMs: 10, what: 'sign-ups' })
  const { acknowledged, answers } = await visitors.stop()
  expect(acknowledged).toEqual(emails.filter((_, n) => n !== 1))
  expect(acknowledged).toHaveLength(answers['201'] ?? 0)
  expect(await lostOf(acknowledged, url)).toEqual(emails.slice(0, 1))

  vi.spyOn(console, 'log').mockReturnValue()
  const { proof, finish } = openProof('visitors')
  await claimKept(proof, acknowledged, url)
  await claimKept(proof, acknowledged.slice(1), url)
  await claimKept(proof, [], url)
  expect(await finish()).toEqual({ held: 1, broken: 2, skipped: 0 })
})
