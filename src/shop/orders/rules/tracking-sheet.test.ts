import { describe, expect, it } from 'vitest'
import { readCsv, writeCsv } from '../../../platform/text/csv.ts'
import { CARRIERS } from './delivery.ts'
import {
  CARRIER_NAMES,
  firstErrors,
  type LineToSend,
  MOST_ROWS,
  readTrackingSheet,
  sheetOf,
} from './tracking-sheet.ts'

const ORDER = '20261121-7K3QX9'
const read = (text: string) => readTrackingSheet(readCsv(text))
const HEAD = '주문번호,상품순번,수량,택배사,운송장번호'
const errorsOf = (...rows: string[]) =>
  read([HEAD, ...rows].join('\n')).errors.map(({ field, message }) => `${field} ${message.en.slice(0, 30)}`)

const line: LineToSend = {
  orderNumber: ORDER,
  lineNo: 2,
  itemName: '비타민 D',
  quantity: 3,
  receiver: '홍길동',
  phone: '010-0000-0000',
  postalCode: '04524',
  address: '서울특별시 중구 세종대로 110',
  note: '',
}

describe('the table of parcels', () => {
  it('goes out, is filled in, and comes back, in both languages', () => {
    for (const language of ['ko', 'en'] as const) {
      const out = sheetOf([line], language)
      expect(out[0]).toHaveLength(12)
      expect(read(writeCsv(out))).toEqual({ kind: 'sheet', rows: [], errors: [] })
      const filled = out.map((cells, n) =>
        n === 0 ? cells : [...cells.slice(0, -3), 'CJ 대한통운', '1234 5678 9012', ''],
      )
      expect(read(writeCsv(filled))).toEqual({
        kind: 'sheet',
        errors: [],
        rows: [
          {
            row: 2,
            orderNumber: ORDER,
            wanted: { lineNo: 2, quantity: 3 },
            parcel: { carrier: 'cj_logistics', trackingNumber: '123456789012' },
            arrivedOn: null,
          },
        ],
      })
    }
  })

  it('may name an order as a whole, or a line of it, in columns of any order', () => {
    const { rows } = read(
      `tracking_number,Order Number,carrier,line\n123456,${ORDER.toLowerCase()},lotte,\n123457,${ORDER},한진,1`,
    )
    expect(rows.map(({ wanted }) => wanted)).toEqual([undefined, { lineNo: 1, quantity: undefined }])
    expect(rows.map(({ orderNumber }) => orderNumber)).toEqual([ORDER, ORDER])
  })

  it('knows every carrier by its code and its names', () => {
    for (const carrier of CARRIERS)
      for (const name of [
        carrier,
        carrier.toUpperCase(),
        CARRIER_NAMES[carrier].ko,
        CARRIER_NAMES[carrier].en,
      ]) {
        const { rows } = read(`${HEAD}\n${ORDER},,,${name},123456`)
        expect(rows[0]?.parcel.carrier, name).toBe(carrier)
      }
    expect(read(`${HEAD}\n${ORDER},,,우체국,123456`).rows[0]?.parcel.carrier).toBe('korea_post')
  })

  it('reads days of arrival as people and workbooks write them', () => {
    const day = (text: string) => {
      const { rows, errors } = read(`${HEAD},도착일\n${ORDER},,,한진,123456,${text}`)
      return rows[0]?.arrivedOn?.toString() ?? errors[0]?.field ?? null
    }
    for (const text of ['2026-11-28', '2026.11.28', '2026. 11. 28.', '2026/11/28', '46354', '46354.5'])
      expect(day(text), text).toBe('2026-11-28')
    expect(day('')).toBeNull()
    for (const text of ['2026-02-30', '11-28', '어제', '1']) expect(day(text), text).toBe('rows.2.arrivedOn')
    expect(read(`${HEAD},도착일\n${ORDER},,,,,2026-11-28`).errors[0]?.field).toBe('rows.2.carrier')
  })

  it('tells what is wrong by row and column, and keeps what is right', () => {
    expect(
      errorsOf(
        `${ORDER},,,한진,123456`,
        `2026-1,,,한진,123456`,
        `${ORDER},,,비둘기,123456`,
        `${ORDER},,,한진,1.23E+11`,
        `${ORDER},,,한진,`,
        `${ORDER},,,,123456`,
        `${ORDER},x,,한진,123456`,
        `${ORDER},1,0,한진,123456`,
        `${ORDER},,2,한진,123456`,
        `,,,,`,
      ),
    ).toEqual([
      'rows.3.orderNumber This is no order number, e.g. ',
      'rows.4.carrier This carrier is not known. Ple',
      'rows.5.trackingNumber A tracking number has 6 to 30 ',
      'rows.6.trackingNumber A tracking number has 6 to 30 ',
      'rows.7.carrier This carrier is not known. Ple',
      'rows.8.lineNo Must be a whole number of at l',
      'rows.9.quantity Must be a whole number of at l',
      'rows.10.lineNo Please name the line, too, whe',
    ])
    expect(read(`${HEAD}\n${ORDER},,,한진,123456\nx,,,한진,123456`).rows).toHaveLength(1)
  })

  it('must have its headings, and a bound', () => {
    for (const text of ['', '주문번호,택배사\n1,2', '1,2,3'])
      expect(read(text).errors.map(({ field }) => field)).toEqual(['rows.1.orderNumber'])
    const rows = (count: number) =>
      [HEAD, ...Array.from({ length: count }, (_, n) => `${ORDER},1,1,한진,${100_000 + n}`)].join('\n')
    expect(read(rows(MOST_ROWS)).rows).toHaveLength(MOST_ROWS)
    const over = read(rows(MOST_ROWS + 1))
    expect([over.rows, over.errors[0]?.field]).toEqual([[], `rows.${MOST_ROWS + 2}.orderNumber`])
    const many = read([HEAD, ...Array.from({ length: 150 }, () => 'x,,,한진,123456')].join('\n'))
    expect([many.errors.length, firstErrors(many.errors).length]).toEqual([150, 100])
  })
})
