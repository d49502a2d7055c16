import { expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { bandsFault } from './policy.ts'
import { BANDS } from './rules.fixture.ts'

const bands = (...pairs: [number, number][]) =>
  bandsFault({ mode: 'flat', bands: pairs.map(([fromDay, fee]) => ({ fromDay, fee: won(fee) })) })

it('bands begin at day 1 and rise', () => {
  expect(bandsFault({ mode: 'flat', bands: BANDS })).toBeUndefined()
  expect(bands([1, 500], [2, 500])).toBeUndefined()
  expect(bands()).toBe('no_first_day')
  expect(bands([2, 500])).toBe('no_first_day')
  expect(bands([1, 500], [1, 600])).toBe('not_rising')
  expect(bands([1, 500], [8, 400])).toBe('not_rising')
})
