import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { iso2709 } from '../../src/library/book/formats/kormarc.fixture.ts'
import { askReturn, atLoan, borrow, cardOf, onlyBarcode, registerBook, untilStock } from '../library/api.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole } from './console.ts'
import { barriers, misfits } from './looks.ts'

describe.runIf(hasBrowser)('the library’s rooms, by hand', () => {
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
    'a file of the old system is looked at, imported, told as known when it comes again, and goes out',
    async () => {
      const wrong = iso2709(['056 ## $a800', '245 00 $a길이가 틀린 책'])
      wrong.write('00009', 0)
      const buffer = Buffer.concat([
        iso2709(['056 ## $a813.7', '245 00 $a똠방의 도서관', '049 0# $lOLD-0001'], { encoding: 'cp949' }),
        wrong,
        iso2709(['082 04 $a895.73', '245 00 $a분류 없는 책']),
      ])
      const file = { name: 'old.mrc', mimeType: 'application/marc', buffer }
      const [, narrow] = CONSOLE_SIZES
      const { context, page, trouble, go } = await openConsole(browser, system, librarian, {
        viewport: narrow.viewport,
      })
      await go('/books/import')
      const preview = async () => {
        await page.locator('input[type=file]').setInputFiles(file)
        await page.getByRole('button', { name: '무엇이 바뀌는지 보기' }).click()
      }
      await preview()
      await page.getByText('레코드 3건: 새 책 2종, 바뀌는 책 0종, 새 복본 2권').waitFor()
      const rejected = page.getByRole('region', { name: '가져오지 못한 레코드' })
      expect(await rejected.locator('tbody tr').allInnerTexts()).toEqual([
        expect.stringContaining('리더의 레코드 길이가 실제와 다릅니다'),
      ])
      await page.getByRole('region', { name: '확인할 레코드' }).getByText('DDC 895.73').waitFor()
      await page.getByRole('region', { name: '바뀌는 책' }).getByText('똠방의 도서관').waitFor()
      expect(await barriers(page)).toEqual([])
      expect(await misfits(page)).toEqual([])

      await page.getByRole('button', { name: '2종 가져오기' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: '2종 가져오기' }).click()
      await page.getByText('새 책 2종을 등록하고 0종을 바꿨습니다').first().waitFor()
      await preview()
      await page.getByText('새 책 0종, 바뀌는 책 0종, 새 복본 0권').waitFor()
      expect(await page.getByRole('button', { name: /종 가져오기/ }).count()).toBe(0)

      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'KORMARC (ISO 2709)' }).click(),
      ])
      expect(saved.suggestedFilename()).toBe('books.mrc')
      expect(await readFile(await saved.path(), 'utf8')).toContain('똠방의 도서관')
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  /** A book that came back by itself while somebody waits for it. */
  async function toPull(title: string, waiting: Person): Promise<string> {
    const reader = await customer(system)
    const { id } = await registerBook(librarian, 1, title)
    const loan = await borrow(reader, id)
    await atLoan(reader, loan.id, 'active')
    const hold = await waiting.api.post(`/api/books/${id}/holds`, { key: true })
    if (hold.status !== 201) throw new Error(`no hold: ${hold.code}`)
    await askReturn(reader, loan.id, { copies: 1 })
    await untilStock(reader, id, 'kept', ({ onShelf }) => onShelf === 1)
    return onlyBarcode(librarian, id)
  }

  it(
    'a walk to the hold shelf: one is put there by a scan, one is not to be found',
    async () => {
      const waiting = await customer(system)
      const there = await toPull('서가에 있는 책', waiting)
      const gone = await toPull('사라진 책', waiting)
      const card = await cardOf(librarian, waiting)
      const { context, page, trouble, go } = await openConsole(browser, system, librarian)
      await go('/to-pull')
      const list = page.getByRole('region', { name: '찾을 책' })
      await list.getByText(card).nth(1).waitFor()
      expect(await barriers(page)).toEqual([])
      expect(await misfits(page)).toEqual([])
      await page.emulateMedia({ media: 'print' })
      expect(await page.locator('#desk-scan').isVisible()).toBe(false)
      expect(await list.getByText(there).isVisible()).toBe(true)
      await page.emulateMedia({ media: 'screen' })

      await page.keyboard.type(there)
      await page.keyboard.press('Enter')
      await page.locator('.desk-last').getByText(`${card} 님의 확인증을 끼워 예약 서가에`).waitFor()
      await list.getByText(there).waitFor({ state: 'detached' })

      await list.getByRole('row', { name: gone }).getByRole('button', { name: '없음' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: '없음' }).click()
      await page.getByText('예약자는 같은 순서로 다시 기다립니다').first().waitFor()
      await page.getByText('찾을 책이 없습니다.').waitFor()
      const holds = await waiting.api.get('/api/holds')
      expect(JSON.stringify(holds.body)).toContain('"state":"waiting"')
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
