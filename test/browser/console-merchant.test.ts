import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { colleague, crowd, customer, type Person } from '../support/people.ts'
import { buy, changeItem, readOrder, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import type { Order } from '../support/views.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole, untilLoaded } from './console.ts'

/** Orders of one morning. */
const MORNING = 30

describe.runIf(hasBrowser)('the merchant’s morning', () => {
  let system: System
  let browser: Browser
  let merchant: Person
  let itemId: string

  beforeAll(async () => {
    system = await startSystem()
    const [item] = await stockShelves(system, 3)
    itemId = item?.id ?? ''
    merchant = await colleague(system, 'merchant')
    await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 12_000, discountPercent: 0 })
    await setStock(merchant, itemId, 500)
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  /** So many people buy two pieces each. */
  async function sell(count: number): Promise<Order[]> {
    const orders: Order[] = []
    for (const person of await crowd(system, count)) orders.push((await buy(system, person, itemId, 2)).order)
    return orders
  }
  const toast = (page: Page, text: string) => page.locator('.toast', { hasText: text }).waitFor()

  for (const { name, viewport } of CONSOLE_SIZES) {
    const count = name === 'wide' ? MORNING : 3
    it(
      `sends ${count} orders by pasted tracking numbers, all or none, and gives back a part of one (${name})`,
      async () => {
        const orders = await sell(count)
        const [first, second] = orders
        if (!first || !second) throw new Error('nothing was sold')
        const { context, page, trouble, go } = await openConsole(browser, system, merchant, { viewport })
        await go('/shipping')
        const rows = page.locator('.list tbody tr')
        expect(await rows.count()).toBe(count)
        await page.getByLabel('이 쪽 모두 선택').check()
        await page.getByRole('button', { name: '배송 준비로' }).click()
        await toast(page, `${count}건을 배송 준비로 옮겼습니다`)
        await untilLoaded(page)
        await expect.poll(() => rows.filter({ hasText: '배송 준비' }).count()).toBe(count)

        // A sheet with one order number that does not exist: the server names the row, and nothing is sent.
        const sheet = (numbers: readonly string[]) =>
          [
            '주문번호\t택배사\t운송장번호',
            ...numbers.map((number, n) => `${number}\t한진\t6123456789${String(n).padStart(2, '0')}`),
          ].join('\n')
        const numbers = orders.map(({ orderNumber }) => orderNumber)
        const field = page.getByLabel('붙여넣은 내용').first()
        await field.fill(sheet(['20200101-AAAAAA', ...numbers.slice(1)]))
        await page.getByRole('button', { name: '확인하기' }).click()
        await page.getByText('1행에 문제가 있습니다', { exact: false }).waitFor()
        await page.getByText('이 번호의 주문이 없습니다').waitFor()
        expect(await page.getByRole('button', { name: /행 발송 처리/ }).isDisabled()).toBe(true)
        expect(await readOrder(merchant, second.id)).toMatchObject({ state: 'preparing' })
        // What the browser itself sees to be wrong is not even asked.
        await field.fill(`${sheet(numbers)}\nabc\t한진\t612345678999`)
        await page.getByText('주문번호를 찾지 못했습니다', { exact: false }).waitFor()
        expect(await page.getByRole('button', { name: '확인하기' }).isDisabled()).toBe(true)

        await field.fill(sheet(numbers))
        await page.getByRole('button', { name: '확인하기' }).click()
        await page.getByText(`주문 ${count}건, ${count}행을 발송할 수 있습니다.`).waitFor()
        await page.getByRole('button', { name: `${count}행 발송 처리` }).click()
        const dialog = page.getByRole('alertdialog')
        await dialog.getByText(`주문 ${count}건`, { exact: false }).waitFor()
        await dialog.getByRole('button', { name: '발송 처리' }).click()
        await toast(page, `주문 ${count}건을 발송 처리했습니다`)
        await page.getByText('해당하는 항목이 없습니다').waitFor()
        const sent = await Promise.all(orders.map(({ id }) => readOrder(merchant, id)))
        expect(sent.map(({ state }) => state)).toEqual(orders.map(() => 'shipped'))

        // One piece of two comes back.
        await go(`/orders?number=${first.orderNumber}`)
        await page.getByRole('link', { name: first.orderNumber }).click()
        await page.getByRole('heading', { name: `주문 ${first.orderNumber}` }).waitFor()
        await page.getByLabel('환불 수량', { exact: false }).fill('1')
        await page.getByRole('button', { name: '12,000원 환불' }).click()
        await dialog.getByText('홍길동 님의 주문', { exact: false }).waitFor()
        await dialog.getByLabel('사유', { exact: false }).fill('한 병이 깨져서 왔음')
        await dialog.getByRole('button', { name: '12,000원 환불하기' }).click()
        await toast(page, '환불을 요청했습니다')
        await until(async () => (await readOrder(merchant, first.id)).amounts.refundedTotal === 12_000, {
          what: 'the money to be back',
          deadlineMs: 30_000,
        })
        // Nobody reloads: the page follows what happens.
        await page.locator('td', { hasText: '완료' }).first().waitFor()
        await page.getByText('부분 환불', { exact: true }).first().waitFor()
        // The first answer that names a wrong row is a refusal, as it should be.
        expect(trouble.filter((what) => !what.includes('/orders/tracking?check=true'))).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )
  }

  it(
    'needs two people for much money: one proposes, the other confirms',
    async () => {
      await changeItem(merchant, itemId, { originPrice: 900_000 })
      const { order } = await buy(system, await customer(system), itemId, 2)
      await changeItem(merchant, itemId, { originPrice: 12_000 })
      const second = await colleague(system, 'merchant')
      const one = await openConsole(browser, system, merchant)
      await one.go(`/orders/${order.id}`)
      await one.page.getByLabel('남은 금액 전부').check()
      await one.page.getByRole('button', { name: /^[0-9,]+원 환불$/ }).click()
      const dialog = one.page.getByRole('alertdialog')
      await dialog.getByLabel('사유', { exact: false }).fill('고객이 잘못 주문함')
      await dialog.getByRole('button', { name: /환불하기/ }).click()
      await toast(one.page, '다른 담당자가 승인하면')
      await one.page.getByText('본인이 제안했습니다', { exact: false }).waitFor()
      expect(await one.page.getByRole('button', { name: '승인' }).count()).toBe(0)
      await one.context.close()

      const other = await openConsole(browser, system, second)
      await other.go(`/orders/${order.id}`)
      await other.page.getByRole('button', { name: '승인' }).click()
      await other.page.getByRole('button', { name: '승인하고 환불하기' }).click()
      await toast(other.page, '승인했습니다')
      await until(async () => (await readOrder(merchant, order.id)).state === 'refunded', {
        what: 'all of the money to be back',
        deadlineMs: 30_000,
      })
      await other.page.getByText('더 환불할 금액이 없습니다.').waitFor()
      expect(other.trouble).toEqual([])
      await other.context.close()
    },
    JOURNEY_MS,
  )

  it(
    'is nothing for a librarian: not offered, and refused when forced',
    async () => {
      const librarian = await colleague(system, 'librarian')
      const { context, page } = await openConsole(browser, system, librarian)
      await page.goto(`${system.url}/console`)
      await page.locator('h1').first().waitFor()
      expect(await page.locator('nav.menu a[href="/console/orders"]').count()).toBe(0)
      for (const path of ['/orders', '/shipping']) {
        await page.goto(`${system.url}/console${path}`)
        await page.getByRole('heading', { name: '이 역할로는 볼 수 없는 화면입니다' }).waitFor()
      }
      for (const asked of [
        librarian.api.get('/api/admin/orders'),
        librarian.api.get('/api/admin/orders/to-send.csv'),
        librarian.api.post(`/api/admin/orders/${itemId}/prepare`, { json: {} }),
        librarian.api.post(`/api/admin/orders/${itemId}/refunds`, {
          key: true,
          json: { amount: 1, reason: 'x' },
        }),
      ])
        expect((await asked).status).toBe(403)
      await context.close()
    },
    JOURNEY_MS,
  )
})
