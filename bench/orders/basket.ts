/** What is ordered: two items, one piece each. */
export type Basket = readonly [itemId: string, itemId: string]

const RECEIVER = {
  name: '홍길동',
  phone: '010-1234-5678',
  address: { city: '서울특별시 중구', detail: '세종대로 110', postalCode: '04524' },
}

/** The body of the request that orders it. */
export const orderOf = (basket: Basket) => ({
  lines: basket.map((itemId) => ({ itemId, quantity: 1 })),
  receiver: RECEIVER,
})
