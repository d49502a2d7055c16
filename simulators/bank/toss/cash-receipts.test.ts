import { expect, test } from 'vitest'
import { addFault, asObject, journal, testBank } from '../testing.ts'
import { CHECKOUT, checkout, toss } from './testing.ts'

const ASKED = {
  amount: 15_000,
  orderId: CHECKOUT.orderId,
  orderName: '비타민 D',
  customerIdentityNumber: '01012345678',
  type: '소득공제',
}
const today = () => new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10)

test('is issued, taken back in parts, and listed by its day; no money moves', async () => {
  const bank = await testBank()
  const issued = await toss(bank, 'POST', 'cash-receipts', ASKED)
  expect(issued.status).toBe(200)
  expect(issued.body).toMatchObject({
    orderId: CHECKOUT.orderId,
    issueStatus: 'COMPLETED',
    transactionType: 'CONFIRM',
    issueNumber: '000000001',
    customerIdentityNumber: '*******5678',
    amount: 15_000,
  })
  const cancel = `cash-receipts/${issued.body.receiptKey}/cancel`
  expect((await toss(bank, 'POST', cancel, { amount: 5_000 })).body).toMatchObject({
    transactionType: 'CANCEL',
    amount: 5_000,
  })
  expect((await toss(bank, 'POST', cancel, { amount: 10_001 })).body.code).toBe('NOT_CANCELABLE_AMOUNT')
  expect((await toss(bank, 'POST', cancel, {})).body.amount).toBe(10_000)
  expect((await toss(bank, 'POST', cancel, {})).body.code).toBe('NOT_CANCELABLE_AMOUNT')
  expect((await toss(bank, 'POST', 'cash-receipts/R0/cancel', {})).status).toBe(404)
  const list = async (query: string) => (await toss(bank, 'GET', `cash-receipts?requestDate=${query}`)).body
  const first = await list(`${today()}&limit=2`)
  expect(first).toMatchObject({ hasNext: true, lastCursor: 2 })
  expect((await list(`${today()}&limit=2&cursor=2`)).data).toMatchObject([{ amount: 10_000 }])
  expect(await list('2020-01-01')).toMatchObject({ hasNext: false, data: [] })
  expect((await list('yesterday')).code).toBe('INVALID_REQUEST')
  const rows = await journal(bank)
  expect(rows.map(({ kind }) => kind)).toEqual(['cash_receipt', 'cash_receipt', 'cash_receipt'])
  expect(JSON.stringify(rows)).not.toContain('01012345678')
  const shown = await fetch(`${bank.url}/toss/receipt/${issued.body.receiptKey}`)
  expect(shown.status).toBe(200)
})

test('twice without an idempotency key is two; with one it is one; a fault refuses it', async () => {
  const bank = await testBank()
  await toss(bank, 'POST', 'cash-receipts', ASKED)
  const key = { 'idempotency-key': 'one-key-for-it' }
  const first = await toss(bank, 'POST', 'cash-receipts', ASKED, key)
  expect((await toss(bank, 'POST', 'cash-receipts', ASKED, key)).body).toEqual(first.body)
  expect(await journal(bank)).toHaveLength(2)
  expect((await toss(bank, 'POST', 'cash-receipts', { ...ASKED, type: '모름' })).status).toBe(400)
  await addFault(bank, { operation: 'receipt_issue' }, { kind: 'decline', code: 'FORBIDDEN_REQUEST' })
  expect((await toss(bank, 'POST', 'cash-receipts', ASKED)).body.code).toBe('FORBIDDEN_REQUEST')
})

test('who pays out of an account sees it in the payment', async () => {
  const bank = await testBank()
  const { back } = await checkout(bank, 'approve', { method: 'transfer' })
  const confirmed = await toss(bank, 'POST', 'payments/confirm', {
    paymentKey: back.get('paymentKey'),
    orderId: back.get('orderId'),
    amount: Number(back.get('amount')),
  })
  expect(confirmed.body).toMatchObject({ method: '계좌이체', card: null, cashReceipt: null, status: 'DONE' })
  expect(asObject(confirmed.body.transfer)).toMatchObject({ bankCode: '88' })
})
