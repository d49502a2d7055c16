import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { at as value } from '../support/json.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'
import { openConsole } from './console.ts'
import { barriers, misfits, misfitsAt, picture } from './looks.ts'

const [{ viewport }] = SIZES

describe.runIf(hasBrowser)('announced maintenance, in a real browser', () => {
  let system: System
  let browser: Browser
  let admin: Person
  let buyer: Person
  let itemId: string

  beforeAll(async () => {
    system = await startSystem()
    itemId = (await stockShelves(system, 1))[0]?.id ?? ''
    admin = await colleague(system, 'admin')
    buyer = await customer(system)
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  /** A moment as the field of the console has it. */
  const field = (minutes: number) =>
    system.now().add({ minutes }).toZonedDateTimeISO('Asia/Seoul').toPlainDateTime().toString().slice(0, 16)
  const toast = (page: Page, text: string) => page.locator('.toast', { hasText: text }).first().waitFor()
  const looks = async (page: Page) => [...(await misfits(page)), ...(await barriers(page))]

  it(
    'is set in the console, keeps what was typed while it is under way, and ends by hand',
    async () => {
      // Somebody without scripts is in the middle of a question when it begins.
      const plain = await openWindow(browser, [system.url], { viewport, javaScriptEnabled: false })
      const { page } = plain
      await page.goto(`${system.url}/login`)
      await page.locator('input[name=email]').fill(buyer.email)
      await page.locator('input[name=password]').fill(PASSWORD)
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/my/)
      await page.goto(`${system.url}/items/${itemId}/questions/new`)
      await page.locator('textarea[name=body]').fill('하루에 몇 알을 먹나요?')

      const desk = await openConsole(browser, system, admin)
      await desk.go('/settings')
      await desk.page.getByLabel('시작 (한국 시간)').fill(field(-1))
      await desk.page.getByLabel('끝 (한국 시간)').fill(field(120))
      await desk.page.getByLabel('안내 문구 (한국어)').fill('서버를 옮깁니다.')
      await desk.page.getByLabel('안내 문구 (영어)').fill('We are moving.')
      await desk.page.getByRole('button', { name: '점검 알리기' }).click()
      await toast(desk.page, '점검을 알렸습니다')
      const told = desk.page.getByRole('region', { name: '점검 안내' })
      await told.getByText('서버를 옮깁니다.').waitFor()
      await desk.page.getByLabel('안내 문구 (한국어)').fill('새 서버로 옮깁니다.')
      await desk.page.getByRole('button', { name: '점검 고치기' }).click()
      await told.getByText('새 서버로 옮깁니다.').waitFor()
      expect(await looks(desk.page)).toEqual([])
      await picture(desk.page, 'maintenance-console.png')

      await page.locator('main form button[type=submit]').click()
      await page.getByRole('heading', { name: '지금은 점검 중입니다' }).waitFor()
      await page.getByRole('complementary', { name: '점검 안내' }).getByText('새 서버로 옮깁니다.').waitFor()
      expect(await page.locator('input[type=hidden][name=body]').inputValue()).toBe('하루에 몇 알을 먹나요?')

      // The same with scripts, which the judge of barriers needs.
      const dark = await openWindow(browser, [system.url], {
        viewport,
        colorScheme: 'dark',
        locale: 'en-GB',
        storageState: await plain.context.storageState(),
      })
      await dark.page.goto(`${system.url}/en/items/${itemId}/questions/new`)
      await dark.page
        .getByRole('complementary', { name: 'Maintenance' })
        .getByText('We are moving.')
        .waitFor()
      expect(await looks(dark.page)).toEqual([])
      await dark.page.locator('textarea[name=body]').fill('How many a day?')
      await dark.page.locator('main form button[type=submit]').click()
      await dark.page.getByRole('heading', { name: 'We are under maintenance' }).waitFor()
      expect(await looks(dark.page)).toEqual([])
      await picture(dark.page, 'maintenance-held-dark.png')
      await dark.page.emulateMedia({ colorScheme: 'light' })
      expect(await looks(dark.page)).toEqual([])

      await desk.page.getByRole('button', { name: '점검 지금 끝내기' }).click()
      const dialog = desk.page.getByRole('alertdialog')
      await dialog.getByRole('button', { name: '점검 지금 끝내기' }).click()
      await toast(desk.page, '점검이 끝났습니다')
      await told.waitFor({ state: 'detached' })
      await page.getByRole('button', { name: '다시 시도' }).click()
      await page.waitForURL((url) => !url.pathname.endsWith('/new'))
      await page.goto(`${system.url}/items/${itemId}/questions`)
      await page.getByText('하루에 몇 알을 먹나요?').waitFor()
      expect(await page.getByRole('complementary', { name: '점검 안내' }).count()).toBe(0)

      // The forms that had to wait are told of by the browser, too.
      const trouble = [...plain.trouble, ...dark.trouble].filter((one) => !one.startsWith('503: '))
      expect([...trouble, ...desk.trouble]).toEqual([])
      for (const { context } of [plain, dark, desk]) await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'keeps what is typed in the console when a colleague sets another window, and says so',
    async () => {
      const colleagues = await colleague(system, 'admin')
      const at = (minutes: number) => system.now().add({ minutes }).toString()
      const set = async (text: string, replaces: string | null) => {
        const json = { replaces, startsAt: at(600), endsAt: at(660), text: { ko: text, en: 'Moving' } }
        const answer = await colleagues.api.send('PUT', '/api/admin/maintenance', { json })
        expect(answer.status).toBe(200)
        return String(value(answer.body, 'id'))
      }
      const { context, page, trouble, go } = await openConsole(browser, system, admin)
      await go('/settings')
      const text = page.getByLabel('안내 문구 (한국어)')
      await page.getByLabel('시작 (한국 시간)').fill(field(60))
      await page.getByLabel('끝 (한국 시간)').fill(field(120))
      await page.getByLabel('안내 문구 (영어)').fill('Mine.')
      await text.fill('내가 쓴 안내')
      const theirs = await set('동료의 점검', null)
      await page.getByRole('button', { name: /^점검 (알리기|고치기)$/ }).click()
      const note = page.getByRole('alert').filter({ hasText: '그사이 다른 사람이 점검을 바꾸었습니다.' })
      await note.getByText('동료의 점검').waitFor()
      expect(await text.inputValue()).toBe('내가 쓴 안내')
      expect(await page.getByRole('button', { name: '점검 고치기' }).isDisabled()).toBe(true)
      expect(await looks(page)).toEqual([])
      expect(await misfitsAt(page, { width: 375, height: 800 })).toEqual([])
      await picture(page, 'maintenance-other.png')
      await page.setViewportSize({ width: 375, height: 800 })
      await picture(page, 'maintenance-other-narrow.png')
      await page.setViewportSize({ width: 1440, height: 900 })

      await note.getByRole('button', { name: '내 입력으로 계속' }).click()
      await page.getByRole('button', { name: '점검 고치기' }).click()
      await toast(page, '점검을 알렸습니다')
      await page.getByRole('region', { name: '점검 안내' }).getByText('내가 쓴 안내').waitFor()

      // And the other way round: theirs is taken, and nothing was written over.
      await text.fill('또 내가 쓴 안내')
      const [mine] = [value((await admin.api.get('/api/maintenance')).body, 'data', 'id')]
      const last = await set('동료의 새 점검', String(mine))
      expect(last).not.toBe(theirs)
      await page.getByRole('button', { name: '점검 고치기' }).click()
      await note.getByRole('button', { name: '내 입력 버리기' }).click()
      expect(await text.inputValue()).toBe('동료의 새 점검')
      await page.getByRole('button', { name: '점검 취소' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: '점검 취소' }).click()
      await toast(page, '점검이 끝났습니다')
      // The refusals are told of by the browser, too.
      expect(trouble.filter((one) => !one.startsWith('409: ') && !one.includes('409'))).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
