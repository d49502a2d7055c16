import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem({ demo: true })
})
afterAll(async () => {
  await system?.stop()
})

test('the tour of the README works as it is printed', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const tour = /```bash tour\n([\s\S]*?)```/.exec(readme)?.[1]
  expect(tour).toContain('/api/orders')
  const { stdout, stderr } = await promisify(execFile)(
    'bash',
    ['--norc', '-euo', 'pipefail', '-c', tour ?? ''],
    {
      env: { PATH: process.env.PATH ?? '', API: system.url, LC_ALL: 'C.UTF-8' },
      timeout: 30_000,
    },
  )
  expect(stderr).toBe('')
  expect(stdout).toContain('"state":"paid"')
  expect(stdout).not.toContain('/problems/')

  expect(stdout).toMatch(/"nextCharge":\{"cycleNo":3,/)

  const charges = await system.bank.journal('?kind=charge')
  expect(charges).toHaveLength(2)
  const attemptId = String(charges[0]?.partnerOrderId)
  const money = await until(
    async () => {
      const now = await system.bank.money(attemptId)
      return now.refunds === 1 && now
    },
    { what: 'the refund at the bank', deadlineMs: 15_000 },
  )
  expect(money.refunded).toBe(money.charged)
})
