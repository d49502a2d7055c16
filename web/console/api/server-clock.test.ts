import { expect, it } from 'vitest'
import { learnServerTime, serverNow } from './server-clock.ts'

const told = (date?: string) => ({ headers: new Headers(date === undefined ? {} : { date }) })
const DEVICE = Date.parse('2001-01-01T00:00:00Z')

it('dates by the clock of the server, whatever this device has', () => {
  expect(serverNow(DEVICE).getTime()).toBe(DEVICE)
  learnServerTime(told('Sun, 29 Nov 2026 03:00:00 GMT'), DEVICE)
  expect(serverNow(DEVICE + 5_000).toISOString()).toBe('2026-11-29T03:00:05.000Z')
  learnServerTime(told(), DEVICE)
  learnServerTime(told('at noon'), DEVICE)
  expect(serverNow(DEVICE).toISOString()).toBe('2026-11-29T03:00:00.000Z')
  const right = Date.parse('2026-11-29T03:00:00Z')
  learnServerTime(told('Sun, 29 Nov 2026 03:00:00 GMT'), right + 1_500)
  expect(serverNow(right).getTime()).toBe(right)
})
