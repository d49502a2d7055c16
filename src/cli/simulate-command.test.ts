import { afterEach, expect, it, vi } from 'vitest'
import { simulateCommand } from './simulate-command.ts'

const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
const told = vi.spyOn(console, 'error').mockImplementation(() => {})
afterEach(() => {
  // The command's answer to the shell is not that of this process.
  process.exitCode = undefined
  printed.mockClear()
  told.mockClear()
})

/** Runs the command in this process. @returns its exit code and what it printed */
async function simulate(...given: string[]): Promise<{ code: unknown; text: string }> {
  await simulateCommand(new AbortController().signal).parseAsync(given, { from: 'user' })
  return { code: process.exitCode, text: printed.mock.calls.map(([line]) => String(line)).join('\n') }
}

it('lives through four months of trouble, and customers, shop and bank agree', {
  timeout: 120_000,
}, async () => {
  const rough = ['--declines', '30', '--lost', '10', '--act-every', '40', '--seed', '3']
  const { code, text } = await simulate('--days', '120', '--subscriptions', '25', '--json', ...rough)
  const proof: unknown = JSON.parse(text)
  expect(proof).toMatchObject({ days: 120, open: 0, differences: [] })
  const { expected, bank, shop, orders } = Object(proof)
  expect(bank).toMatchObject(expected)
  expect(shop).toEqual(bank)
  expect(orders['cycle paid']).toBeGreaterThan(10)
  expect(code).toBe(0)
  expect(told).toHaveBeenCalledWith(expect.stringContaining('Simulating: 100 %'))
})

it('proves nothing, and says so, when no recurring charge came due', { timeout: 60_000 }, async () => {
  const { code, text } = await simulate('--days', '2', '--subscriptions', '2')
  expect(text).toContain('purchase paid')
  expect(text).toMatch(/DIFFERENCE .*\n1 difference\./)
  expect(code).toBe(1)
})

it.each([
  [['--days', '0'], 'whole number'],
  [['--subscriptions', 'many'], 'whole number'],
  [['--declines', '120'], 'share'],
])('refuses %j', async (given, why) => {
  const command = simulateCommand(new AbortController().signal)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  await expect(command.parseAsync(given, { from: 'user' })).rejects.toThrow(why)
})
