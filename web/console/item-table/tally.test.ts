import { expect, test } from 'vitest'
import { tallyOf } from './tally.ts'

const facts = (status: string, realPrice: number, onHand: number) => ({ status, realPrice, onHand })

test('a table of changes is summed up as those need it who confirm it', () => {
  expect(
    tallyOf([
      { before: facts('on_sale', 1_000, 5), after: facts('on_sale', 900, 9), notice: [{}] },
      { before: facts('on_sale', 1_000, 5), after: facts('hidden', 1_000, 2), notice: [] },
      { before: facts('hidden', 1_000, 5), after: facts('on_sale', 1_200, 5), notice: [{}, {}] },
      { before: facts('hidden', 1_000, 5), after: facts('hidden', 1_000, 6), notice: [] },
    ]),
  ).toEqual({ prices: 2, hidden: 1, added: 5, taken: 3, notices: 2 })
  expect(tallyOf([])).toEqual({ prices: 0, hidden: 0, added: 0, taken: 0, notices: 0 })
})
