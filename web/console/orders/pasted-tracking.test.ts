import { describe, expect, it } from 'vitest'
import { readCsv } from '../../../src/platform/text/csv.ts'
import { readTrackingSheet } from '../../../src/shop/orders/rules/tracking-sheet.ts'
import { readPasted, tableLineOf, trackingTable } from './pasted-tracking.ts'

const ONE = '20261121-7K3QX9'
const TWO = '20261121-8K3QX9'

describe('rows pasted from a sheet', () => {
  it('are read by their heads, in any order', () => {
    const rows = readPasted(
      `운송장번호\t수량\t주문번호\t상품순번\t택배사\n6123-4567-8901\t2\t${ONE}\t1\t한진\n`,
      'logen',
    )
    expect(rows).toEqual([
      {
        line: 2,
        orderNumber: ONE,
        lineNo: '1',
        quantity: '2',
        carrier: 'hanjin',
        trackingNumber: '6123-4567-8901',
        arrivedOn: '',
        problem: undefined,
      },
    ])
  })

  it('are known by their looks without heads, with spaces, small letters and the usual carrier', () => {
    const rows = readPasted(`${ONE.toLowerCase()}\t홍길동\t1234 5678 9012\r\n\r\n${TWO},x`, 'hanjin')
    expect(rows[0]).toMatchObject({
      line: 1,
      orderNumber: ONE,
      carrier: 'hanjin',
      trackingNumber: '123456789012',
    })
    const commas = readPasted(`${ONE},CJ대한통운,123456789012\n\n${TWO},로젠,123456789013`, 'hanjin')
    expect(commas.map(({ line, carrier }) => [line, carrier])).toEqual([
      [1, 'cj_logistics'],
      [3, 'logen'],
    ])
  })

  it('say what is wrong with them', () => {
    const problem = (text: string) => readPasted(text, 'hanjin').map((row) => row.problem)
    const head = '주문번호\t택배사\t운송장번호\n'
    expect(problem(`${head}2026\t한진\t123456789012`)).toEqual(['number'])
    expect(problem(`${head}${ONE}\t비둘기\t123456789012`)).toEqual(['carrier'])
    expect(problem(`${head}${ONE}\t한진\t1.23E+11`)).toEqual(['tracking'])
    expect(problem(`${head}${ONE}\t한진\t`)).toEqual(['skipped'])
    expect(problem(`${ONE}\t123456789012\n${ONE}\t123456789013`)).toEqual(['twice', 'twice'])
    expect(problem('')).toEqual([])
  })

  it('become the table the API reads, and its errors find their rows again', () => {
    const pasted = `주문번호\t상품명\t수량\t상품순번\t택배사\t운송장번호\t도착일\n${ONE}\t"오메가 ""3""\n큰 병"\t1\t1\t한진\t\t\n${ONE}\t비타민\t2\t2\t우체국\t123456789012\t2026-11-29\n${TWO}\t칼슘\t1\t1\t한진\t123456789013\t`
    const rows = readPasted(pasted, 'other')
    const { csv, rowAt } = trackingTable(rows)
    const read = readTrackingSheet(readCsv(csv))
    expect(read.errors).toEqual([])
    expect(read.rows).toEqual([
      {
        row: 2,
        orderNumber: ONE,
        wanted: { lineNo: 2, quantity: 2 },
        parcel: { carrier: 'korea_post', trackingNumber: '123456789012' },
        arrivedOn: Temporal.PlainDate.from('2026-11-29'),
      },
      {
        row: 3,
        orderNumber: TWO,
        wanted: { lineNo: 1, quantity: 1 },
        parcel: { carrier: 'hanjin', trackingNumber: '123456789013' },
        arrivedOn: null,
      },
    ])
    const line = tableLineOf('rows.2.row')
    expect(rowAt.get(line ?? 0)?.line).toBe(4)
    expect(tableLineOf('body')).toBeUndefined()
  })
})
