import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningRegister, SIMULATED_KEY, startRegister } from '../../simulators/register/server.ts'
import { execute } from '../support/database.ts'
import { colleague, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole } from './console.ts'
import { barriers, misfits, misfitsAt, picture } from './looks.ts'

describe.runIf(hasBrowser)('the import of the public registers in the console', () => {
  let register: RunningRegister
  let system: System
  let browser: Browser
  let merchant: Person

  beforeAll(async () => {
    register = await startRegister({ rows: 6_000 })
    system = await startSystem({
      settings: { DATA_PORTAL_KEY: SIMULATED_KEY, DATA_PORTAL_URL: register.url },
    })
    merchant = await colleague(system, 'merchant')
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
    await register?.close()
  })

  it(
    'is started with its price in calls, followed, stopped and gone on with',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, merchant, CONSOLE_SIZES[0])
      await go('/items')
      await page.getByRole('link', { name: '공공데이터 가져오기' }).click()
      await page.getByText('아직 가져온 적이 없습니다.').waitFor()
      await page.getByText('인증키(FOOD_SAFETY_KEY)가 없어 가져오지 않습니다.').waitFor()
      await page.getByRole('button', { name: '지금 가져오기' }).click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByText('오늘 남은 호출 1,000번까지 쓸 수 있습니다.').waitFor()
      await picture(page, 'register-start.png')
      await dialog.getByRole('button', { name: '지금 가져오기' }).click()
      await page.getByRole('button', { name: '멈추기' }).click()
      await dialog.getByRole('button', { name: '멈추기' }).click()
      await page.locator('.badge', { hasText: '쉬는 중' }).waitFor()
      await page.getByRole('button', { name: '지금 가져오기' }).click()
      await dialog.getByRole('button', { name: '지금 가져오기' }).click()
      await page.locator('.badge', { hasText: '끝까지 읽음' }).waitFor({ timeout: 60_000 })
      await page.getByText('61쪽 가운데 61쪽').waitFor()
      expect(await barriers(page)).toEqual([])
      expect(await misfits(page)).toEqual([])
      expect(await misfitsAt(page, { width: 375, height: 800 })).toEqual([])
      await picture(page, 'register-ended.png')
      await page.setViewportSize({ width: 375, height: 800 })
      await picture(page, 'register-ended-narrow.png')
      await page.setViewportSize({ width: 1440, height: 900 })

      // A page that did not come on three days.
      await execute(
        system.databaseUrl,
        `insert into catalog.register_unread (source, next_row, failed_days, failed_on, stuck_at)
         values ('htfs', 3001, 3, current_date, now())`,
      )
      await go('/items/register')
      await page.getByText('3,001번째 줄부터의 쪽이 오지 않습니다').waitFor()
      expect(await barriers(page)).toEqual([])
      expect(await misfitsAt(page, { width: 375, height: 800 })).toEqual([])
      await picture(page, 'register-stuck.png')
      await page.setViewportSize({ width: 375, height: 800 })
      await picture(page, 'register-stuck-narrow.png')
      await page.getByRole('button', { name: '이 쪽 건너뛰기' }).click()
      await dialog.getByText('3,001번째 줄부터 100줄까지 없이 가져옵니다.', { exact: false }).waitFor()
      await dialog.getByRole('button', { name: '이 쪽 건너뛰기' }).click()
      await page.getByText('이 쪽을 건너뛰고 가져옵니다.', { exact: false }).waitFor()
      expect(await page.getByRole('button', { name: '이 쪽 건너뛰기' }).count()).toBe(0)
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
