import type { Browser } from 'playwright-core'
import Type from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectBody } from '../support/api.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { buy, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow } from './browser.ts'
import { openConsole, untilLoaded } from './console.ts'

const Named = Type.Object({ displayName: Type.String() })

/** The tabs of a browser share one login. Nobody is logged out by that, and nobody acts as whoever came after them. */
describe.runIf(hasBrowser)('several tabs of one browser', () => {
  let system: System
  let browser: Browser
  let itemId: string
  beforeAll(async () => {
    system = await startSystem()
    itemId = (await stockShelves(system, 3)).find(({ available }) => available > 10)?.id ?? ''
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  type Window = Pick<Awaited<ReturnType<typeof openWindow>>, 'context'>
  const post = ({ context }: Window, path: string, form: Record<string, string> = {}) =>
    context.request.post(`${system.url}${path}`, { form, headers: { origin: system.url }, maxRedirects: 0 })
  const logIn = async (window: Window, { email }: Person) =>
    expect((await post(window, '/login', { email, password: PASSWORD })).status()).toBe(303)
  it.each([true, false])(
    'shop: what one person has left open is not sent as the next, and that is said (scripts: %s)',
    async (javaScriptEnabled) => {
      const [minji, jun] = [await customer(system), await customer(system)]
      const { order } = await buy(system, minji, itemId)
      const window = await openWindow(browser, [system.url], { javaScriptEnabled })
      const { context, page: first, trouble } = window
      await logIn(window, minji)
      await first.goto(`${system.url}/orders/${order.id}`)
      await first.getByRole('heading', { level: 1 }).waitFor()
      // Two tabs of one person leave each other alone.
      const second = await context.newPage()
      await second.goto(`${system.url}/profile`)
      await second.getByText(minji.email).waitFor()
      expect(new URL(first.url()).pathname).toBe(`/orders/${order.id}`)

      const own = await context.newPage()
      await own.goto(`${system.url}/profile`)
      await own.getByLabel('상세 주소').fill('민지의 새 집')
      // Somebody else logs in, by a page that tells the tabs nothing.
      await logIn(window, jun)
      const before = (await jun.api.get('/api/users/me')).body
      const answer = own.waitForResponse((response) => response.request().method() === 'POST')
      await own.getByRole('button', { name: '저장' }).click()
      expect((await answer).status()).toBe(409)
      await own.getByText('다른 계정으로 로그인했거나 로그아웃했습니다', { exact: false }).waitFor()
      expect((await jun.api.get('/api/users/me')).body).toEqual(before)

      // As soon as a page of the other one is shown, what is left of the former goes.
      await second.goto(`${system.url}/profile`)
      await second.getByText(jun.email).waitFor()
      if (javaScriptEnabled)
        await first.getByRole('heading', { name: '찾으시는 페이지가 없습니다' }).waitFor()
      await context.close()
      expect(trouble.filter((what) => !/^4(04|09)/.test(what))).toEqual([])
    },
    JOURNEY_MS,
  )

  it('shop: whose login has ended meanwhile is asked to log in, and comes back to the cart', async () => {
    const minji = await customer(system)
    const window = await openWindow(browser, [system.url])
    const headers = { origin: system.url, referer: `${system.url}/cart` }
    const form = { 'page-of': minji.id, lineId: '1', quantity: '2' }
    const answer = await window.context.request.post(`${system.url}/cart`, { form, headers, maxRedirects: 0 })
    expect([answer.status(), answer.headers().location]).toEqual([303, '/login?next=%2Fcart&waiting=1'])
    await window.context.close()
  })

  it(
    'shop: what was typed when the login had ended is there again after logging in, for nobody else',
    async () => {
      const [minji, jun] = [await customer(system), await customer(system)]
      const window = await openWindow(browser, [system.url])
      const { context, page, trouble } = window
      const logInOnPage = async ({ email }: Person, password = PASSWORD) => {
        await page.getByLabel('이메일').fill(email)
        await page.getByLabel('비밀번호').fill(password)
        await page.getByRole('button', { name: '로그인', exact: true }).click()
      }
      const question = `/items/${itemId}/questions/new`
      const askWith = async (text: string) => {
        await page.getByLabel('문의 내용').fill(text)
        await page.getByRole('button', { name: '문의 등록' }).click()
      }
      await logIn(window, minji)
      await page.goto(`${system.url}${question}`)
      await page.getByLabel('비밀글로 문의하기').check()
      // Refused once, so that the form stands on an answer; its login ends while it is put right.
      await askWith('짧다')
      await page.locator('.notice.wrong').waitFor()
      await context.clearCookies()
      await askWith('임산부도 먹을 수 있나요?')
      await page.waitForURL(/\/login\?/)
      await logInOnPage(minji, 'Wrong-password1!')
      await page.getByText('이메일 또는 비밀번호', { exact: false }).waitFor()
      await logInOnPage(minji)
      await page.waitForURL(`${system.url}${question}`)
      expect(await page.getByLabel('문의 내용').inputValue()).toBe('임산부도 먹을 수 있나요?')
      expect(await page.getByLabel('비밀글로 문의하기').isChecked()).toBe(true)

      const writeAddress = async (name: string) => {
        await page.goto(`${system.url}/account/addresses`)
        const neighbour = { name, phone: '01022223333', postalCode: '04524', city: '서울', detail: '7층' }
        for (const [field, text] of Object.entries(neighbour))
          await page.locator(`main [name=${field}]`).fill(text)
        await context.clearCookies()
        await page.getByRole('button', { name: '배송지 저장' }).click()
        await page.waitForURL(/\/login\?/)
      }
      const kept = () => page.evaluate(() => sessionStorage.length)
      await writeAddress('민지의 이웃')
      await logInOnPage(jun)
      await page.waitForURL(`${system.url}/account/addresses`)
      expect(await page.getByLabel('받는 분').inputValue()).toBe('')
      expect(await kept()).toBe(0)

      // Nor is it kept beside somebody else who goes elsewhere.
      await writeAddress('준의 이웃')
      expect(await kept()).toBeGreaterThan(0)
      await logIn(window, minji)
      await page.goto(`${system.url}/profile`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect(await kept()).toBe(0)
      await context.close()
      expect(trouble.filter((what) => !what.startsWith('422'))).toEqual([])
    },
    JOURNEY_MS,
  )

  it(
    'shop: who logs out in one tab is seen to be logged out in the others',
    async () => {
      const minji = await customer(system)
      const window = await openWindow(browser, [system.url])
      const { context, page: first, trouble } = window
      await logIn(window, minji)
      await first.goto(`${system.url}/account/addresses`)
      const second = await context.newPage()
      await second.goto(`${system.url}/my`)
      await second.getByRole('button', { name: '로그아웃' }).click()
      await first.waitForURL(/\/login\?next=/)
      await first.getByRole('heading', { name: '로그인' }).waitFor()
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'console: tabs renew their tokens beside each other; a logout and another person are seen in each of them',
    async () => {
      const [merchant, other] = [await colleague(system, 'merchant'), await colleague(system, 'merchant')]
      const { context, page: first, go } = await openConsole(browser, system, merchant)
      // Tokens that are to be renewed after a second, as if half an hour went by.
      const asked: number[] = []
      await context.route('**/console/session', async (route) => {
        const response = await route.fetch()
        asked.push(response.status())
        if (!response.ok()) return route.fulfill({ response })
        const session: unknown = await response.json()
        await route.fulfill({ response, json: { ...Object(session), expiresIn: 61 } })
      })
      await go('/orders')
      const second = await context.newPage()
      for (const path of ['/items', '/coupons', '/reviews', '/orders']) {
        await Promise.all([
          second.goto(`${system.url}/console${path}`),
          first.locator(`nav.menu a[href="/console${path}"]`).click(),
        ])
        await untilLoaded(second)
        await untilLoaded(first)
        await first.waitForTimeout(1_100)
      }
      expect(asked.length).toBeGreaterThan(6)
      expect(asked.filter((status) => status !== 200)).toEqual([])

      await second.getByRole('button', { name: '로그아웃' }).click()
      await second.waitForURL(/\/login/)
      await first.bringToFront()
      await first.getByRole('alertdialog', { name: '로그인이 만료되었습니다' }).waitFor()
      // Somebody else logs in: the page of the first one is theirs by then, and says so.
      await second.getByLabel('이메일').fill(other.email)
      await second.getByLabel('비밀번호').fill(PASSWORD)
      await second.keyboard.press('Enter')
      await second.waitForURL(/\/console/)
      await first.bringToFront()
      const { displayName } = expectBody(await other.api.get('/api/users/me'), 200, Named)
      await first.locator('.who', { hasText: displayName }).waitFor()
      expect(await first.getByRole('alertdialog').count()).toBe(0)
      await context.close()
    },
    JOURNEY_MS,
  )
})
