import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newcomer } from '../support/people.ts'
import { stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'

describe.runIf(hasBrowser)('a newcomer in a real browser', () => {
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

  const isOnPhone = (page: Page) => (page.viewportSize()?.width ?? 0) < 720
  const pressBuy = (page: Page, name: RegExp) =>
    page.getByRole('button', { name }).locator('visible=true').first().click()

  /** From the first page to an item that can be bought. */
  async function findItem(page: Page, name: string): Promise<void> {
    await page.goto(system.url)
    await page.getByRole('searchbox').first().fill(name)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: `'${name}' 검색 결과` }).waitFor()
    await page.getByRole('link', { name }).first().click()
    await page.getByRole('heading', { level: 1, name }).waitFor()
  }

  /** Asked to log in, they sign up and are back where they were. */
  async function signUp(page: Page): Promise<void> {
    const person = newcomer()
    await page.getByRole('link', { name: '회원가입' }).click()
    await page.getByLabel('이메일').fill(person.email)
    await page.getByLabel('비밀번호').fill('short')
    await page.getByLabel('닉네임').fill(person.displayName)
    await page.getByLabel('이름', { exact: true }).fill(person.realName)
    await page.getByLabel('휴대전화').fill(person.phone)
    await page.getByLabel('우편번호').fill(person.address.postalCode)
    await page.getByLabel('주소', { exact: true }).fill(person.address.city)
    await page.getByLabel('상세 주소').fill(person.address.detail)
    for (const box of await page.getByRole('checkbox').all()) await box.check()
    await page.getByRole('button', { name: '가입하기' }).click()
    // What was typed is still there, and the field says what to do.
    await page.getByText('비밀번호는 8~25자이며', { exact: false }).waitFor()
    expect(await page.getByLabel('이메일').inputValue()).toBe(person.email)
    await page.getByLabel('비밀번호').fill(person.password)
    for (const box of await page.getByRole('checkbox').all()) await box.check()
    await page.getByRole('button', { name: '가입하기' }).click()
  }

  async function payAtTheBank(page: Page): Promise<void> {
    await page.getByRole('button', { name: /결제하기/ }).click()
    await page.getByRole('heading', { name: '결제가 완료되었습니다' }).waitFor()
  }

  for (const { name, viewport } of SIZES) {
    it(
      `signs up, buys once, subscribes, cancels and sees the money come back (${name})`,
      async () => {
        const [once, again] = items.slice(name === 'phone' ? 0 : 2)
        if (!once || !again) throw new Error('nothing to buy')
        const { context, page, trouble } = await openWindow(browser, [system.url, system.bank.url], {
          viewport,
        })
        await findItem(page, once.name)
        await pressBuy(page, /바로 구매/)
        await page.getByRole('heading', { name: '로그인' }).waitFor()
        await signUp(page)

        await page.getByRole('heading', { name: '주문/결제' }).waitFor()
        await pressBuy(page, /원 결제하기/)
        await payAtTheBank(page)
        await page.getByRole('link', { name: '주문 상세 보기' }).click()
        await page.getByText('결제 완료').first().waitFor()

        // The way back to the bank changes nothing.
        await page.goBack()
        await page.getByRole('heading', { name: '결제가 완료되었습니다' }).waitFor()
        await page.getByRole('link', { name: '주문 상세 보기' }).click()
        await page.getByText('주문 취소', { exact: true }).click()
        await page.getByRole('button', { name: '취소하기' }).click()
        await page.getByText('주문을 취소했습니다', { exact: false }).waitFor()
        await expect
          .poll(
            async () => {
              await page.reload()
              return page.getByText('환불 완료').count()
            },
            { timeout: 60_000 },
          )
          .toBeGreaterThan(0)

        await findItem(page, again.name)
        await page.getByRole('radio', { name: /정기배송/ }).check()
        await page.getByLabel('배송 주기').selectOption('60d')
        await pressBuy(page, /바로 구매/)
        await page
          .getByRole('heading', { name: '정기결제 동의' })
          .or(page.getByText('정기결제 동의'))
          .first()
          .waitFor()
        const consent = page.getByRole('checkbox', { name: '정기결제·정기배송' })
        expect(await consent.isChecked()).toBe(false)
        await consent.check()
        await pressBuy(page, /원 결제하기/)
        await payAtTheBank(page)
        await expect
          .poll(
            async () => {
              await page.goto(`${system.url}/subscriptions`)
              return page.getByRole('link', { name: again.name }).count()
            },
            { timeout: 60_000 },
          )
          .toBeGreaterThan(0)
        await page.getByRole('link', { name: again.name }).click()
        await page
          .getByRole('button', { name: /건너뛰기/ })
          .first()
          .click()
        await page.getByText('이번 배송을 건너뜁니다.').waitFor()
        await page.getByText('정기배송 해지').click()
        await page.getByRole('button', { name: '해지하기' }).click()
        await page.getByText('정기배송을 해지했습니다.').waitFor()
        expect(isOnPhone(page)).toBe(name === 'phone')
        expect(trouble).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )
  }

  it(
    'buys with scripts turned off',
    async () => {
      const [item] = items.slice(4)
      if (!item) throw new Error('nothing to buy')
      const { context, page } = await openWindow(browser, [system.url, system.bank.url], {
        viewport: SIZES[0].viewport,
        javaScriptEnabled: false,
      })
      await findItem(page, item.name)
      await page.getByLabel('수량').fill('2')
      await pressBuy(page, /바로 구매/)
      await signUp(page)
      await page.getByLabel('배송 메모', { exact: true }).selectOption('경비실에 맡겨주세요')
      await pressBuy(page, /원 결제하기/)
      await payAtTheBank(page)
      await page.getByRole('link', { name: '주문 상세 보기' }).click()
      await page.getByText('경비실에 맡겨주세요').waitFor()
      await page.getByText('2개').first().waitFor()
      await context.close()
    },
    JOURNEY_MS,
  )
})
