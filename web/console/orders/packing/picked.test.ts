import { expect, test } from 'vitest'
import { linesToPack, pickList } from './picked.ts'

const line = (itemId: string, name: string, toSend: number) => ({
  itemId,
  name,
  enterprise: '(주)고려',
  delivery: { toSend },
})

test('each item is fetched once, with the pieces of all orders; what has been sent or cancelled is not', () => {
  const [milk, eye, sent] = [line('1', '밀크씨슬', 2), line('2', '루테인', 1), line('3', '홍삼', 0)]
  const orders = [{ lines: [milk, sent] }, { lines: [eye, line('1', '밀크씨슬', 3)] }, { lines: [] }]
  expect(orders.map(linesToPack).map(({ length }) => length)).toEqual([1, 2, 0])
  expect(pickList(orders)).toEqual([
    { itemId: '2', name: '루테인', enterprise: '(주)고려', pieces: 1 },
    { itemId: '1', name: '밀크씨슬', enterprise: '(주)고려', pieces: 5 },
  ])
})
