import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { colleague, type Person } from '../support/people.ts'
import { adminItem, changeItem, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole } from './console.ts'
import { barriers, misfits } from './looks.ts'

describe.runIf(hasBrowser)('a merchant’s catalogue', () => {
  let system: System
  let browser: Browser
  let merchant: Person
  let items: string[]

  beforeAll(async () => {
    system = await startSystem()
    items = (await stockShelves(system, 4)).slice(0, 2).map(({ id }) => id)
    merchant = await colleague(system, 'merchant')
    for (const itemId of items) {
      await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000, discountPercent: 0 })
      await setStock(merchant, itemId, 50)
    }
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })
  const toast = (page: Page, text: string) => page.locator('.toast', { hasText: text }).waitFor()

  it(
    'an item is entered, its number is not taken twice, and its texts are written anew',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, merchant, CONSOLE_SIZES[1])
      await go('/items')
      await page.getByRole('link', { name: '상품 등록' }).click()
      const fill = async (name: string) => {
        await page.getByLabel('품목제조번호').fill('997654321098')
        await page.getByLabel('상품명').fill(name)
        await page.getByLabel('브랜드 (업소명)').fill('건강제약')
        await page.getByLabel('주된 기능성').fill('눈 건강에 도움을 줄 수 있음')
        await page.getByRole('button', { name: '숨김 상태로 등록' }).click()
      }
      await fill('화면에서 만든 루테인')
      await page.getByRole('heading', { name: '화면에서 만든 루테인' }).waitFor()
      await page.locator('.badge', { hasText: '숨김' }).first().waitFor()

      await go('/items/new')
      await fill('두 번째 루테인')
      await page.getByRole('link', { name: '이미 등록된 상품 보기' }).click()
      await page.getByRole('heading', { name: '화면에서 만든 루테인' }).waitFor()
      expect(trouble.splice(0)).toEqual([expect.stringMatching(/^409: .*\/api\/admin\/items$/)])

      await page.getByRole('link', { name: '설명 고치기' }).click()
      await page.getByText('바뀌는 내용이 없습니다.').waitFor()
      await page.getByLabel('상품명').fill('이름을 고친 루테인')
      await page.getByLabel('보관방법').fill('서늘한 곳')
      const changes = page.locator('tbody tr')
      expect(await changes.allInnerTexts()).toEqual([
        expect.stringMatching(/상품명\s+화면에서 만든 루테인\s+이름을 고친 루테인/),
        expect.stringMatching(/보관방법\s+\(없음\)\s+서늘한 곳/),
      ])
      expect(await misfits(page)).toEqual([])
      expect(await barriers(page)).toEqual([])
      await page.getByRole('button', { name: '2개 항목 저장' }).click()
      await page.getByRole('heading', { name: '이름을 고친 루테인' }).waitFor()
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'what has to be said of an item is listed until it is written, and stands on its page',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, merchant, CONSOLE_SIZES[1])
      const nothing = { makerAddress: '', contents: '', ingredients: '', nutrition: '', sideEffects: '' }
      await changeItem(merchant, items[0] ?? '', {
        notice: { ...nothing, origin: null, importer: '', country: '', geneticallyModified: null },
      })
      await go('/items?notice=incomplete')
      const row = page.locator(`a[href$="/items/${items[0]}"]`).first()
      await row.waitFor()
      await row.click()
      const panel = page.locator('#notice')
      await panel.getByRole('listitem').filter({ hasText: '영양정보' }).waitFor()
      await panel.getByText('고시 정보 적기').click()
      await panel.getByLabel('제조구분').selectOption('imported')
      const written = {
        '수입업소명과 소재지': '(주)수입상사, 서울특별시 중구',
        제조국: '독일',
        '내용량 (중량, 수량)': '54 g (600 mg × 90캡슐)',
        '원료명 및 함량, 원산지': '마리골드꽃추출물 20 %(인도산)',
        영양정보: '1일 섭취량당 열량 5 kcal',
        '부작용 발생 가능성': '알려진 것 없음',
      }
      for (const [label, text] of Object.entries(written)) await panel.getByLabel(label).fill(text)
      await panel.getByLabel('수입신고를 마쳤습니다').check()
      await panel.getByLabel('유전자변형건강기능식품').selectOption('no')
      expect(await misfits(page)).toEqual([])
      expect(await barriers(page)).toEqual([])
      await panel.getByRole('button', { name: '고시 정보 저장' }).click()
      await toast(page, '고시 정보를 저장했습니다')
      await panel.getByRole('listitem').filter({ hasText: '영양정보' }).waitFor({ state: 'detached' })
      expect(await adminItem(merchant, items[0] ?? '')).toMatchObject({
        notice: { origin: 'imported', country: '독일', importDeclared: true, geneticallyModified: false },
      })
      await page.goto(`${system.url}/items/${items[0]}`)
      for (const text of Object.values(written)) await page.getByText(text).first().waitFor()
      await page.getByText('수입신고를 필함').waitFor()
      expect(await misfits(page)).toEqual([])
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'a table is brought back: wrong rows are named and nothing is done, then it is shown, and done as shown',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, merchant)
      const dialog = page.getByRole('alertdialog')
      await go('/items')
      await page.getByRole('link', { name: '표로 고치기' }).click()
      await page.getByLabel('상태').selectOption('on_sale')
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: '표 내려받기 (CSV)' }).click(),
      ])
      const saved = await readFile(await file.path(), 'utf8')
      expect(saved.startsWith('\uFEFF상품ID,버전')).toBe(true)

      const [head = '', ...rows] = saved.slice(1).trimEnd().split('\r\n')
      const columns = head.split(',')
      const withCells = (itemId: string | undefined, cells: Readonly<Record<string, string>>) => {
        const row = rows.find((line) => line.startsWith(itemId ?? '-'))?.split(',') ?? []
        for (const [name, value] of Object.entries(cells)) row[columns.indexOf(name)] = value
        return row.join(',')
      }
      const [first, second] = items
      const bring = async (...lines: string[]) => {
        const buffer = Buffer.from([head, ...lines].join('\r\n'))
        await page
          .getByLabel('고친 표 (XLSX, CSV)')
          .setInputFiles({ name: 'items.csv', mimeType: 'application/vnd.ms-excel', buffer })
        await page.getByRole('button', { name: '무엇이 바뀌는지 보기' }).click()
      }
      await page.getByLabel('사유 (재고 내역에 남습니다)').fill('겨울 개편')
      const before = [await adminItem(merchant, first ?? ''), await adminItem(merchant, second ?? '')]
      await bring(withCells(first, { 정가: '12000', 재고증감: '5' }), withCells(second, { 정가: '만원' }))
      await page.getByText('1줄에 틀린 곳이 있어 아무것도 바꾸지 않았습니다', { exact: false }).waitFor()
      await page.getByRole('cell', { name: '3', exact: true }).waitFor()
      expect(await page.getByRole('button', { name: /상품 바꾸기$/ }).count()).toBe(0)
      expect(trouble.splice(0)).toEqual([expect.stringMatching(/^422: /)])

      await bring(
        withCells(first, { 정가: '12000', 할인율: '10', 재고증감: '5' }),
        withCells(second, { 판매상태: '숨김' }),
      )
      await page.getByText('2줄 가운데 2개 상품이 바뀝니다', { exact: false }).waitFor()
      await page.getByRole('cell', { name: '10,000원 → 10,800원' }).waitFor()
      await page.getByRole('cell', { name: '판매 중 → 숨김' }).waitFor()
      // Shown is not done.
      expect([await adminItem(merchant, first ?? ''), await adminItem(merchant, second ?? '')]).toEqual(
        before,
      )
      expect(await misfits(page)).toEqual([])
      expect(await barriers(page)).toEqual([])

      // Somebody else is faster: the row is named, and nothing of the table is done.
      await changeItem(merchant, second ?? '', { originPrice: 11_000 })
      await page.getByRole('button', { name: '2개 상품 바꾸기' }).click()
      await dialog.getByText('재고 증가 5개, 감소 0개').waitFor()
      await dialog.getByRole('button', { name: '2개 상품 바꾸기' }).click()
      await dialog.waitFor({ state: 'detached' })
      await page.getByText('1줄에 틀린 곳이 있어 아무것도 바꾸지 않았습니다', { exact: false }).waitFor()
      expect(await adminItem(merchant, first ?? '')).toEqual(before[0])
      expect(trouble.splice(0)).toEqual([expect.stringMatching(/^422: /)])

      await bring(withCells(first, { 정가: '12000', 할인율: '10', 재고증감: '5' }))
      await page.getByRole('button', { name: '1개 상품 바꾸기' }).click()
      await dialog.getByRole('button', { name: '1개 상품 바꾸기' }).click()
      await toast(page, '1개 상품을 바꿨습니다')
      expect(await adminItem(merchant, first ?? '')).toMatchObject({
        originPrice: 12_000,
        realPrice: 10_800,
        stock: { onHand: (before[0]?.stock.onHand ?? 0) + 5 },
      })
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
