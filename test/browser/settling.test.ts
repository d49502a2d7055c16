import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customer } from '../support/people.ts'
import { beginPayment, placeOrder, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'

const PROCESSING = '결제를 확인하고 있습니다'
const PAID = '결제가 완료되었습니다'

describe.runIf(hasBrowser)('a payment whose outcome is open, in a real browser', () => {
  let system: System
  let browser: Browser
  let itemId: string

  beforeAll(async () => {
    system = await startSystem({
      settings: { PAYMENT_TIMEOUT_MS: '1500', PAYMENT_LOOK_SECONDS: Array<number>(60).fill(1).join(',') },
    })
    const [item] = await stockShelves(system, 3)
    itemId = item?.id ?? ''
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it.each([true, false])(
    'is shown as soon as it is known, and nobody reloads (scripts: %s)',
    async (javaScriptEnabled) => {
      const person = await customer(system)
      const order = await placeOrder(person, itemId)
      const payment = await beginPayment(person, order.id)
      // The charge is made and its answer lost; looking it up does not work, either.
      await system.bank.faults(
        { match: { operation: 'approve' }, effect: { kind: 'reset_after' } },
        { match: { operation: 'order' }, effect: { kind: 'http_5xx' } },
      )
      const { context, page } = await openWindow(browser, [system.url, system.bank.url], {
        viewport: SIZES[0].viewport,
        javaScriptEnabled,
      })
      await page.goto(payment.redirectUrl ?? '')
      await page.getByRole('button', { name: '결제하기' }).click()
      await page.getByRole('heading', { name: PROCESSING }).waitFor()
      await page.getByText('다시 결제하지 마세요', { exact: false }).waitFor()
      const address = page.url()
      await system.bank.heal()
      await page.getByRole('heading', { name: PAID }).waitFor()
      expect(page.url()).toBe(address)
      expect(await page.title()).toContain(PAID)
      // Said to those who do not see it, and not asked for again.
      if (javaScriptEnabled) expect(await page.locator('#news-of-page').innerText()).toBe(PAID)
      await context.close()
    },
    JOURNEY_MS,
  )
})
