import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { emptyDatabase } from '../support/database.ts'
import { customer, PASSWORD, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { OrderList } from '../support/views.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'
import { type Door, openDoor } from './faults/database-door.ts'
import { barriers, misfits, picture, WORKING, watchProgress } from './looks.ts'
import { type Lived, liveIn } from './page-list.ts'

const [PHONE, DESKTOP] = SIZES

/** Every kind of page that cannot be shown without the database. */
const KINDS: readonly (readonly [name: string, path: (lived: Lived) => string])[] = [
  ['home', () => '/'],
  ['list', () => '/items?category=EYE'],
  ['search', () => `/items?keyword=${encodeURIComponent('비타민')}`],
  ['item', ({ itemId }) => `/items/${itemId}`],
  ['cart', () => '/cart'],
  ['checkout', ({ itemId }) => `/checkout?item=${itemId}&quantity=1&how=once`],
  ['orders', () => '/orders'],
  ['order', ({ orderId }) => `/orders/${orderId}`],
  ['subscriptions', () => '/subscriptions'],
  ['subscription', ({ subscriptionId }) => `/subscriptions/${subscriptionId}`],
  ['my', () => '/my'],
  ['library', () => '/library?keyword=a'],
  ['title', ({ bookId }) => `/library/books/${bookId}`],
  ['my loans, live', () => '/library/my'],
]

const SAYING = {
  ko: { away: '지금 이 화면을 불러올 수 없습니다', again: '다시 시도', itself: '저절로 다시 열립니다' },
  en: { away: 'This page cannot be loaded right now', again: 'Try again', itself: 'opens again by itself' },
} as const

describe.runIf(hasBrowser)('with the database away, in a real browser', () => {
  let system: System
  let browser: Browser
  let lived: Lived
  let database: Awaited<ReturnType<typeof emptyDatabase>>
  let door: Door

  beforeAll(async () => {
    database = await emptyDatabase()
    door = await openDoor(database.url)
    system = await startSystem({ demo: true, settings: { DATABASE_URL: door.url } })
    lived = await liveIn(system)
    browser = await openBrowser()
  }, 180_000)
  afterEach(() => door.open())
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
    await door?.close()
    await database?.drop()
  })

  async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
    await page.goto(`${system.url}/login`)
    await page.getByLabel('이메일').fill(email)
    await page.getByLabel('비밀번호').fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/my/)
  }

  type Kept = Awaited<ReturnType<BrowserContext['storageState']>>
  async function stateOf(email: string, password?: string): Promise<Kept> {
    const { context, page } = await openWindow(browser, [system.url])
    await signIn(page, email, password)
    const state = await context.storageState()
    await context.close()
    return state
  }

  /** What is kept in memory is still answered for a moment. */
  const gone = (page: Page, address: string) =>
    until(async () => (await page.goto(address))?.status() === 503, {
      what: `${address} to be away`,
      deadlineMs: 20_000,
    })
  const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()
  /** Nothing but the answers that say so themselves. */
  const besides = (trouble: readonly string[]) => trouble.filter((one) => !one.startsWith('503: '))

  for (const { name: size, viewport, language, colorScheme } of [
    { ...PHONE, language: 'ko', colorScheme: 'light' },
    { ...DESKTOP, language: 'en', colorScheme: 'dark' },
  ] as const) {
    it(
      `every page says so and comes back by itself (${size}, ${language}, ${colorScheme})`,
      async () => {
        const storageState = await stateOf(lived.email, lived.password)
        const said = SAYING[language]
        door.shut()
        const tabs = await Promise.all(
          KINDS.map(async ([name, path]) => {
            const options = {
              viewport,
              colorScheme,
              storageState,
              locale: language === 'en' ? 'en-GB' : 'ko-KR',
            }
            const window = await openWindow(browser, [system.url], options)
            const asked = path(lived)
            const address = language === 'en' ? `/en${asked === '/' ? '' : asked}` : asked
            return { name, address: `${system.url}${address}`, ...window }
          }),
        )
        const faults: string[] = []
        for (const { name, address, page, trouble } of tabs) {
          await gone(page, address)
          const again = page.getByRole('link', { name: said.again })
          const leads = await again.getAttribute('href')
          const found = [
            ...((await heading(page)) === said.away ? [] : [`is headed ${await heading(page)}`]),
            ...((await page.getByText(said.itself, { exact: false }).count()) === 1
              ? []
              : ['promises nothing']),
            // The same address: query and language too.
            ...(new URL(leads ?? '', system.url).href === new URL(address).href ? [] : [`leads to ${leads}`]),
            ...(await misfits(page)),
            ...(await barriers(page)),
            ...besides(trouble),
          ]
          faults.push(...found.map((fault) => `${name}: ${fault}`))
          if (name === 'orders') await picture(page, `away.${size}.${language}.${colorScheme}.png`)
        }
        expect(faults).toEqual([])
        door.open()
        for (const { name, page, trouble } of tabs) {
          await page.waitForFunction(() => document.body.dataset.away === undefined)
          expect(await heading(page), name).not.toBe(said.away)
          expect(besides(trouble), name).toEqual([])
        }
        // Whole pages, with what belongs to them outside of their contents.
        const [item, mine] = ['item', 'my loans, live'].map(
          (name) => tabs.find((tab) => tab.name === name)?.page,
        )
        if (size === 'phone') await item?.locator('.buy-bar button').first().waitFor()
        await mine?.locator('#live.on').waitFor()
        for (const { context } of tabs) await context.close()
      },
      JOURNEY_MS,
    )
  }

  it(
    'whoever does not want to wait tries again, and without scripts the page opens itself, too',
    async () => {
      const storageState = await stateOf(lived.email, lived.password)
      const [tapped, plain] = await Promise.all([
        openWindow(browser, [system.url], { storageState, viewport: PHONE.viewport }),
        openWindow(browser, [system.url], {
          storageState,
          viewport: PHONE.viewport,
          javaScriptEnabled: false,
        }),
      ])
      door.shut()
      await gone(tapped.page, `${system.url}/orders`)
      await gone(plain.page, `${system.url}/subscriptions`)
      await tapped.page.getByRole('link', { name: '다시 시도' }).click()
      expect(await heading(tapped.page)).toBe(SAYING.ko.away)
      door.open()
      await expect
        .poll(
          async () => {
            const link = tapped.page.getByRole('link', { name: '다시 시도' })
            if ((await link.count()) > 0) await link.click()
            return heading(tapped.page)
          },
          { timeout: 60_000 },
        )
        .toBe('주문 내역')
      await plain.page.getByRole('heading', { level: 1, name: '정기배송' }).waitFor()
      await tapped.context.close()
      await plain.context.close()
    },
    JOURNEY_MS,
  )

  const unfinished = (page: Page) => page.getByRole('heading', { name: '아직 끝내지 못했습니다' }).waitFor()
  const orders = async (person: Person) =>
    expectBody(await person.api.get('/api/orders?size=100'), 200, OrderList).data.length

  it(
    'an order that cannot be placed keeps what was typed, and is placed once',
    async () => {
      const buyer = await customer(system)
      const { context, page, trouble } = await openWindow(browser, [system.url, system.bank.url], {
        viewport: PHONE.viewport,
      })
      await signIn(page, buyer.email)
      await page.goto(`${system.url}/checkout?item=${lived.itemId}&quantity=1&how=once`)
      await page.getByLabel('상세 주소').fill('무너진 다리 옆 7호')
      door.shut()
      const pay = page.getByRole('button', { name: /원 결제하기/ }).locator('visible=true')
      await pay.first().click()
      await unfinished(page)
      expect([...(await misfits(page)), ...(await barriers(page))]).toEqual([])
      await picture(page, 'away-form.phone.ko.png')
      expect(await page.locator('input[name=detail]').inputValue()).toBe('무너진 다리 옆 7호')
      // Too early: what was typed goes from one such page to the next.
      const again = page.getByRole('button', { name: '다시 시도' })
      await again.click()
      await unfinished(page)
      door.open()
      await expect
        .poll(
          async () => {
            if (page.url().startsWith(system.url) && (await again.count()) > 0)
              await again.dblclick().catch(() => {})
            return page.url()
          },
          { timeout: 60_000 },
        )
        .toContain(system.bank.url)
      expect(await orders(buyer)).toBe(1)
      await page.getByRole('button', { name: /결제하기/ }).click()
      await page.getByRole('heading', { name: '결제가 완료되었습니다' }).waitFor()
      await page.getByRole('link', { name: '주문 상세 보기' }).click()
      await page.getByText('무너진 다리 옆 7호', { exact: false }).waitFor()
      expect(besides(trouble)).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'a login is not lost either, in English; the password is typed again and stands in no page',
    async () => {
      const person = await customer(system)
      const { context, page, trouble } = await openWindow(browser, [system.url], {
        viewport: DESKTOP.viewport,
      })
      await page.goto(`${system.url}/en/login`)
      await page.getByLabel('E-mail').fill(person.email)
      await page.getByLabel('Password').fill(PASSWORD)
      door.shut()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'This is not finished yet' }).waitFor()
      const html = await page.content()
      expect(html).toContain(person.email)
      expect(html).not.toContain(PASSWORD)
      expect([...(await misfits(page)), ...(await barriers(page))]).toEqual([])
      door.open()
      await expect
        .poll(
          async () => {
            const password = page.getByLabel('Password')
            if ((await password.count()) > 0) {
              await password.fill(PASSWORD)
              await page.keyboard.press('Enter')
              await page.waitForLoadState()
            }
            return page.url()
          },
          { timeout: 60_000 },
        )
        .toContain('/en/my')
      expect(besides(trouble)).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'while an answer takes long the button says so, and pressing it twice sends once',
    async () => {
      const reader = await customer(system)
      const { context, page, trouble } = await openWindow(browser, [system.url], { viewport: PHONE.viewport })
      await signIn(page, reader.email)
      const { promise: held, resolve: answerNow } = Promise.withResolvers<void>()
      let sent = 0
      await page.route('**/account/addresses', async (route) => {
        if (route.request().method() !== 'POST') return route.continue()
        sent += 1
        await held
        return route.continue()
      })
      await page.goto(`${system.url}/account/addresses`)
      const form = page.locator('form[action="/account/addresses"]')
      for (const [name, text] of [
        ['name', '김기다림'],
        ['phone', '010-1234-5678'],
        ['postalCode', '04524'],
        ['city', '서울특별시 중구 세종대로 110'],
        ['detail', '3층'],
      ] as const)
        await form.locator(`input[name=${name}]`).fill(text)
      const SAVE = 'form[action="/account/addresses"] button[type=submit]'
      const save = page.locator(SAVE)
      const label = await save.innerText()
      const seen = await watchProgress(page, SAVE)
      await save.click({ noWaitAfter: true })
      await expect.poll(() => seen, { timeout: 20_000 }).toEqual([WORKING])
      answerNow()
      await page.waitForURL(/done=added/)
      expect(sent).toBe(1)
      expect(await page.getByText('김기다림').count()).toBe(1)
      // Back on the page the button can be pressed again.
      await page.goBack()
      expect(await page.locator('form[action="/account/addresses"] button[type=submit]').innerText()).toBe(
        label,
      )
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
