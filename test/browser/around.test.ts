import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { colleague, customer, PASSWORD } from '../support/people.ts'
import { buy, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'
import { openConsole } from './console.ts'

describe.runIf(hasBrowser)('what stands around items, in a real browser', () => {
  let system: System
  let browser: Browser
  let items: Awaited<ReturnType<typeof stockShelves>>

  beforeAll(async () => {
    system = await startSystem()
    items = (await stockShelves(system, 30)).filter(({ available }) => available > 10)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  async function signIn(page: Page, email: string): Promise<void> {
    await page.goto(`${system.url}/login`)
    await page.getByLabel('이메일').fill(email)
    await page.getByLabel('비밀번호').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/my/)
  }

  for (const { name, viewport } of SIZES) {
    it(
      `reviews what was bought, changes and deletes it, and reads the letters (${name})`,
      async () => {
        const item = items[name === 'phone' ? 0 : 1]
        if (!item) throw new Error('nothing to buy')
        const buyer = await customer(system)
        const { order } = await buy(system, buyer, item.id)
        const { context, page, trouble } = await openWindow(browser, [system.url], { viewport })
        await signIn(page, buyer.email)
        await page.goto(`${system.url}/orders/${order.id}`)
        await page.getByRole('link', { name: '리뷰 쓰기' }).click()
        await page.getByText('★★★★', { exact: true }).click()
        await page.getByLabel('리뷰 내용').fill('너무 짧다')
        await page.getByRole('button', { name: '리뷰 등록' }).click()
        // What was typed is still there, and the field says what to do.
        await page.locator('.error').first().waitFor()
        expect(await page.getByLabel('리뷰 내용').inputValue()).toBe('너무 짧다')
        await page.getByLabel('리뷰 내용').fill('아침마다 먹기 편하고 속이 편안해서 다시 샀어요. 추천합니다.')
        await page.getByRole('button', { name: '리뷰 등록' }).click()
        await page.getByText('리뷰를 등록했습니다.', { exact: false }).waitFor()

        await page.getByText('수정', { exact: true }).click()
        await page.getByLabel('리뷰 내용').fill('한 달을 먹어 보니 처음보다 훨씬 더 마음에 듭니다.')
        await page.getByRole('button', { name: '수정 저장' }).click()
        await page.getByText('리뷰를 수정했습니다.').waitFor()
        await page.goto(`${system.url}/items/${item.id}/reviews`)
        await page.getByText('한 달을 먹어 보니', { exact: false }).waitFor()
        await page.getByText('4점 1개').waitFor()

        await page.goto(`${system.url}/reviews`)
        await page.getByText('삭제', { exact: true }).first().click()
        await page.getByRole('button', { name: '삭제' }).click()
        await page.getByText('리뷰를 삭제했습니다.').waitFor()
        await page.goto(`${system.url}/items/${item.id}/reviews`)
        await page.getByText('아직 리뷰가 없습니다.').waitFor()

        await expect
          .poll(
            async () => {
              await page.goto(`${system.url}/notifications`)
              return page.getByText('읽지 않은 알림', { exact: false }).count()
            },
            { timeout: 60_000 },
          )
          .toBe(1)
        await page.getByRole('button', { name: '모두 읽음으로 표시' }).click()
        await expect.poll(() => page.getByText('읽지 않은 알림', { exact: false }).count()).toBe(0)
        expect(trouble).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )
  }

  for (const { name, viewport } of SIZES) {
    it(
      `asks about an item, openly and privately, and reads the merchant’s answer and a letter of it (${name})`,
      async () => {
        const item = items[name === 'phone' ? 4 : 5]
        if (!item) throw new Error('nothing to ask about')
        const asker = await customer(system)
        const { context, page, trouble } = await openWindow(browser, [system.url], { viewport })
        await signIn(page, asker.email)
        await page.goto(`${system.url}/items/${item.id}`)
        await page.getByRole('link', { name: '문의하기' }).click()
        await page.getByLabel('문의 내용').fill('몇 알')
        await page.getByRole('button', { name: '문의 등록' }).click()
        // What was typed is still there, and the field says what to do.
        await page.locator('.error').first().waitFor()
        expect(await page.getByLabel('문의 내용').inputValue()).toBe('몇 알')
        await page.getByLabel('문의 내용').fill('하루에 몇 알을 먹나요?')
        await page.getByRole('button', { name: '문의 등록' }).click()
        await page.getByText('문의를 등록했습니다.').waitFor()
        await page.getByText('수정', { exact: true }).click()
        await page.getByLabel('문의 내용').fill('아침저녁으로 몇 알을 먹나요?')
        await page.getByRole('button', { name: '수정 저장' }).click()
        await page.getByText('문의를 수정했습니다.').waitFor()

        const secret = `제 전화번호는 ${asker.id} 입니다`
        await page.goto(`${system.url}/items/${item.id}/questions/new`)
        await page.getByLabel('문의 내용').fill(secret)
        await page.getByLabel('비밀글로 문의하기').check()
        await page.getByRole('button', { name: '문의 등록' }).click()
        await page.locator('p.lines', { hasText: secret }).waitFor()

        const merchant = await colleague(system, 'merchant')
        const desk = await openConsole(browser, system, merchant)
        await desk.go(`/questions?itemId=${item.id}`)
        const answers = new Map([
          ['아침저녁으로', `아침에 두 알입니다. https://evil.test/${asker.id}`],
          [secret, `번호를 확인했습니다 ${asker.id}`],
        ])
        for (const [asked, given] of answers) {
          const row = desk.page.locator('tbody tr', { hasText: asked })
          await row.getByRole('textbox').fill(given)
          await row.getByRole('button', { name: '답변 등록' }).click()
          await row.getByText('답변 완료').waitFor()
        }
        expect(desk.trouble).toEqual([])
        await desk.context.close()

        await page.goto(`${system.url}/questions`)
        for (const given of answers.values()) await page.getByText(given).waitFor()
        expect(await page.getByText('수정', { exact: true }).count()).toBe(0)
        await expect
          .poll(
            async () => {
              await page.goto(`${system.url}/notifications`)
              return page.getByRole('link', { name: '내 문의 보기' }).count()
            },
            { timeout: 60_000 },
          )
          .toBe(2)
        // The letter tells that there is an answer, and nothing of what anybody wrote.
        expect(await page.content()).not.toContain('evil.test')
        expect(await page.content()).not.toContain(secret)

        // Everybody else, on the kept page of the item too, and whoever asks the API.
        const stranger = await openWindow(browser, [system.url], { viewport })
        await signIn(stranger.page, (await customer(system)).email)
        for (const path of [`/items/${item.id}`, `/items/${item.id}/questions`]) {
          await stranger.page.goto(`${system.url}${path}`)
          await stranger.page.getByText('아침에 두 알입니다.', { exact: false }).waitFor()
          await stranger.page.getByText('작성자와 판매자만 볼 수 있는 문의입니다.').waitFor()
          const html = await stranger.page.content()
          for (const text of [secret, answers.get(secret) ?? '']) expect(html).not.toContain(text)
        }
        const list = await system.api().get(`/api/questions?itemId=${item.id}`)
        expect(JSON.stringify(list.body)).not.toContain('번호')
        expect(stranger.trouble).toEqual([])
        await stranger.context.close()

        await page.goto(`${system.url}/questions`)
        await page.getByText('삭제', { exact: true }).first().click()
        await page.getByRole('button', { name: '삭제' }).click()
        await page.getByText('문의를 삭제했습니다.').waitFor()
        expect(trouble).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )
  }

  it(
    'remembers on the device what was looked at, and nowhere else',
    async () => {
      const [first, second] = items.slice(2)
      if (!first || !second) throw new Error('nothing to look at')
      const { context, page, trouble } = await openWindow(browser, [system.url], {
        viewport: SIZES[0].viewport,
      })
      await page.goto(`${system.url}/recent`)
      await page.getByText('최근 본 상품이 없습니다.').waitFor()
      await page.goto(`${system.url}/items/${first.id}`)
      await page.goto(`${system.url}/items/${second.id}`)
      await page.goto(system.url)
      const shelf = page.locator('section').filter({ hasText: '최근 본 상품' })
      const names = () => shelf.locator('.name').allInnerTexts()
      await expect.poll(names).toEqual([second.name, first.name])
      expect((await context.cookies()).map(({ name }) => name)).toEqual([])
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
