import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow } from './browser.ts'
import { openConsole, untilLoaded } from './console.ts'

describe.runIf(hasBrowser)('the frame of the console', () => {
  let system: System
  let browser: Browser
  let admin: Person

  beforeAll(async () => {
    system = await startSystem()
    admin = await colleague(system, 'admin')
    // More looks than a page of the audit shows: each another one, for the same within minutes is one.
    for (let n = 1; n <= 60; n += 1) await admin.api.get(`/api/admin/payments?size=${n}`)
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it(
    'leads from the login to where somebody wanted to go, and customers nowhere',
    async () => {
      const { context, page, trouble } = await openWindow(browser, [system.url])
      await page.goto(`${system.url}/console/audit?action=operation.list_payments`)
      await page.getByLabel('이메일').fill(admin.email)
      await page.getByLabel('비밀번호').fill(PASSWORD)
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/console\/audit\?action=operation.list_payments$/)
      await page.getByRole('heading', { name: '감사 기록' }).waitFor()
      expect(trouble.filter((what) => !what.startsWith('503'))).toEqual([])
      await context.close()

      const shopper = await openWindow(browser, [system.url])
      const { email } = await customer(system)
      await shopper.page.goto(`${system.url}/login?next=/console`)
      await shopper.page.getByLabel('이메일').fill(email)
      await shopper.page.getByLabel('비밀번호').fill(PASSWORD)
      const answer = shopper.page.waitForResponse((response) => response.url().endsWith('/console'))
      await shopper.page.keyboard.press('Enter')
      expect((await answer).status()).toBe(403)
      await shopper.context.close()
    },
    JOURNEY_MS,
  )

  it(
    'shows a list by its address: filter, page and way back, and as a file',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, admin)
      await go('/audit?action=operation.list_payments')
      const rows = page.locator('tbody tr')
      expect(await rows.count()).toBe(50)
      await page.getByRole('link', { name: '다음', exact: true }).click()
      await page.waitForURL(/after=/)
      await untilLoaded(page)
      expect(await rows.count()).toBe(10)
      await page.goBack()
      await untilLoaded(page)
      expect(await rows.count()).toBe(50)

      await page.getByLabel('무엇을').fill('item.changed')
      await page.keyboard.press('Enter')
      await page.waitForURL(/action=item.changed$/)
      await page.getByText('해당하는 항목이 없습니다').waitFor()
      await page.getByRole('button', { name: '조건 지우기' }).click()
      await page.waitForURL(/\/audit$/)
      await untilLoaded(page)

      await go('/audit?action=operation.list_payments')
      const saved = page.waitForEvent('download')
      await page.getByRole('button', { name: 'CSV 저장' }).click()
      const text = await readFile(await (await saved).path(), 'utf8')
      expect(text.split('\r\n').length).toBe(1 + 60 + 1)
      expect(text).toContain('시각,누가')
      await page.getByText('60행을 저장했습니다').waitFor()

      await page.getByRole('button', { name: 'English' }).click()
      await page.getByRole('heading', { name: 'Audit trail' }).waitFor()
      expect(await page.locator('html').getAttribute('lang')).toBe('en')
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'asks to log in when the login has ended, and goes on where one was',
    async () => {
      const someone = await colleague(system, 'admin')
      const { context, page, go } = await openConsole(browser, system, someone)
      await go('/audit')
      // Somebody types a filter; meanwhile the login ends.
      await page.getByLabel('무엇을').fill('operation.list_payments')
      await context.request.post(`${system.url}/logout`, { headers: { origin: system.url } })
      await page.keyboard.press('Enter')
      await page.getByRole('alertdialog', { name: '로그인이 만료되었습니다' }).waitFor()
      const opened = context.waitForEvent('page')
      await page.getByRole('link', { name: '새 창에서 로그인' }).click()
      const second = await opened
      await second.getByLabel('이메일').fill(someone.email)
      await second.getByLabel('비밀번호').fill(PASSWORD)
      await second.keyboard.press('Enter')
      await second.getByRole('heading', { name: '로그인했습니다' }).waitFor()
      await second.close()
      await page.getByRole('alertdialog').waitFor({ state: 'detached' })
      await page.waitForURL(/action=operation.list_payments$/)
      await untilLoaded(page)
      expect(await page.locator('tbody tr').count()).toBe(50)
      await context.close()
    },
    JOURNEY_MS,
  )
})
