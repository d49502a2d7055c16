import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { photo } from '../../src/shop/pictures/pictures.fixture.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { buy, REVIEW_BODY, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'
import { CONSOLE_SIZES, openConsole } from './console.ts'
import { barriers, misfits } from './looks.ts'

describe.runIf(hasBrowser)('pictures, in a real browser', () => {
  let system: System
  let browser: Browser
  let merchant: Person
  let itemId: string

  beforeAll(async () => {
    system = await startSystem()
    itemId = (await stockShelves(system, 6)).find(({ available }) => available > 10)?.id ?? ''
    merchant = await colleague(system, 'merchant')
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })
  const file = async (name: string, shade: number) => ({
    name,
    mimeType: 'image/jpeg',
    buffer: await photo(shade, 1600, 1200),
  })
  const pictures = async () => {
    const { api } = merchant
    const { body } = await api.get(`/api/admin/items/${itemId}`)
    return JSON.stringify(body)
  }

  it(
    'a merchant adds them, is told what is none, orders them by keys, says what they show, and removes one',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, merchant, CONSOLE_SIZES[1])
      const toast = (text: string) => page.locator('.toast', { hasText: text }).waitFor()
      await go(`/items/${itemId}`)
      const field = page.getByLabel('사진 올리기')
      const svg = {
        name: 'logo.png',
        mimeType: 'image/png',
        buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      }
      await field.setInputFiles([
        await file('front.jpg', 1),
        svg,
        await file('back.jpg', 2),
        await file('label.jpg', 3),
      ])
      await toast('사진 3장을 올렸습니다')
      await page.getByText('logo.png: SVG 파일은 올릴 수 없습니다.', { exact: false }).waitFor()
      expect(trouble.splice(0)).toEqual([expect.stringMatching(/^422: .*pictures$/)])
      const shown = page.locator('.pictures img')
      const order = async () => Promise.all((await shown.all()).map((one) => one.getAttribute('src')))
      const before = await order()
      expect(before).toHaveLength(3)

      await page.getByRole('button', { name: '3번째 사진을 앞으로' }).focus()
      await page.keyboard.press('Enter')
      await toast('2번째로 옮겼습니다')
      await page.keyboard.press('Enter')
      await toast('1번째로 옮겼습니다')
      expect(await order()).toEqual([before[2], before[0], before[1]])
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(
        '1번째 사진을 뒤로',
      )

      const first = page.locator('.pictures > li').first()
      await first.getByLabel('설명 (한국어)').fill('병 앞면')
      await first.getByRole('button', { name: '설명 저장' }).click()
      await toast('설명을 저장했습니다')
      expect(await misfits(page)).toEqual([])
      expect(await barriers(page)).toEqual([])

      await page.locator('.pictures > li').nth(1).getByRole('button', { name: '지우기' }).click()
      await page.getByRole('alertdialog').getByText('2번째 사진을 지웁니다', { exact: false }).waitFor()
      await page.getByRole('alertdialog').getByRole('button', { name: '지우기' }).click()
      await toast('사진을 지웠습니다')
      expect(await order()).toEqual([before[2], before[1]])
      expect(await pictures()).toContain('병 앞면')
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'customers see them in a size that fits, nothing moves when they come, and buyers add their own',
    async () => {
      const buyer = await customer(system)
      const { order } = await buy(system, buyer, itemId)
      const { viewport } = SIZES[0]
      const { context, page, trouble } = await openWindow(browser, [system.url], { viewport })
      await page.addInitScript(() => {
        let moved = 0
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            moved += (entry as PerformanceEntry & { value: number }).value
          document.documentElement.dataset.moved = String(moved)
        }).observe({ type: 'layout-shift', buffered: true })
      })
      await page.goto(`${system.url}/items/${itemId}`)
      const main = page.getByRole('img', { name: '병 앞면' })
      await main.evaluate((image: HTMLImageElement) => image.decode())
      expect(
        await main.evaluate((image: HTMLImageElement) => [image.currentSrc.slice(-9), image.fetchPriority]),
      ).toEqual(['-640.webp', 'high'])
      await page.getByRole('link', { name: '2번째 사진 보기' }).click()
      expect(Number((await page.locator('html').getAttribute('data-moved')) ?? 0)).toBeLessThan(0.01)
      expect(await misfits(page)).toEqual([])
      expect(await barriers(page)).toEqual([])

      await page.goto(`${system.url}/login`)
      await page.getByLabel('이메일').fill(buyer.email)
      await page.getByLabel('비밀번호').fill(PASSWORD)
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/my/)
      await page.goto(`${system.url}/reviews/new?order=${order.id}&line=1`)
      await page.getByText('★★★★', { exact: true }).click()
      await page.getByLabel('리뷰 내용').fill(REVIEW_BODY)
      await page.getByLabel('사진', { exact: true }).setInputFiles([await file('사진.jpg', 9)])
      await page.getByRole('button', { name: '리뷰 등록' }).click()
      await page.getByText('리뷰를 등록했습니다.', { exact: false }).waitFor()
      await page.locator('.review-pictures img').first().waitFor()
      await page.getByText('수정', { exact: true }).click()
      await page.getByLabel('사진 1 지우기').check()
      expect(await barriers(page)).toEqual([])
      await page.getByRole('button', { name: '수정 저장' }).click()
      await page.getByText('리뷰를 수정했습니다.').waitFor()
      expect(await page.locator('.review-pictures').count()).toBe(0)
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
