import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { changeItem, placeOrder, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { Payment } from '../support/views.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { openConsole } from './console.ts'
import { barriers, misfits, misfitsAt, picture } from './looks.ts'

describe.runIf(hasBrowser)('a cash receipt that waits for a person, in the console', () => {
  let system: System
  let browser: Browser
  let merchant: Person
  let buyer: Person
  let itemId: string

  beforeAll(async () => {
    system = await startSystem({ toss: true })
    itemId = (await stockShelves(system, 1))[0]?.id ?? ''
    merchant = await colleague(system, 'merchant')
    await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
    await setStock(merchant, itemId, 10)
    buyer = await customer(system)
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const receiptOf = async (paymentId: string) =>
    at((await merchant.api.get(`/api/admin/payments/${paymentId}`)).body, 'payment', 'cashReceipt')
  const becomes = (paymentId: string, state: string) =>
    until(async () => at(await receiptOf(paymentId), 'state') === state, {
      what: `the receipt to be ${state}`,
      deadlineMs: 40_000,
      everyMs: 200,
    })

  /** Paid by transfer, with a number that the tax office does not take. */
  async function refused(): Promise<string> {
    await system.bank.faults({
      match: { provider: 'toss', operation: 'receipt_issue' },
      effect: { kind: 'decline', code: 'INVALID_REQUEST', message: '없는 번호입니다.' },
    })
    const order = await placeOrder(buyer, itemId, 1)
    const cashReceipt = { use: 'deduction', number: '010-1234-5678' }
    const json = { orderId: order.id, provider: 'toss', cashReceipt }
    const begun = expectBody(await buyer.api.post('/api/payments', { key: true, json }), 201, Payment)
    const page = new URL(begun.redirectUrl ?? '')
    const agreed = await fetch(`${page.origin}${page.pathname}/approve`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ ...Object.fromEntries(page.searchParams), method: 'transfer' }),
    })
    await system.api().get(agreed.headers.get('location') ?? '')
    await becomes(begun.id, 'refused')
    await system.bank.heal()
    return begun.id
  }

  it(
    'is sent again to a corrected number, and another one is given up; both are seen at once',
    async () => {
      const [wrong, other] = [await refused(), await refused()]
      const { context, page, trouble, go } = await openConsole(browser, system, merchant)
      const looks = async (name: string) => {
        expect(await misfits(page)).toEqual([])
        expect(await barriers(page)).toEqual([])
        await picture(page, `${name}.png`)
        const narrow = { width: 375, height: 800 }
        expect(await misfitsAt(page, narrow)).toEqual([])
        await page.setViewportSize(narrow)
        await picture(page, `${name}-narrow.png`)
        await page.setViewportSize({ width: 1440, height: 900 })
      }
      await go(`/payments/${wrong}`)
      const receipt = page.getByRole('region', { name: '현금영수증' })
      await receipt.getByText('없는 번호입니다.', { exact: false }).waitFor()
      await receipt.getByRole('button', { name: '다시 보내기' }).click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByText('발급되어야 할 금액은 30,000원입니다.', { exact: false }).waitFor()
      const send = dialog.getByRole('button', { name: '다시 보내기' })
      expect(await send.isDisabled()).toBe(true)
      await dialog.getByLabel('고친 번호 (비우면 그대로)').fill('12')
      await dialog.getByLabel('근거 (무엇을 보았는지)').fill('고객이 전화로 알려 준 번호')
      await looks('receipt-again')
      await send.click()
      await dialog.getByRole('alert').filter({ hasText: '휴대전화 번호를 입력해 주세요' }).waitFor()
      // The refusal is told of by the browser too.
      trouble.length = 0
      await dialog.locator('select').selectOption('expenditure')
      await dialog.getByLabel('고친 번호 (비우면 그대로)').fill('123-45-67891')
      await send.click()
      await page.locator('.toast', { hasText: '다시 보냅니다' }).waitFor()
      await becomes(wrong, 'settled')
      expect(await receiptOf(wrong)).toMatchObject({ number: '123-**-*7891', standing: 30_000 })
      expect(await system.bank.journal(`?kind=cash_receipt&partnerOrderId=${wrong}`)).toHaveLength(1)

      await go(`/payments/${other}`)
      await receipt.getByRole('button', { name: '종결' }).click()
      await dialog.getByLabel('사유').fill('현장에서 직접 발급함')
      await looks('receipt-give-up')
      await dialog.getByRole('button', { name: '종결' }).click()
      await page.locator('.toast', { hasText: '종결했습니다' }).waitFor()
      await receipt.getByRole('button', { name: '다시 보내기' }).waitFor({ state: 'detached' })
      expect(await receiptOf(other)).toMatchObject({ state: 'given_up', standing: 0 })
      await looks('receipt-given-up')
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
