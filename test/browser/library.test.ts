import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { borrow, readBook, registerBook, untilDashboard } from '../library/api.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'

describe.runIf(hasBrowser)('the library in a real browser', () => {
  let system: System
  let browser: Browser
  let librarian: Person

  beforeAll(async () => {
    system = await startSystem()
    librarian = await colleague(system, 'librarian')
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const press = (page: Page, name: string) =>
    page.getByRole('button', { name, exact: true }).locator('visible=true').first().click()

  async function signIn(page: Page, { email }: Person): Promise<void> {
    await page.getByRole('heading', { name: '로그인' }).waitFor()
    await page.getByLabel('이메일').fill(email)
    await page.getByLabel('비밀번호').fill(PASSWORD)
    await page.keyboard.press('Enter')
  }
  const number = (page: Page, term: string) =>
    page.locator('.numbers > div').filter({ hasText: term }).locator('dd').innerText()

  for (const { name, viewport } of SIZES) {
    it(
      `finds, borrows, renews and returns, and watches the numbers follow (${name})`,
      async () => {
        const title = `바람의 정원 ${name}`
        const book = await registerBook(librarian, 3, title)
        const reader = await customer(system)
        const { context, page, trouble } = await openWindow(browser, [system.url], { viewport })
        await page.goto(system.url)
        await page.getByRole('link', { name: '도서관' }).first().click()
        // Initial consonants, in the search field of the library.
        await page.getByRole('searchbox').first().fill('ㅂㄹㅇ')
        await page.keyboard.press('Enter')
        await page.getByRole('link', { name: title }).click()
        await page.getByText('대출 가능 3권').waitFor()
        await page.getByLabel('권수').fill('2')
        await press(page, '빌리기')
        await signIn(page, reader)
        await page.getByRole('heading', { level: 1, name: title }).waitFor()
        await page.getByLabel('권수').fill('2')
        await press(page, '빌리기')
        await page.getByRole('heading', { level: 1, name: '내 서재' }).waitFor()

        // Settled by events; nobody reloads.
        await page.getByText('D-', { exact: false }).first().waitFor()
        await expect.poll(() => number(page, '대출 중'), { timeout: 30_000 }).toBe('2권')
        expect((await readBook(reader, book.id)).stock.available).toBe(1)
        await press(page, '연장')
        await page.getByText('1회 연장함', { exact: false }).waitFor()

        // What happens elsewhere appears by itself.
        await page.getByText('실시간').waitFor()
        await borrow(reader, (await registerBook(librarian, 1, `다른 책 ${name}`)).id)
        await expect.poll(() => number(page, '대출 중'), { timeout: 30_000 }).toBe('3권')
        await page.getByRole('link', { name: `다른 책 ${name}` }).waitFor()

        const loan = page.getByRole('listitem').filter({ hasText: title }).first()
        await loan.getByText('반납', { exact: true }).click()
        await loan.getByLabel('반납할 권수').selectOption('1')
        await loan.getByRole('button', { name: '반납하기' }).click()
        await page.getByText('2권 중 1권 남음', { exact: false }).waitFor()
        await expect.poll(() => number(page, '대출 중'), { timeout: 30_000 }).toBe('2권')
        expect(trouble).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )
  }

  it(
    'waits in the queue and borrows what was kept, without scripts and in English',
    async () => {
      const book = await registerBook(librarian, 1)
      const [first, second] = [await customer(system), await customer(system)]
      const loan = await borrow(first, book.id)
      const { context, page } = await openWindow(browser, [system.url], {
        viewport: SIZES[0].viewport,
        javaScriptEnabled: false,
      })
      await page.goto(`${system.url}/en/login`)
      await page.getByLabel('E-mail').fill(second.email)
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.goto(`${system.url}/en/library/books/${book.id}`)
      await page.getByText('All on loan', { exact: false }).first().waitFor()
      await press(page, 'Join the queue')
      await page.getByText('you are next').waitFor()
      await first.api.post(`/api/loans/${loan.id}/returns`, { key: true, json: { copies: 1 } })
      await expect
        .poll(async () => {
          await page.goto(`${system.url}/en/library/my`)
          return page.getByRole('button', { name: 'Borrow it' }).count()
        })
        .toBe(1)
      await press(page, 'Borrow it')
      await page.getByText('You have asked for the book.').waitFor()
      await untilDashboard(second, 'the book', ({ borrowed }) => borrowed === 1)
      await page.goto(`${system.url}/en/library/my`)
      expect(await number(page, 'On loan')).toBe('1 copy')
      // There is no script that could promise it.
      expect(await page.getByText('Live', { exact: true }).count()).toBe(0)
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'says all that stands against a loan, and finds its way back after the connection was lost',
    async () => {
      const book = await registerBook(librarian, 20)
      const reader = await customer(system)
      const { context, page } = await openWindow(browser, [system.url], { viewport: SIZES[0].viewport })
      await page.goto(`${system.url}/library/my`)
      await signIn(page, reader)
      await page.getByText('빌린 책이 없습니다.').waitFor()
      await page.getByText('실시간').waitFor()
      await context.setOffline(true)
      await page.goto(`${system.url}/library/my`).catch(() => {})
      await context.setOffline(false)
      await page.goto(`${system.url}/library/my`)
      await page.getByText('실시간').waitFor()
      await borrow(reader, book.id, 8)
      await expect.poll(() => number(page, '대출 중'), { timeout: 30_000 }).toBe('8권')
      await page.goto(`${system.url}/library/books/${book.id}`)
      await page.getByLabel('권수').fill('5')
      await press(page, '빌리기')
      await page.getByText('빌릴 수 있는 권수를 넘습니다.').waitFor()
      await context.close()
    },
    JOURNEY_MS,
  )
})
