import { expect, test } from 'vitest'
import { policyStates } from './policy-versions.ts'

const day = (text: string) => Temporal.Instant.from(`${text}T00:00:00+09:00`)
const starting = (...days: string[]) =>
  days.map((text, index) => ({ version: index + 1, startsAt: day(text) })).reverse()
const on = (today: string, versions: ReturnType<typeof starting>) =>
  policyStates(versions, day(today)).map(({ version, state }) => `${version} ${state}`)

test('a version begins on its day, and the one before is past from then on', () => {
  const two = starting('2026-01-01', '2026-12-10')
  expect(on('2026-12-09', two)).toEqual(['2 planned', '1 in_force'])
  expect(on('2026-12-10', two)).toEqual(['2 in_force', '1 past'])
})

test('a newer version that begins no later takes the place of a planned one', () => {
  expect(on('2026-12-01', starting('2026-01-01', '2026-12-10', '2026-12-10'))).toEqual([
    '3 planned',
    '2 replaced',
    '1 in_force',
  ])
  const early = starting('2026-01-01', '2026-12-10', '2026-12-01')
  expect(on('2026-12-01', early)).toEqual(['3 in_force', '2 replaced', '1 past'])
  expect(on('2026-12-20', early)).toEqual(['3 in_force', '2 replaced', '1 past'])
})

test('one that begins after a planned one leaves it its days', () => {
  const three = starting('2026-01-01', '2026-12-10', '2026-12-20')
  expect(on('2026-12-01', three)).toEqual(['3 planned', '2 planned', '1 in_force'])
  expect(on('2026-12-15', three)).toEqual(['3 planned', '2 in_force', '1 past'])
  expect(on('2026-12-20', three)).toEqual(['3 in_force', '2 past', '1 past'])
})
