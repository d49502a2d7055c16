import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { businessDate } from '../../src/platform/time/clock.ts'
import { execute } from '../support/database.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { buy, changeItem, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { openConsole } from './console.ts'
import { barriers, misfits, misfitsAt, picture } from './looks.ts'

describe.runIf(hasBrowser)('KakaoPay’s table of a day in the console', () => {
  let system: System
  let browser: Browser
  let merchant: Person
  let itemId: string

  beforeAll(async () => {
    // As in production: no list for programs.
    system = await startSystem({ settings: { KAKAOPAY_SETTLEMENT_PATH: '' } })
    itemId = (await stockShelves(system, 2))[0]?.id ?? ''
    merchant = await colleague(system, 'merchant')
    await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
    await setStock(merchant, itemId, 10)
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it(
    'is asked for by its day until it is brought; what has changed since it was shown is shown again',
    async () => {
      const minji = await customer(system)
      await buy(system, minji, itemId)
      // A week ago, the bank and our books say.
      const today = businessDate(system.now())
      const day = today.subtract({ days: 7 }).toString()
      const earlier = (rows: string) => rows.replaceAll(today.toString(), day)
      const list = async () => {
        const query = new URLSearchParams({ startDate: today.toString(), endDate: today.toString() })
        return earlier(await (await fetch(`${system.bank.url}/kakaopay/settlement?${query}`)).text())
      }
      const move = () =>
        execute(
          system.databaseUrl,
          `update payments.attempt set paid_at = paid_at - interval '7 days' where paid_at > now() - interval '1 day'`,
        )
      await move()
      await buy(system, minji, itemId)
      const table = await list()

      const { context, page, trouble, go } = await openConsole(browser, system, merchant)
      await go('/overview')
      const waiting = page.getByRole('listitem').filter({ hasText: /^올리지 않은 정산 표 \(일\) 1$/ })
      await waiting.waitFor()
      await waiting.getByRole('link').click()
      const missing = page.getByRole('region', { name: '아직 올리지 않은 정산 표' })
      await missing.getByText(day).waitFor()

      await page.getByRole('region', { name: '정산 표로 대사' }).getByLabel('날짜').fill(day)
      await page
        .getByLabel('정산 표 (XLSX, CSV)')
        .setInputFiles({ name: 'settled.csv', mimeType: 'text/csv', buffer: Buffer.from(table) })
      await page.getByRole('button', { name: '미리 보기' }).click()
      await page.getByText('일치 1건, 다른 날 1건, 차이 0건', { exact: false }).waitFor()
      // Our books get to know of the other one after all.
      await move()
      await page.getByRole('button', { name: '이대로 남기기' }).click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByRole('button', { name: '이대로 남기기' }).click()
      await page.getByText('그사이 장부나 표가 바뀌어 다시 맞춰 보았습니다.', { exact: false }).waitFor()
      await page.getByText('일치 2건, 다른 날 0건, 차이 0건', { exact: false }).waitFor()
      await missing.getByText(day).waitFor()
      // The refusal is told of by the browser too.
      trouble.length = 0
      expect(await barriers(page)).toEqual([])
      expect(await misfits(page)).toEqual([])
      expect(await misfitsAt(page, { width: 375, height: 800 })).toEqual([])
      await picture(page, 'settlement-anew.png')
      await page.setViewportSize({ width: 375, height: 800 })
      await picture(page, 'settlement-anew-narrow.png')
      await page.setViewportSize({ width: 1440, height: 900 })

      await page.getByRole('button', { name: '이대로 남기기' }).click()
      await dialog.getByRole('button', { name: '이대로 남기기' }).click()
      await page.locator('.toast', { hasText: '일치 2건, 차이 0건' }).waitFor()
      await missing.waitFor({ state: 'detached' })
      expect([...(await system.metric('settlement_tables_missing')).values()]).toEqual([0])
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})

describe.runIf(hasBrowser)('A list that a provider does not give', () => {
  let system: System
  let browser: Browser
  let merchant: Person

  beforeAll(async () => {
    // Its address has changed there.
    system = await startSystem({ settings: { KAKAOPAY_SETTLEMENT_PATH: '/kakaopay/moved' } })
    const itemId = (await stockShelves(system, 2))[0]?.id ?? ''
    merchant = await colleague(system, 'merchant')
    await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
    await setStock(merchant, itemId, 10)
    await buy(system, await customer(system), itemId)
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it(
    'is told on the overview, with its day and why; a person asks again, and it stays told until it is compared',
    async () => {
      const day = businessDate(system.now()).subtract({ days: 7 }).toString()
      await execute(
        system.databaseUrl,
        `update payments.attempt set paid_at = paid_at - interval '7 days' where paid_at is not null`,
      )
      const { context, page, trouble, go } = await openConsole(browser, system, merchant)
      await go('/overview')
      const waiting = page.getByRole('listitem').filter({ hasText: /^받지 못한 정산 내역 \(일\) \d+$/ })
      await waiting.waitFor()
      await waiting.getByRole('link').click()
      const notHad = page.getByRole('region', { name: '받지 못한 정산 내역' })
      const line = notHad.getByRole('listitem').filter({ hasText: `${day} 카카오페이` })
      await line.waitFor()
      await line.getByRole('button').click()
      await page.locator('.toast', { hasText: '결제사의 정산 내역을 받지 못했습니다' }).waitFor()
      await line.getByText('답이 정산 내역이 아닙니다', { exact: false }).waitFor()
      // The refusal is told of by the browser too.
      trouble.length = 0
      expect(await barriers(page)).toEqual([])
      expect(await misfits(page)).toEqual([])
      expect(await misfitsAt(page, { width: 375, height: 800 })).toEqual([])
      await picture(page, 'settlement-list.png')
      await page.setViewportSize({ width: 375, height: 800 })
      await picture(page, 'settlement-list-narrow.png')
      await page.setViewportSize({ width: 1440, height: 900 })
      expect(Number([...(await system.metric('settlement_lists_not_had')).values()][0])).toBeGreaterThan(0)

      // Somebody brings the table of the day meanwhile.
      const query = new URLSearchParams({ startDate: day, endDate: businessDate(system.now()).toString() })
      const table = await (await fetch(`${system.bank.url}/kakaopay/settlement?${query}`)).text()
      await page.getByRole('region', { name: '정산 표로 대사' }).getByLabel('날짜').fill(day)
      const buffer = Buffer.from(table.replaceAll(businessDate(system.now()).toString(), day))
      await page
        .getByLabel('정산 표 (XLSX, CSV)')
        .setInputFiles({ name: 'settled.csv', mimeType: 'text/csv', buffer })
      await page.getByRole('button', { name: '미리 보기' }).click()
      await page.getByRole('button', { name: '이대로 남기기' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: '이대로 남기기' }).click()
      await line.waitFor({ state: 'detached' })
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
