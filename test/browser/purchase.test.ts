import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customer, type Person } from '../support/people.ts'
import { beginPayment, placeOrder, readPayment, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, openBrowser } from './browser.ts'

const SIZES = [
  { name: 'desktop', viewport: { width: 1280, height: 800 } },
  { name: 'phone', viewport: { width: 360, height: 740 } },
] as const

describe.runIf(hasBrowser)('in a real browser', () => {
  let system: System
  let browser: Browser
  let person: Person
  let itemId: string

  beforeAll(async () => {
    system = await startSystem()
    const [item] = await stockShelves(system, 1)
    itemId = item?.id ?? ''
    person = await customer(system)
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  async function checkout(
    context: BrowserContext,
  ): Promise<{ page: Page; paymentId: string; trouble: string[] }> {
    const order = await placeOrder(person, itemId)
    const payment = await beginPayment(person, order.id)
    const page = await context.newPage()
    const trouble: string[] = []
    page.on('pageerror', (error) => trouble.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('favicon')) trouble.push(message.text())
    })
    await page.goto(payment.redirectUrl ?? '')
    return { page, paymentId: payment.id, trouble }
  }

  for (const { name, viewport } of SIZES) {
    it(`pays on the provider's page and sees the result (${name})`, async () => {
      const context = await browser.newContext({ viewport, locale: 'ko-KR' })
      const { page, paymentId, trouble } = await checkout(context)
      await expectUsable(page)
      await page.getByRole('button', { name: '결제하기' }).click()
      await page.getByRole('heading', { name: '결제가 완료되었습니다' }).waitFor()
      await expectUsable(page)
      expect((await readPayment(person, paymentId)).state).toBe('paid')
      // The way back and a reload change nothing.
      await page.reload()
      await page.getByRole('heading', { name: '결제가 완료되었습니다' }).waitFor()
      expect(trouble).toEqual([])
      await context.close()
    })
  }

  it('cancels with the keyboard, in English', async () => {
    const context = await browser.newContext({ viewport: SIZES[1].viewport, locale: 'en-US' })
    const { page, paymentId } = await checkout(context)
    await page.getByRole('button', { name: '취소' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Payment cancelled' }).waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect((await readPayment(person, paymentId)).state).toBe('cancelled')
    await context.close()
  })

  it('reads the reference page without anything from elsewhere', async () => {
    const context = await browser.newContext({ viewport: SIZES[0].viewport })
    const page = await context.newPage()
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(system.url) && !/^(data|blob):/.test(request.url()))
        elsewhere.push(request.url())
    })
    await page.goto(`${system.url}/docs/`)
    await page.getByRole('heading', { name: 'Pillivery' }).first().waitFor()
    await page.getByText('accounts').first().waitFor({ state: 'attached' })
    expect(elsewhere).toEqual([])
    await context.close()
  })
})

/**
 * What everybody needs of a page: a language and a title, one main heading, names for whatever can be pressed, text
 * that contrasts with its ground, and no sideways scrolling.
 */
async function expectUsable(page: Page): Promise<void> {
  const found = await page.evaluate(() => {
    const nameless = [
      ...document.querySelectorAll('button, a[href], input:not([type=hidden]), select'),
    ].filter((element) => {
      const labels = 'labels' in element && element.labels instanceof NodeList ? element.labels.length : 0
      return !element.textContent?.trim() && !element.getAttribute('aria-label') && labels === 0
    })
    const luminance = (colour: string) => {
      const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
        const share = Number(part) / 255
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const groundOf = (element: Element): string => {
      for (let at: Element | null = element; at; at = at.parentElement) {
        const colour = getComputedStyle(at).backgroundColor
        if (!/rgba\(.*, 0\)|transparent/.test(colour)) return colour
      }
      return 'rgb(255, 255, 255)'
    }
    const faint = [
      ...document.querySelectorAll('h1, h2, p, dt, dd, button, label, legend, summary, a'),
    ].filter((element) => {
      if (!element.textContent?.trim() || element.getClientRects().length === 0) return false
      const a = luminance(getComputedStyle(element).color)
      const b = luminance(groundOf(element))
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5
    })
    return {
      language: document.documentElement.lang,
      title: document.title,
      mainHeadings: document.querySelectorAll('h1').length,
      nameless: nameless.map((element) => element.outerHTML.slice(0, 120)),
      faint: faint.map((element) => element.outerHTML.slice(0, 120)),
      sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    }
  })
  expect(found).toEqual({
    language: 'ko',
    title: expect.stringMatching(/\S/),
    mainHeadings: 1,
    nameless: [],
    faint: [],
    sideways: false,
  })
}
