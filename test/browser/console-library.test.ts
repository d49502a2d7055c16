import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { photo } from '../../src/platform/pictures/photo.fixture.ts'
import { borrow, registerBook } from '../library/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { openConsole } from './console.ts'
import { barriers, FOLDER, picture } from './looks.ts'

describe.runIf(hasBrowser)('how the library is run, in a real browser', () => {
  let system: System
  let browser: Browser
  let librarian: Person

  beforeAll(async () => {
    system = await startSystem()
    librarian = await colleague(system, 'librarian')
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it(
    'publishes rules from a day to come, after seeing what late returns would cost',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, librarian)
      const versions = page.getByRole('region', { name: '공표한 규정' })
      await go('/lending-rules')
      await page.getByLabel('대출 기간 (일)').fill('21')
      await page.getByLabel('구간 2: 금액 (원)').fill('100')
      await page.getByRole('button', { name: '확인하기' }).click()
      await page.getByText('구간의 날짜는 커지고 금액은 줄지 않아야 합니다.').waitFor()
      await page.getByLabel('구간 2: 금액 (원)').fill('1500')
      await page.getByRole('button', { name: '확인하기' }).click()
      const examples = page.getByRole('region', { name: '늦게 반납하면' })
      const week = examples.getByRole('row', { name: /^8일/ })
      await week.getByText('1,500원').waitFor()
      expect(await week.textContent()).toContain('1,000원')
      const from = Temporal.PlainDate.from(system.now().toZonedDateTimeISO('Asia/Seoul')).add({ days: 7 })
      await page.getByLabel('시행일').fill(from.toString())
      expect(await barriers(page)).toEqual([])
      if (FOLDER) await picture(page, 'lending-rules-checked.png')
      await page.getByRole('button', { name: '공표', exact: true }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: '공표', exact: true }).click()
      await page.getByText('규정 2판을 공표했습니다').waitFor()
      await versions.getByText('시행 예정').waitFor()
      await versions.getByRole('button', { name: '판 2 보기' }).click()
      await versions.getByText('21일 대출, 연장 2번').waitFor()
      const { body } = await librarian.api.get('/api/loans/policies')
      expect(at(body, 'data', 0)).toMatchObject({ version: 2, state: 'planned', rules: { loanDays: 21 } })
      expect(at(body, 'data', 1)).toMatchObject({ version: 1, state: 'in_force' })
      expect(trouble.filter((what) => !/^400: .*\/policy\/check$/.test(what))).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'begins with the rules in force, names what a change takes the place of, and keeps what a colleague must not undo',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, librarian)
      await go('/lending-rules')
      // Not the 21 of the version to come.
      expect(await page.getByLabel('대출 기간 (일)').inputValue()).toBe('14')
      const renewals = page.getByLabel('연장 횟수')
      await renewals.fill('3')
      await page.getByRole('button', { name: '확인하기' }).click()
      await page.getByRole('button', { name: '공표', exact: true }).click()
      const dialog = page.getByRole('alertdialog')
      expect(await dialog.getByRole('listitem').allTextContents()).toEqual([
        '연장 횟수: 2 → 3',
        expect.stringMatching(/^2판 \(시행: \d{4}-\d{2}-\d{2}\)$/),
      ])
      expect(await barriers(page)).toEqual([])
      if (FOLDER) await picture(page, 'lending-rules-dialog.png')
      const { body } = await librarian.api.get('/api/loans/policies')
      const rules = at(body, 'data', 0, 'rules')
      const from = at(body, 'data', 0, 'inForceOn')
      const json = { version: 2, inForceOn: from, rules: Object.assign({}, rules, { loanDays: 28 }) }
      expect(await librarian.api.send('PUT', '/api/loans/policy', { json })).toMatchObject({ status: 200 })
      await dialog.getByRole('button', { name: '공표', exact: true }).click()
      const note = page.getByRole('alert').filter({ hasText: '그사이 다른 사람이 새 규정을 공표했습니다.' })
      await note.getByText('28일 대출, 연장 2번').waitFor()
      await dialog.waitFor({ state: 'detached' })
      expect(await renewals.inputValue()).toBe('3')
      expect(await barriers(page)).toEqual([])
      if (FOLDER) await picture(page, 'lending-rules-other.png')
      await note.getByRole('button', { name: '내 입력으로 계속' }).click()
      await page.getByRole('button', { name: '확인하기' }).click()
      await page.getByRole('button', { name: '공표', exact: true }).click()
      await dialog.getByText(/^3판/).waitFor()
      await dialog.getByRole('button', { name: '공표', exact: true }).click()
      await page.getByText('규정 4판을 공표했습니다').waitFor()
      expect((await system.api().get('/api/loans/policy')).body).toMatchObject({
        version: 4,
        rules: { loanDays: 14, renewals: 3 },
      })
      expect(trouble.filter((what) => !/^409: .*\/loans\/policy$/.test(what))).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'says when the library is closed, and hears which loans are due then',
    async () => {
      const reader = await customer(system)
      const { id } = await registerBook(librarian, 1)
      const { dueOn } = await borrow(reader, id)
      const { context, page, trouble, go } = await openConsole(browser, system, librarian)
      await go('/opening')
      await page.getByLabel('날짜').fill(dueOn)
      await page.getByLabel('사유 (이용 안내에 보입니다)').fill('장서 점검')
      await page.getByRole('button', { name: '더하기' }).click()
      await page.getByRole('checkbox', { name: '일요일' }).check()
      await page.getByText('아직 저장하지 않았습니다.').waitFor()
      await page.getByRole('button', { name: '저장' }).click()
      await page.getByText('휴관일을 바꿨습니다').waitFor()
      await page.getByText('새 휴관일이 반납일인 대출이 1건 있습니다.', { exact: false }).waitFor()
      const ahead = page.getByRole('region', { name: '앞으로 두 달의 휴관일' })
      await ahead.getByText('장서 점검').waitFor()
      expect(await barriers(page)).toEqual([])
      if (FOLDER) await picture(page, 'opening-changed.png')
      expect((await system.api().get('/api/loans/opening')).body).toMatchObject({
        version: 2,
        closedWeekdays: [1, 7],
        days: [{ day: dueOn, isOpen: false, reason: '장서 점검' }],
      })
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'keeps changed opening days when a colleague saves others, and is not closed on every weekday',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, librarian)
      await go('/opening')
      const boxes = ['월요일', '화요일', '수요일', '목요일', '금요일', '토요일', '일요일']
      const box = (name: string) => page.getByRole('checkbox', { name })
      const save = page.getByRole('button', { name: '저장' })
      for (const name of boxes) await box(name).check()
      await save.click()
      await page.getByText('모든 요일에 쉬면 반납일을 정할 수 없습니다.', { exact: false }).waitFor()
      for (const name of boxes.slice(2)) await box(name).uncheck()
      const { body } = await system.api().get('/api/loans/opening')
      const version = Number(at(body, 'version'))
      const json = { version, closedWeekdays: [5], closedOnHolidays: false, days: [] }
      expect(await librarian.api.send('PUT', '/api/loans/opening', { json })).toMatchObject({ status: 200 })
      await save.click()
      const note = page.getByRole('alert').filter({ hasText: '그사이 다른 사람이 휴관일을 바꾸었습니다.' })
      await note.getByText('정기 휴관: 금요일').waitFor()
      expect(await box('화요일').isChecked()).toBe(true)
      expect(await save.isDisabled()).toBe(true)
      expect(await barriers(page)).toEqual([])
      if (FOLDER) await picture(page, 'opening-other.png')
      await note.getByRole('button', { name: '내 입력으로 계속' }).click()
      await save.click()
      await page.getByText('휴관일을 바꿨습니다').waitFor()
      expect((await system.api().get('/api/loans/opening')).body).toMatchObject({
        version: version + 2,
        closedWeekdays: [1, 2],
        closedOnHolidays: true,
      })
      expect(trouble.filter((what) => !/^(400|409): .*\/loans\/opening$/.test(what))).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'gives a cover its picture, which readers see at once, and takes it away',
    async () => {
      const { id } = await registerBook(librarian, 1, '표지가 생긴 책')
      const { context, page, trouble, go } = await openConsole(browser, system, librarian)
      await go(`/books/${id}`)
      const cover = page.getByRole('region', { name: '표지' })
      const file = { name: 'cover.jpg', mimeType: 'image/jpeg', buffer: await photo(51, 480, 680) }
      await cover.getByLabel('표지 사진').setInputFiles(file)
      await page.getByText('표지 사진을 올렸습니다').waitFor()
      await cover.getByRole('img', { name: '표지', exact: true }).waitFor()
      expect(await barriers(page)).toEqual([])
      if (FOLDER) await picture(page, 'book-cover.png')
      const reader = await context.newPage()
      await reader.goto(`${system.url}/library/books/${id}`)
      const shown = reader.locator('img.cover')
      await expect
        .poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth))
        .toBeGreaterThan(0)
      expect(await shown.getAttribute('src')).toMatch(/^\/api\/books\/pictures\/[0-9a-f]{32}-320\.webp$/)
      await cover.getByRole('button', { name: '사진 빼기' }).click()
      await cover.getByRole('img', { name: '그려진 표지' }).waitFor()
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
