import { expect, it } from 'vitest'
import { listSearch, parseSearch, stringifySearch } from './search.ts'

it('an address says what is shown in plain words, there and back', () => {
  const shown = { state: 'unknown', page: '2', orderId: '0123', keyword: '비타민 & 철' }
  const address = stringifySearch({ ...shown, after: undefined, sort: '' })
  expect(address).toContain('?state=unknown&page=2&orderId=0123')
  expect(parseSearch(address)).toEqual(shown)
  expect(stringifySearch({})).toBe('')
})

it('a list reads its own fields and no others', () => {
  const read = listSearch('state')
  expect(read({ state: 'unknown', page: '2', nonsense: 'x', size: 3, sort: '' })).toEqual({
    state: 'unknown',
    page: '2',
  })
})
