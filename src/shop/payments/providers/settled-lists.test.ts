import { expect, it } from 'vitest'
import { readSettlement } from './kakaopay/settlement.ts'
import { readTransactions } from './toss/transactions.ts'

const HEAD =
  'type,tid,aid,sid,partner_order_id,partner_user_id,amount,tax_free,vat,payment_method_type,approved_at'
const ROW = 'PAYMENT,T1,A1,,o1,u1,11000,0,1000,CARD,2026-01-01T23:59:59'

it('the table of KakaoPay is read as a whole or not at all', () => {
  const at = Temporal.Instant.from('2026-01-01T14:59:59Z')
  expect(
    readSettlement(`${HEAD}\n${ROW}\nCANCEL,T1,A2,,o1,u1,-1100,0,-100,CARD,2026-01-02T00:00:00\n`),
  ).toEqual([
    { movement: 'charge', ref: 'T1', id: 'A1', merchantRef: 'o1', amount: 11_000, at },
    { movement: 'refund', ref: 'T1', id: 'A2', merchantRef: 'o1', amount: 1_100, at: at.add({ seconds: 1 }) },
  ])
  expect(readSettlement(HEAD)).toEqual([])
  for (const wrong of [
    '',
    '<html>',
    'type,tid\nPAYMENT,T1',
    `${HEAD}\nFEE,T1,A1,,o,u,1,0,0,CARD,2026-01-01T00:00:00`,
  ])
    expect(readSettlement(wrong)).toBeUndefined()
  for (const [from, to] of [
    ['11000', '-1'],
    ['11000', '1.5'],
    ['T1', ''],
    ['A1', ''],
    ['2026-01-01T23:59:59', 'yesterday'],
  ] as const)
    expect(readSettlement(`${HEAD}\n${ROW.replace(from, to)}`), to).toBeUndefined()
})

it('the list of Toss is read as a whole or not at all', () => {
  const row = {
    transactionKey: 'X1',
    paymentKey: 'K1',
    orderId: 'o1',
    status: 'DONE',
    transactionAt: '2026-01-01T00:00:00+09:00',
    amount: 100,
  }
  const read = (...rows: object[]) => readTransactions(JSON.stringify(rows))
  const at = Temporal.Instant.from('2025-12-31T15:00:00Z')
  const [charge, refund] = [row, { ...row, transactionKey: 'X2', status: 'PARTIAL_CANCELED', amount: 30 }]
  expect(read(charge, refund, { ...row, transactionKey: 'X3', status: 'WAITING_FOR_DEPOSIT' })).toEqual({
    movements: [
      { movement: 'charge', ref: 'K1', id: 'X1', merchantRef: 'o1', amount: 100, at },
      { movement: 'refund', ref: 'K1', id: 'X2', merchantRef: 'o1', amount: 30, at },
    ],
    last: 'X3',
    count: 3,
  })
  expect(read()).toEqual({ movements: [], last: undefined, count: 0 })
  expect(readTransactions('<html>')).toBeUndefined()
  expect(readTransactions('{}')).toBeUndefined()
  for (const wrong of [
    { amount: -1 },
    { amount: 1.5 },
    { transactionAt: 'x' },
    { paymentKey: '' },
    { status: 1 },
  ])
    expect(read({ ...row, ...wrong })).toBeUndefined()
})
