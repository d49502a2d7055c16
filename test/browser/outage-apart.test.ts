import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_ACCOUNTS } from '../../src/services/demo/accounts.ts'
import { type PagesApart, startPagesApart } from '../support/forms/pages-apart.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'
import { type StandIn, type State, standIn } from './faults/stand-in.ts'
import { barriers, misfits, picture, WORKING, watchProgress } from './looks.ts'

const [PHONE, DESKTOP] = SIZES
const WELL = { kind: 'well' } as const

/** In which ways a service is in trouble. */
const TROUBLES: readonly State[] = [
  { kind: 'busy' },
  { kind: 'slow', ms: 3_000 },
  { kind: 'silent' },
  { kind: 'away' },
]

describe.runIf(hasBrowser)('services in trouble behind the gateway, in a real browser', () => {
  let apart: PagesApart
  let browser: Browser
  let front: StandIn
  let library: StandIn

  beforeAll(async () => {
    apart = await startPagesApart({
      front: async (own) => {
        front = await standIn(() => own)
        return front.url
      },
      library: async (own) => {
        library = await standIn(() => own)
        return library.url
      },
    })
    browser = await openBrowser()
  }, 180_000)
  afterEach(async () => {
    await front.be(WELL)
    await library.be(WELL)
  })
  afterAll(async () => {
    await browser?.close()
    await apart?.stop()
    await front?.close()
    await library?.close()
  })

  async function signIn(page: Page): Promise<void> {
    const { email = '', password = '' } = DEMO_ACCOUNTS[0] ?? {}
    await page.goto(`${apart.url}/login`)
    await page.getByLabel('이메일').fill(email)
    await page.getByLabel('비밀번호').fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/my/)
  }
  const headed = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
  /** Nothing but the answers that say so themselves. */
  const besides = (trouble: readonly string[]) => trouble.filter((one) => !/^50[34]: /.test(one))

  for (const state of TROUBLES) {
    it(
      `the library (${state.kind}): its pages say so and come back, those of the shop go on`,
      async () => {
        const { context, page, trouble } = await openWindow(browser, [apart.url], {
          viewport: PHONE.viewport,
        })
        await signIn(page)
        await page.goto(`${apart.url}/library`)
        const book = await page.locator('.books a.name').first().getAttribute('href')
        await page.goto(`${apart.url}/library/my`)
        await page.locator('#live.on').waitFor()
        await library.be(state)
        const tabs = await Promise.all(
          ['/library?keyword=a', `${book}`, '/library/my', '/notifications'].map(async (path) => {
            const tab = await context.newPage()
            const answer = await tab.goto(`${apart.url}${path}`)
            return { path, tab, status: answer?.status() }
          }),
        )
        expect(tabs.map(({ path, status }) => ({ path, status }))).toEqual(
          tabs.map(({ path }) => ({ path, status: 503 })),
        )
        for (const { tab } of tabs) {
          await headed(tab, '지금 이 화면을 불러올 수 없습니다')
          expect([...(await misfits(tab)), ...(await barriers(tab))]).toEqual([])
        }
        const shop = await context.newPage()
        for (const path of ['/', '/items', '/orders', '/cart'])
          expect((await shop.goto(`${apart.url}${path}`))?.status(), path).toBe(200)
        await library.be(WELL)
        for (const { tab } of tabs) await tab.waitForFunction(() => document.body.dataset.away === undefined)
        await tabs[2]?.tab.locator('#live.on').waitFor()
        // The page that was open all the time is live, and was never replaced by anything else.
        await page.locator('#live.on').waitFor()
        expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('내 서재')
        expect(besides(trouble)).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )
  }

  it(
    'a live page says that it is not live while its stream is gone, and is again',
    async () => {
      const { context, page, trouble } = await openWindow(browser, [apart.url], { viewport: PHONE.viewport })
      await signIn(page)
      await page.goto(`${apart.url}/library/my`)
      await page.locator('#live.on').waitFor()
      await front.be({ kind: 'away' })
      await page.locator('#live:not(.on)').waitFor()
      expect(await page.locator('#live').innerText()).not.toBe('')
      expect([...(await misfits(page)), ...(await barriers(page))]).toEqual([])
      await front.be(WELL)
      await page.locator('#live.on').waitFor()
      expect(besides(trouble).filter((one) => !one.startsWith('failed: '))).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  for (const { name: size, viewport, language, colorScheme } of [
    { ...PHONE, language: 'ko', colorScheme: 'light' },
    { ...PHONE, language: 'en', colorScheme: 'dark' },
    { ...DESKTOP, language: 'ko', colorScheme: 'dark' },
    { ...DESKTOP, language: 'en', colorScheme: 'light' },
  ] as const) {
    it(
      `whoever has the pages is away: the gateway says so, and they open by themselves (${size}, ${language})`,
      async () => {
        const { context, page, trouble } = await openWindow(browser, [apart.url], {
          viewport,
          colorScheme,
          locale: language === 'en' ? 'en-GB' : 'ko-KR',
        })
        const said =
          language === 'en'
            ? { wait: 'One moment, please', again: 'Try again' }
            : { wait: '잠시만 기다려 주세요', again: '다시 시도' }
        const address = `${apart.url}${language === 'en' ? '/en' : ''}/items?sort=newest`
        await front.be({ kind: 'away' })
        expect((await page.goto(address))?.status()).toBe(503)
        await headed(page, said.wait)
        expect([...(await misfits(page)), ...(await barriers(page))]).toEqual([])
        await picture(page, `gateway-away.${size}.${language}.${colorScheme}.png`)
        await page.getByRole('link', { name: said.again }).click()
        await headed(page, said.wait)
        await front.be(WELL)
        await page.locator('.grid').first().waitFor()
        expect(page.url()).toBe(address)
        expect(besides(trouble)).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )
  }

  it(
    'a page that is not answered at all is given up, and opens by itself',
    async () => {
      const { context, page } = await openWindow(browser, [apart.url], { viewport: PHONE.viewport })
      await front.be({ kind: 'silent' })
      expect((await page.goto(`${apart.url}/items`))?.status()).toBe(504)
      await headed(page, '잠시만 기다려 주세요')
      await front.be(WELL)
      await page.locator('.grid').first().waitFor()
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'what is good once, or leads to somebody else, is opened once',
    async () => {
      const { context, page } = await openWindow(browser, [apart.url], { viewport: PHONE.viewport })
      for (const path of ['/login/kakao/return', '/login/kakao']) {
        await front.be({ kind: 'away' })
        await page.goto(`${apart.url}${path}?state=x&code=y`)
        await headed(page, '잠시만 기다려 주세요')
        const before = front.seen('GET', path)
        await front.be(WELL)
        await page.waitForFunction(() => document.title !== '잠시만 기다려 주세요')
        expect(front.seen('GET', path) - before, path).toBe(1)
      }
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'a form shown as the answer to another one is found again where it can be opened',
    async () => {
      const { context, page } = await openWindow(browser, [apart.url], { viewport: PHONE.viewport })
      await signIn(page)
      await page.goto(`${apart.url}/items`)
      const item = await page.locator('.grid a').first().getAttribute('href')
      const id = /\/items\/([^/?]+)/.exec(item ?? '')?.[1] ?? ''
      const checkout = `/checkout?item=${id}&quantity=1&how=once`
      await page.goto(`${apart.url}${checkout}`)
      const form = page.locator('form[action$="/checkout"]')
      await form.locator('input[name=name]').fill('박돌아옴')
      await form.locator('input[name=phone]').fill('1')
      await form.evaluate((one: HTMLFormElement) => {
        one.noValidate = true
        one.requestSubmit()
      })
      await page.locator('[aria-invalid=true]').first().waitFor()
      expect(new URL(page.url()).search).toBe('')
      await form.locator('input[name=phone]').fill('010-9876-5432')
      await front.be({ kind: 'away' })
      await form.evaluate((one: HTMLFormElement) => {
        one.noValidate = true
        one.requestSubmit()
      })
      await headed(page, '아직 보내지 못했습니다')
      await page.getByText('그대로 남아 있습니다').waitFor()
      await front.be(WELL)
      await page.getByRole('link', { name: '입력하던 화면으로' }).click()
      await expect
        .poll(() => form.locator('input[name=phone]').inputValue(), { timeout: 20_000 })
        .toBe('010-9876-5432')
      expect(await form.locator('input[name=name]').inputValue()).toBe('박돌아옴')
      expect(page.url()).toBe(`${apart.url}${checkout}`)
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'what could not be sent is still in its form, and is sent from there',
    async () => {
      const { context, page, trouble } = await openWindow(browser, [apart.url], { viewport: PHONE.viewport })
      await signIn(page)
      await page.goto(`${apart.url}/account/addresses`)
      const form = page.locator('form[action="/account/addresses"]')
      const typed = [
        ['name', '박돌아옴'],
        ['phone', '010-9876-5432'],
        ['postalCode', '04524'],
        ['city', '서울특별시 중구 세종대로 110'],
        ['detail', '끊긴 길 9'],
      ] as const
      for (const [name, text] of typed) await form.locator(`input[name=${name}]`).fill(text)
      await front.be({ kind: 'away' })
      await form.locator('button[type=submit]').click()
      await headed(page, '아직 보내지 못했습니다')
      expect([...(await misfits(page)), ...(await barriers(page))]).toEqual([])
      await picture(page, 'gateway-unsent.phone.ko.png')
      await front.be(WELL)
      await page.getByRole('link', { name: '입력하던 화면으로' }).click()
      for (const [name, text] of typed)
        await expect
          .poll(() => form.locator(`input[name=${name}]`).inputValue(), { timeout: 20_000 })
          .toBe(text)
      await form.locator('button[type=submit]').click()
      await page.waitForURL(/done=added/)
      await page.getByText('박돌아옴').waitFor()
      // It was put back once, and nothing is left of it.
      expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
      expect(await form.locator('input[name=name]').inputValue()).toBe('')
      expect(besides(trouble)).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'a form that takes three seconds shows it, and is sent once however often it is pressed',
    async () => {
      const { context, page, trouble } = await openWindow(browser, [apart.url], { viewport: PHONE.viewport })
      const { email = '', password = '' } = DEMO_ACCOUNTS[0] ?? {}
      await page.goto(`${apart.url}/login`)
      await page.getByLabel('이메일').fill(email)
      await page.getByLabel('비밀번호').fill(password)
      const before = front.seen('POST', '/login')
      await front.be({ kind: 'slow', ms: 3_000 })
      const SEND = 'form[action="/login"] button[type=submit]'
      const seen = await watchProgress(page, SEND)
      await page.locator(SEND).dblclick({ noWaitAfter: true })
      await expect.poll(() => seen, { timeout: 20_000 }).toEqual([WORKING])
      await page.waitForURL(/\/my/)
      expect(front.seen('POST', '/login') - before).toBe(1)
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
