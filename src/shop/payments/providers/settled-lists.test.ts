import { expect, it } from 'vitest'
import { readCsv } from '../../../platform/text/csv.ts'
import { readSettlement, readSettlementTable } from './kakaopay/settlement.ts'
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

it('a table of KakaoPay is read as people and spreadsheets leave it: other headings, commas, dates, sums', () => {
  const read = (text: string) => readSettlementTable(readCsv(text))
  const head = '거래일시,구분,가맹점 주문번호,거래번호,승인번호,거래금액(원)'
  const at = Temporal.Instant.from('2026-01-01T14:59:59Z')
  const table = [
    head,
    '2026-01-01 23:59:59,결제,o1,T1,A1,"11,000"',
    '2026.01.01 23:59:59,부분취소,,T1,A2,"-1,100원"',
    '2026/01/01 23:59:59,취소,o1,T1,A3,₩900',
    '20260101235959,승인,o2,T2,A4,5000.00',
    '46023.9999884,payment,o3,T3,A5,700',
    '2026-01-01,결제,o4,T4,A6,1',
    '합계,합계,,,,"15,701"',
  ].join('\n')
  const one = { movement: 'charge', merchantRef: 'o1', at, line: 2 } as const
  expect(read(table)).toEqual({
    errors: [],
    movements: [
      { ...one, ref: 'T1', id: 'A1', amount: 11_000 },
      { ...one, ref: 'T1', id: 'A2', amount: 1_100, movement: 'refund', merchantRef: null, line: 3 },
      { ...one, ref: 'T1', id: 'A3', amount: 900, movement: 'refund', line: 4 },
      { ...one, ref: 'T2', id: 'A4', amount: 5_000, merchantRef: 'o2', line: 5 },
      { ...one, ref: 'T3', id: 'A5', amount: 700, merchantRef: 'o3', line: 6 },
      {
        ...one,
        ref: 'T4',
        id: 'A6',
        amount: 1,
        merchantRef: 'o4',
        at: Temporal.Instant.from('2025-12-31T15:00:00Z'),
        line: 7,
      },
    ],
  })
  const wrong = (row: string) => read(`${head}\n${row}`).errors.map(({ field, code }) => `${field} ${code}`)
  expect(wrong('2026-01-01 23:59,수수료,o,T1,A1,1')).toEqual(['rows.2.type invalid'])
  expect(wrong('2026-01-01 23:59,결제,o,,A1,1')).toEqual(['rows.2.tid invalid'])
  expect(wrong('2026-01-01 23:59,결제,o,T1,,1')).toEqual(['rows.2.aid invalid'])
  for (const amount of ['-1', '1.5', '', '일만원', '1e3'])
    expect(wrong(`2026-01-01 23:59,결제,o,T1,A1,${amount}`), amount).toEqual(['rows.2.amount invalid'])
  for (const time of ['', '어제', '2026-13-01 10:00', '1/2/26 10:00'])
    expect(wrong(`${time},결제,o,T1,A1,1`), time).toEqual(['rows.2.at invalid'])
  const row = '2026-01-01 23:59,결제,o,T1,A1,1'
  expect(wrong(`${row}\n${row}`)).toEqual(['rows.3.aid twice'])
  expect(read('구분,금액\n결제,1').errors).toMatchObject([{ field: 'rows.1.type' }])
})

it('moments are read as Excel on a Korean computer saves them', () => {
  const read = (time: string) =>
    readSettlementTable(readCsv(`${HEAD}\n${ROW.replace('2026-01-01T23:59:59', time)}`))
  for (const [time, instant] of [
    ['2026-01-05 9:05', '2026-01-05T09:05'],
    ['2026-1-5 9:05:07', '2026-01-05T09:05:07'],
    ['2026.1.5', '2026-01-05T00:00'],
    ['2026. 1. 5. 오후 3:05:07', '2026-01-05T15:05:07'],
    ['2026-01-05 오전 12:05', '2026-01-05T00:05'],
    ['2026-01-05 오후 12:05', '2026-01-05T12:05'],
    ['2026/1/5 오전 9:05', '2026-01-05T09:05'],
    ['2026-01-05 11:05:07 PM', '2026-01-05T23:05:07'],
    ['2026-01-05T09:05:07+09:00', '2026-01-05T09:05:07'],
  ] as const) {
    const [movement] = read(time).movements
    expect(movement?.at.toString(), time).toBe(Temporal.Instant.from(`${instant}+09:00`).toString())
  }
  for (const time of [
    '2026-01-05 오후 15:05',
    '2026-01-05 25:00',
    '2026-13-5',
    '2026-01-05 오전 3:05 PM',
    '1-5-2026',
  ])
    expect(read(time).errors, time).toMatchObject([{ field: 'rows.2.at' }])
})

it('of several columns that could be meant the surest counts, wherever it stands, and two alike are refused by name', () => {
  const read = (...lines: string[]) => readSettlementTable(readCsv(lines.join('\n')))
  const surest = read(
    '상태,결제금액,결제일시,거래구분,거래번호,승인번호,거래금액,거래일시',
    '정상,9000,2026-01-01 10:00,취소,T1,A2,1000,2026-01-03 10:00',
  )
  expect(surest.errors).toEqual([])
  expect(surest.movements).toMatchObject([
    { movement: 'refund', amount: 1_000, at: Temporal.Instant.from('2026-01-03T01:00:00Z') },
  ])
  const twice = read('구분,거래번호,승인번호,거래금액,거래금액(원),거래일시', '결제,T1,A1,1,2,2026-01-01')
  expect(twice.movements).toEqual([])
  expect(twice.errors).toMatchObject([
    { field: 'rows.1.amount', code: 'twice', message: { ko: expect.stringContaining("'거래금액'") } },
  ])
  // What does not count may be there as often as it likes.
  expect(
    read('구분,거래번호,승인번호,금액,결제금액,결제금액,거래일시', '결제,T1,A1,1,2,2,2026-01-01').movements,
  ).toMatchObject([{ amount: 1 }])
})

it('a payment and its cancel may go by one number; two of a kind may not', () => {
  const cancel = ROW.replace('PAYMENT', 'CANCEL')
  expect(readSettlement(`${HEAD}\n${ROW}\n${cancel}`)).toMatchObject([
    { movement: 'charge', id: 'A1' },
    { movement: 'refund', id: 'A1' },
  ])
  expect(readSettlement(`${HEAD}\n${ROW}\n${cancel}\n${cancel}`)).toBeUndefined()
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
