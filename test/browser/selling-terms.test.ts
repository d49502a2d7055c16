import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { openConsole } from './console.ts'
import { barriers, misfits, misfitsAt, picture } from './looks.ts'

describe.runIf(hasBrowser)('Fees and discounts in the console', () => {
  let system: System
  let browser: Browser
  let merchant: Person
  let itemId: string

  beforeAll(async () => {
    system = await startSystem({ settings: { DELIVERY_FEE: '3000', FREE_DELIVERY_FROM: '30000' } })
    itemId = (await stockShelves(system, 2))[0]?.id ?? ''
    merchant = await colleague(system, 'merchant')
    await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 20_000, discountPercent: 0 })
    await setStock(merchant, itemId, 10)
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it(
    'are published by the merchant, beginning with those in force, and carts follow when they hold',
    async () => {
      const minji = await customer(system)
      const added = await minji.api.post('/api/cart/lines', { key: true, json: { itemId, quantity: 1 } })
      expect(at(added.body, 'amounts', 'deliveryFee')).toBe(3_000)
      const { context, page, trouble, go } = await openConsole(browser, system, merchant)
      await go('/selling-terms')
      const versions = page.getByRole('region', { name: '공표한 요금' })
      await versions.getByRole('row', { name: /서버 설정 적용 중 처음부터 3,000원 30,000원/ }).waitFor()
      const publish = page.getByRole('button', { name: '공표', exact: true })
      expect(await publish.isDisabled()).toBe(true)
      await page.getByLabel('배송비 (원)').fill('3500')
      await page.getByLabel('정기배송 할인 (%)').fill('5')
      await publish.click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByText('배송비: 3,000원 → 3,500원').waitFor()
      await dialog.getByText('동의할 글도 바뀝니다', { exact: false }).waitFor()
      await picture(page, 'selling-terms-dialog.png')
      await dialog.getByRole('button', { name: '공표' }).click()
      await page.locator('.toast', { hasText: '제1판을 공표했습니다' }).waitFor()
      await versions.getByRole('row', { name: /1 적용 예정 .* 3,500원 30,000원/ }).waitFor()

      // What is planned can be taken back with the terms in force, for a moment that can be read, and is not undone later.
      expect(await publish.isEnabled()).toBe(true)
      const from = page.getByLabel('적용 시각')
      await from.fill('202701-01-01T09:00')
      await page.getByText('연도는 네 자리로', { exact: false }).waitFor()
      expect(await publish.isDisabled()).toBe(true)
      await from.fill('2099-01-01T09:00')
      expect(await page.getByLabel('배송비 (원)').inputValue()).toBe('3500')
      expect(await publish.isDisabled()).toBe(true)
      await from.fill('')
      await publish.click()
      await dialog.getByText('그때까지의 요금을 그대로 둡니다').waitFor()
      await dialog.getByText('판 1', { exact: true }).waitFor()
      await picture(page, 'selling-terms-taken-back.png')
      await dialog.getByRole('button', { name: '취소' }).click()

      // What somebody published a while ago is in force by now.
      await execute(
        system.databaseUrl,
        `insert into orders.selling_terms
         select 2, 2500, free_from, return_fee, exchange_fee, 0, published_at - interval '1 hour',
           published_at - interval '2 hours', published_by from orders.selling_terms where version = 1`,
      )
      await until(
        async () =>
          at((await minji.api.get('/api/cart')).body, 'amounts', 'deliveryFee') === 2_500 ? true : undefined,
        { deadlineMs: 30_000, what: 'the cart to show the new fee' },
      )
      await go('/selling-terms')
      await versions.getByRole('row', { name: /2 적용 중 .* 2,500원/ }).waitFor()
      await versions.getByRole('row', { name: /1 적용 전 바뀜|1 지난 요금/ }).waitFor()
      expect(await page.getByLabel('배송비 (원)').inputValue()).toBe('2500')
      expect(await barriers(page)).toEqual([])
      expect(await misfits(page)).toEqual([])
      expect(await misfitsAt(page, { width: 375, height: 800 })).toEqual([])
      await page.setViewportSize({ width: 1280, height: 900 })
      await picture(page, 'selling-terms.png')
      await page.setViewportSize({ width: 375, height: 800 })
      await picture(page, 'selling-terms-narrow.png')
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
