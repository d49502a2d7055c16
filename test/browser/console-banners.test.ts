import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { photo } from '../../src/shop/pictures/pictures.fixture.ts'
import { at } from '../support/json.ts'
import { colleague, type Person } from '../support/people.ts'
import { stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole } from './console.ts'
import { picture } from './looks.ts'

describe.runIf(hasBrowser)('banners of the first page', () => {
  let system: System
  let browser: Browser
  let merchant: Person

  beforeAll(async () => {
    system = await startSystem()
    await stockShelves(system, 1)
    merchant = await colleague(system, 'merchant')
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const home = async () => (await fetch(system.url)).text()
  const toast = (page: Page, text: string) => page.locator('.toast', { hasText: text }).first().waitFor()

  for (const size of CONSOLE_SIZES)
    it(
      `writes one with its preview, gives it a picture, orders, hides and removes it (${size.name})`,
      async () => {
        const name = `가을 행사 ${size.name}`
        const { context, page, trouble, go } = await openConsole(browser, system, merchant, size)
        const write = async (title: string) => {
          await page.getByLabel('제목 (한국어').fill(title)
          await page.getByLabel('제목 (영어').fill('Autumn')
          await page.getByLabel('설명 (한국어').fill('지금 담아 두세요')
          await page.getByLabel('설명 (영어').fill('Now')
          await page.getByRole('button', { name: '저장' }).click()
        }
        await go('/banners')
        await page.getByRole('link', { name: '새 배너' }).click()
        await page.getByLabel('누르면').selectOption('page')
        await page.getByLabel('주소 (/로 시작)').fill('//example.com')
        await page.getByLabel('보여 주기 시작하는 때').fill('2020-01-01T00:00')
        await page.getByLabel('끝나는 때').fill('2099-12-31T23:59')
        await write(name)
        await page.getByRole('alert').filter({ hasText: '안의 화면으로만' }).waitFor()
        // The refusal is told of by the browser too.
        trouble.length = 0
        await page.getByRole('region', { name: '미리 보기' }).getByText(name).waitFor()
        await page.getByLabel('주소 (/로 시작)').fill('/items?sale=1')
        await write(name)
        await toast(page, name)
        expect(await home()).toContain(name)

        await page.getByLabel('사진 파일').setInputFiles({
          name: 'banner.jpg',
          mimeType: 'image/jpeg',
          buffer: await photo(9, 800, 500),
        })
        await toast(page, '사진을 바꿨습니다')
        expect(await home()).toContain('class="banner-picture"')

        await page.getByLabel('숨김').check()
        await page.getByRole('button', { name: '저장' }).click()
        await page.getByLabel('숨김').and(page.locator(':checked')).waitFor()
        await toast(page, '저장했습니다')
        await page.getByRole('link', { name: '목록으로' }).click()
        await page.getByText('숨김').first().waitFor()
        expect(await home()).not.toContain(name)

        await page.getByRole('link', { name: '새 배너' }).click()
        await page.getByLabel('보여 주기 시작하는 때').fill('2020-01-01T00:00')
        await page.getByLabel('끝나는 때').fill('2099-12-31T23:59')
        await write(`겨울 ${size.name}`)
        await toast(page, `겨울 ${size.name}`)
        await page.getByRole('link', { name: '목록으로' }).click()
        await page.getByRole('button', { name: `겨울 ${size.name}: 앞으로` }).click()
        await toast(page, '순서를 바꿨습니다')
        for (const title of [`겨울 ${size.name}`, name]) {
          await page.getByText(title, { exact: true }).click()
          await page.getByRole('button', { name: '지우기' }).click()
          await page.getByRole('alertdialog').getByRole('button', { name: '지우기' }).click()
          await page.getByText(title, { exact: true }).waitFor({ state: 'detached' })
        }
        expect(trouble).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )

  it(
    'an order that a colleague has changed meanwhile is not written over: the new one is shown, with a word',
    async () => {
      const json = (ko: string) => ({
        title: { ko, en: ko },
        text: { ko: '지금 담아 두세요', en: 'Now' },
        target: { kind: 'page', value: '/items' },
        tone: 'green',
        startsAt: '2020-01-01T00:00:00Z',
        endsAt: '2099-12-31T00:00:00Z',
        isHidden: false,
      })
      const ids: string[] = []
      for (const name of ['가나', '다라', '마바'])
        ids.push(
          String(
            at((await merchant.api.post('/api/admin/banners', { key: true, json: json(name) })).body, 'id'),
          ),
        )
      const { context, page, trouble, go } = await openConsole(browser, system, merchant)
      await go('/banners')
      const names = () => page.locator('tbody tr td:first-child').allInnerTexts()
      expect(await names()).toEqual(['가나', '다라', '마바'])
      const [a, b, c] = ids
      const order = { ids: [c, a, b], was: [a, b, c] }
      expect((await merchant.api.send('PUT', '/api/admin/banners/order', { json: order })).status).toBe(200)
      await page.getByRole('button', { name: '다라: 앞으로' }).click()
      await page.getByRole('alert').filter({ hasText: '순서가 바뀌었습니다' }).waitFor()
      await page.locator('tbody tr:first-child', { hasText: '마바' }).waitFor()
      expect(await names()).toEqual(['마바', '가나', '다라'])
      await picture(page, 'banners-moved.png')
      // The refusal is told of by the browser too.
      trouble.length = 0
      await page.getByRole('button', { name: '다라: 앞으로' }).click()
      await toast(page, '순서를 바꿨습니다')
      expect(await names()).toEqual(['마바', '다라', '가나'])
      expect(await page.getByRole('alert').count()).toBe(0)
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
