import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { colleague, newcomer, type Person } from '../support/people.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'

describe.runIf(hasBrowser)('the cart in a real browser', () => {
  let system: System
  let browser: Browser
  let seller: Person
  let items: Awaited<ReturnType<typeof stockShelves>>

  beforeAll(async () => {
    system = await startSystem()
    seller = await colleague(system, 'merchant')
    items = (await stockShelves(system, 30)).filter(({ available }) => available > 10)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const press = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name }).locator('visible=true').first().click()
  const item = (index: number) => {
    const found = items[index]
    if (!found) throw new Error('too few items')
    return found
  }

  async function signUp(page: Page): Promise<void> {
    const person = newcomer()
    await page.getByRole('link', { name: '회원가입' }).click()
    await page.getByLabel('이메일').fill(person.email)
    await page.getByLabel('비밀번호').fill(person.password)
    await page.getByLabel('닉네임').fill(person.displayName)
    await page.getByLabel('이름', { exact: true }).fill(person.realName)
    await page.getByLabel('휴대전화').fill(person.phone)
    await page.getByLabel('우편번호').fill(person.address.postalCode)
    await page.getByLabel('주소', { exact: true }).fill(person.address.city)
    await page.getByLabel('상세 주소').fill(person.address.detail)
    for (const box of await page.getByRole('checkbox').all()) await box.check()
    await page.getByRole('button', { name: '가입하기' }).click()
  }

  it(
    'is filled by a visitor, follows them through signing up, and is empty once it is paid',
    async () => {
      const [once, again, gone] = [item(0), item(1), item(2)]
      const { context, page, trouble } = await openWindow(browser, [system.url, system.bank.url], {
        viewport: SIZES[0].viewport,
      })
      const line = (name: string) => page.getByRole('listitem').filter({ hasText: name })
      await page.goto(`${system.url}/cart`)
      await page.getByText('장바구니가 비어 있습니다.').waitFor()

      for (const { id, name } of [once, gone]) {
        await page.goto(`${system.url}/items/${id}`)
        await press(page, '장바구니 담기')
        await page.getByText(`'${name}' 상품을 장바구니에 담았습니다.`).waitFor()
      }
      await page.goto(`${system.url}/items/${again.id}`)
      await page.getByLabel('배송 주기').selectOption('60d')
      await press(page, '장바구니 담기')
      await line(again.name).getByText('60일마다').waitFor()

      // What changed since is said, and what cannot be had is not ordered.
      await setStock(seller, gone.id, 0)
      await changeItem(seller, once.id, { originPrice: once.originPrice + 1_000 })
      await page.goto(`${system.url}/cart`)
      await line(once.name).getByText('담은 뒤 가격이 바뀌었습니다', { exact: false }).waitFor()
      expect(await line(gone.name).getByRole('checkbox').isDisabled()).toBe(true)
      await line(once.name).getByRole('button', { name: '확인' }).click()
      await expect.poll(() => page.getByText('가격이 바뀌었습니다', { exact: false }).count()).toBe(0)

      // A quantity that was only typed is not lost, whatever is pressed next.
      await line(once.name).getByRole('spinbutton').fill('3')
      await line(gone.name).getByRole('button', { name: '삭제' }).click()
      await expect.poll(() => line(gone.name).count()).toBe(0)
      expect(await line(once.name).getByRole('spinbutton').inputValue()).toBe('3')
      await line(once.name).getByRole('checkbox').uncheck()
      await page.getByRole('button', { name: '1개 주문하기' }).locator('visible=true').first().waitFor()
      await press(page, '전체 선택')
      await press(page, '4개 주문하기')

      await page.getByRole('heading', { name: '로그인' }).waitFor()
      await signUp(page)
      await page.getByRole('heading', { name: '장바구니' }).waitFor()
      expect((await context.cookies()).map(({ name }) => name)).not.toContain('pillivery-cart')
      await press(page, '4개 주문하기')
      await page.getByRole('heading', { name: '주문/결제' }).waitFor()
      await page.getByRole('checkbox', { name: '정기결제·정기배송' }).check()
      await press(page, /원 결제하기/)
      await page.getByRole('button', { name: /결제하기/ }).click()
      await page.getByRole('heading', { name: '결제가 완료되었습니다' }).waitFor()
      await expect
        .poll(
          async () => {
            await page.goto(`${system.url}/cart`)
            return page.getByText('장바구니가 비어 있습니다.').count()
          },
          { timeout: 60_000 },
        )
        .toBe(1)
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'works in English and without scripts, and adds nothing twice',
    async () => {
      const wished = item(3)
      const { context, page } = await openWindow(browser, [system.url, system.bank.url], {
        viewport: SIZES[0].viewport,
        javaScriptEnabled: false,
      })
      await page.goto(`${system.url}/en/items/${wished.id}`)
      await page.getByLabel('Quantity').fill('2')
      await press(page, 'Add to cart')
      await page.getByRole('heading', { name: 'Add this to your cart?' }).waitFor()
      const fields = await page.locator('main form').evaluate((form) => {
        const inputs = Array.from(form.querySelectorAll('input'))
        return Object.fromEntries(inputs.map(({ name, value }) => [name, value]))
      })
      await press(page, 'Add to cart')
      await page.getByText(`“${wished.name}” is in your cart.`).waitFor()
      const repeated = await context.request.post(`${system.url}/en/cart/add`, {
        form: fields,
        headers: { origin: system.url },
      })
      expect(repeated.ok()).toBe(true)
      await page.goto(`${system.url}/en/cart`)
      expect(await page.getByRole('spinbutton').inputValue()).toBe('2')
      await press(page, 'Order 2 pc.')
      await page.getByRole('heading', { name: 'Log in' }).waitFor()
      expect(new URL(page.url()).searchParams.get('next')).toBe('/en/cart')
      await context.close()
    },
    JOURNEY_MS,
  )
})
