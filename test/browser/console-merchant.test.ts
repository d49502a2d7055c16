import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { colleague, crowd, customer, type Person } from '../support/people.ts'
import {
  adminItem,
  arrive,
  askQuestion,
  buy,
  changeItem,
  QUESTION_BODY,
  readOrder,
  setStock,
  stockShelves,
  writeReview,
} from '../support/shop.ts'
import { Subscription, subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import type { Order } from '../support/views.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole, untilLoaded } from './console.ts'
import { barriers, misfits } from './looks.ts'

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
        // On paper: what to fetch for all of them, and a slip for each. Afterwards the page is as it was.
        await page.evaluate(() => {
          window.print = () => undefined
        })
        await page.getByRole('button', { name: '포장 명세서 인쇄' }).click()
        const papers = page.locator('body > .packing section')
        expect(await papers.count()).toBe(count + 1)
        expect(await papers.first().locator('tfoot .count').textContent()).toBe(String(2 * count))
        expect(await papers.nth(1).locator('h2').textContent()).toContain(first.orderNumber)
        await page.emulateMedia({ media: 'print' })
        expect(await papers.nth(1).isVisible()).toBe(true)
        expect(await page.locator('.frame').isVisible()).toBe(false)
        await page.emulateMedia({ media: null })
        await page.evaluate(() => dispatchEvent(new Event('afterprint')))
        await papers.first().waitFor({ state: 'detached' })
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
    'changes a price, is told who keeps theirs, and asks them; corrects the stock with its reason',
    async () => {
      const subscriber = await customer(system)
      const { id } = await subscribe(system, subscriber, itemId)
      const { context, page, trouble, go } = await openConsole(browser, system, merchant, CONSOLE_SIZES[1])
      const dialog = page.getByRole('alertdialog')
      await go(`/items/${itemId}`)
      await page.getByText('약정한 정기배송 1건').waitFor()
      await page.getByLabel('정가 (원)').fill('15000')
      await page.getByLabel('할인율 (%)').fill('10')
      await page.getByText('판매가는 13,500원이 됩니다.').waitFor()
      await page.getByRole('button', { name: '저장', exact: true }).click()
      await dialog.getByText('12,000원에서 13,500원', { exact: false }).waitFor()
      await dialog.getByText('정기배송 1건은 약정한 가격 그대로입니다', { exact: false }).waitFor()
      await dialog.getByRole('button', { name: '이 가격으로 바꾸기' }).click()
      await toast(page, '저장했습니다')
      const changed = await adminItem(merchant, itemId)
      expect(changed).toMatchObject({ originPrice: 15_000, discountPercent: 10, realPrice: 13_500 })

      await page.getByLabel('늘거나 준 수량', { exact: false }).fill('-3')
      await page.getByRole('button', { name: '재고 고치기' }).click()
      await dialog.getByLabel('사유', { exact: false }).fill('창고에서 깨짐')
      await dialog.getByRole('button', { name: '재고 고치기' }).click()
      await toast(page, '재고는')
      await page
        .locator('tr', { hasText: '창고에서 깨짐' })
        .getByRole('cell', { name: '-3', exact: true })
        .waitFor()
      expect((await adminItem(merchant, itemId)).stock.onHand).toBe(changed.stock.onHand - 3)

      await page.getByRole('link', { name: '정기배송 목록에서 제안하기' }).click()
      await page.getByLabel('이 쪽 모두 선택').check()
      await page.getByLabel('새 단가 (원)').fill('13500')
      await page.getByRole('button', { name: '새 가격 제안' }).click()
      await dialog.getByText('동의하기 전에는 약정한 가격으로 결제됩니다', { exact: false }).waitFor()
      await dialog.getByRole('button', { name: '1건에 제안하기' }).click()
      await toast(page, '1건에 새 가격을 제안했습니다')
      const asked = await subscriber.api.get(`/api/subscriptions/${id}`)
      expect(expectBody(asked, 200, Subscription)).toMatchObject({
        unitPrice: 12_000,
        pendingPrice: { unitPrice: 13_500 },
      })
      const accept = await subscriber.api.post(`/api/subscriptions/${id}/accept-price`, {
        json: { unitPrice: 13_500 },
      })
      expect(expectBody(accept, 200, Subscription).unitPrice).toBe(13_500)
      // Nobody reloads: the list follows what the customer did.
      await page.locator('tbody td', { hasText: '13,500원' }).first().waitFor()

      await page.locator('.row-link').first().click()
      await page.getByRole('heading', { name: '다가오는 배송' }).waitFor()
      await page.getByRole('button', { name: '해지' }).click()
      await dialog.getByLabel('사유').selectOption('item_discontinued')
      await dialog.getByRole('button', { name: '해지하기' }).click()
      await toast(page, '해지했습니다')
      const ended = expectBody(await subscriber.api.get(`/api/subscriptions/${id}`), 200, Subscription)
      expect(ended).toMatchObject({ state: 'cancelled', cancelReason: 'item_discontinued' })
      await changeItem(merchant, itemId, { originPrice: 12_000, discountPercent: 0 })
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'hides a review that was reported, and shows it again',
    async () => {
      const buyer = await customer(system)
      const { order } = await buy(system, buyer, itemId)
      const json = { carrier: 'hanjin', trackingNumber: '612345678955' }
      await merchant.api.post(`/api/admin/orders/${order.id}/ship`, { json })
      await merchant.api.post(`/api/admin/orders/${order.id}/deliver`, { json: {} })
      const id = await writeReview(buyer, order.id)
      const reporter = await customer(system)
      await reporter.api.post(`/api/reviews/${id}/reports`, { json: { reason: 'false_claim' } })
      const { context, page, trouble, go } = await openConsole(browser, system, merchant)
      const dialog = page.getByRole('alertdialog')
      await go('/reviews')
      await page.getByText('허위·과장 1').waitFor()
      await page.getByRole('button', { name: '숨기기' }).click()
      await dialog.getByLabel('작성자에게 보일 사유').fill('효능을 과장했습니다')
      await dialog.getByRole('button', { name: '숨기기' }).click()
      await toast(page, '리뷰를 숨겼습니다')
      const seen = async () => JSON.stringify((await system.api().get(`/api/reviews?itemId=${itemId}`)).body)
      expect(await seen()).not.toContain(id)
      await page.getByRole('link', { name: '숨긴 리뷰' }).click()
      await page.getByText('효능을 과장했습니다').waitFor()
      await page.getByRole('button', { name: '다시 보이기' }).click()
      await dialog.getByRole('button', { name: '다시 보이기' }).click()
      await toast(page, '리뷰가 다시 보입니다')
      expect(await seen()).toContain(id)
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'answers a question in its row, corrects the answer, hides the question and shows it again',
    async () => {
      const asker = await customer(system)
      const id = await askQuestion(asker, itemId)
      const { context, page, trouble, go } = await openConsole(browser, system, merchant, CONSOLE_SIZES[1])
      const dialog = page.getByRole('alertdialog')
      await go('/questions?state=unanswered')
      const row = page.locator('tbody tr', { hasText: QUESTION_BODY })
      await row.getByRole('textbox').fill('하루 두 알입니다.')
      // Meanwhile its asker has changed their mind: what was not read is not answered.
      await asker.api.patch(`/api/questions/${id}`, { json: { isPrivate: true } })
      await row.getByText('비밀글').waitFor()
      await row.getByRole('button', { name: '답변 등록' }).click()
      await row.getByRole('alert').filter({ hasText: '다시 읽고 답변해 주세요' }).waitFor()
      // The refusal is told of by the browser too.
      trouble.length = 0
      await row.getByRole('button', { name: '답변 등록' }).click()
      await toast(page, '답변을 등록했습니다')
      await page.getByText('이 조건에 맞는 문의가 없습니다.').waitFor()

      await go('/questions')
      await row.getByRole('button', { name: '답변 수정' }).click()
      await row.getByRole('textbox').fill('하루 한 알이면 됩니다.')
      await row.getByRole('button', { name: '수정 저장' }).click()
      await toast(page, '답변을 수정했습니다')
      await row.getByText('고치기 전 답변 1개').click()
      await row.getByText('하루 두 알입니다.', { exact: false }).waitFor()
      await row.getByRole('button', { name: '숨기기' }).click()
      await dialog.getByLabel('작성자에게 보일 사유').fill('다른 쇼핑몰 광고')
      await dialog.getByRole('button', { name: '숨기기' }).click()
      await toast(page, '문의를 숨겼습니다')
      const seen = async () =>
        JSON.stringify((await system.api().get(`/api/questions?itemId=${itemId}`)).body)
      expect(await seen()).not.toContain(id)
      await row.getByRole('button', { name: '다시 보이기' }).click()
      await dialog.getByRole('button', { name: '다시 보이기' }).click()
      await toast(page, '문의가 다시 보입니다')
      expect(await seen()).toContain(id)
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'offers a coupon to everybody, and ends it',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, merchant)
      await go('/coupons')
      await page.getByRole('link', { name: '새 쿠폰' }).click()
      await page.getByLabel('쿠폰 이름').fill('환절기 쿠폰')
      await page.getByLabel('할인액 (원)').fill('3000')
      await page.getByLabel('최소 상품 금액').fill('3000')
      await page.getByLabel('첫날').fill('2020-01-01')
      await page.getByLabel('마지막 날').fill('2099-12-31')
      await page.getByRole('button', { name: '쿠폰 내놓기' }).click()
      await page.getByRole('alert').filter({ hasText: '100원 이상' }).waitFor()
      // The refusal is told of by the browser too.
      trouble.length = 0
      await page.getByLabel('최소 상품 금액').fill('20000')
      await page.getByRole('button', { name: '쿠폰 내놓기' }).click()
      await toast(page, '환절기 쿠폰')
      const buyer = await customer(system)
      const offered = async () => JSON.stringify((await buyer.api.get('/api/coupons')).body)
      expect(await offered()).toContain('환절기 쿠폰')
      await page.getByRole('button', { name: '종료하기' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: '종료하기' }).click()
      await toast(page, '쿠폰을 종료했습니다')
      await page.getByRole('link', { name: '새 쿠폰' }).click()
      await page.getByLabel('쿠폰 이름').fill('눈 건강 코드')
      await page.getByLabel('할인액 (원)').fill('1000')
      await page.getByLabel('최소 상품 금액').fill('5000')
      await page.getByLabel('첫날').fill('2020-01-01')
      await page.getByLabel('마지막 날').fill('2099-12-31')
      await page.getByLabel('쓸 수 있는 고객').selectOption('before')
      await page.getByLabel('눈', { exact: true }).check()
      await page.getByLabel('쿠폰 코드').fill('eyes2026')
      expect(await misfits(page)).toEqual([])
      expect(await barriers(page)).toEqual([])
      await page.getByRole('button', { name: '쿠폰 내놓기' }).click()
      await toast(page, '눈 건강 코드')
      await page.getByRole('cell', { name: 'EYES2026' }).waitFor()
      await page.getByRole('cell', { name: '구매한 적이 있는 고객만' }).waitFor()
      expect(await offered()).not.toContain('눈 건강 코드')
      const typed = await buyer.api.post('/api/coupons/claims', { json: { code: 'EYES2026' } })
      expect(typed.body).toMatchObject({ categories: ['EYE'], boughtBefore: true })
      expect(await offered()).toContain('눈 건강 코드')
      expect(await offered()).not.toContain('환절기 쿠폰')
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'takes back what a customer returns, and says before how much goes back',
    async () => {
      const buyer = await customer(system)
      const orders = [(await buy(system, buyer, itemId, 2)).order, (await buy(system, buyer, itemId)).order]
      const ask = async (order: Order, more: object) => {
        await arrive(merchant, order.id)
        const json = { kind: 'return', reason: 'changed_mind', lines: [{ lineNo: 1, quantity: 1 }], ...more }
        const { status } = await buyer.api.post(`/api/orders/${order.id}/returns`, { key: true, json })
        expect(status).toBe(201)
      }
      const [back, swap] = orders
      if (!back || !swap) throw new Error('nothing was sold')
      await ask(back, {})
      await ask(swap, { kind: 'exchange', note: '다른 맛으로 바꾸고 싶어요' })
      const { context, page, trouble, go } = await openConsole(browser, system, merchant, CONSOLE_SIZES[1])
      const dialog = page.getByRole('alertdialog')
      await go('/returns?state=requested')
      expect(await page.locator('tbody tr').count()).toBe(2)
      const row = (order: Order) => page.locator('tr', { hasText: order.orderNumber })
      await go('/returns')
      for (const order of orders) {
        await row(order).getByRole('button', { name: '승인' }).click()
        await row(order).getByText('승인됨').waitFor()
      }
      // 12,000 less 3,000 for the parcel, which who changes their mind pays.
      await row(back).getByRole('button', { name: '도착 확인' }).click()
      await dialog.getByText('홍길동 님께 9,000원을 바로 돌려줍니다', { exact: false }).waitFor()
      await dialog.getByRole('button', { name: '도착 확인' }).click()
      await row(back).getByText('환불 완료').waitFor()
      expect((await readOrder(merchant, back.id)).amounts.refundedTotal).toBe(9_000)

      await row(swap).getByRole('button', { name: '도착 확인' }).click()
      await dialog.getByRole('button', { name: '도착 확인' }).click()
      // Who changes their mind pays the parcels, and nothing is sent before that is settled.
      await row(swap).getByRole('button', { name: '교환 배송비 기록' }).waitFor()
      expect(await row(swap).getByRole('button', { name: '교환품 발송' }).count()).toBe(0)
      await row(swap).getByRole('button', { name: '교환 배송비 기록' }).click()
      await dialog.getByText('왕복 배송비 6,000원', { exact: false }).waitFor()
      await dialog.getByLabel('받은 방법').selectOption('waived')
      expect(await dialog.getByRole('button', { name: '기록' }).isDisabled()).toBe(true)
      await dialog.getByLabel('면제하는 사유').fill('단골 고객')
      await dialog.getByRole('button', { name: '기록' }).click()
      await row(swap).getByText('면제', { exact: false }).waitFor()
      await row(swap).getByRole('button', { name: '교환품 발송' }).click()
      await dialog.getByLabel('운송장번호').fill('612345678977')
      await dialog.getByRole('button', { name: '교환품 발송' }).click()
      await row(swap).locator('.badge', { hasText: '교환품 발송' }).waitFor()
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

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
      const selling = ['orders', 'shipping', 'returns', 'items', 'subscriptions', 'reviews', 'questions']
      const offered = selling.map((room) => `nav.menu a[href="/console/${room}"]`).join()
      expect(await page.locator(offered).count()).toBe(0)
      for (const room of selling) {
        await page.goto(`${system.url}/console/${room}`)
        await page.getByRole('heading', { name: '이 역할로는 볼 수 없는 화면입니다' }).waitFor()
      }
      for (const asked of [
        librarian.api.get('/api/admin/orders'),
        librarian.api.get('/api/admin/orders/to-send.csv'),
        librarian.api.get('/api/admin/returns'),
        librarian.api.post(`/api/admin/returns/${itemId}/approve`, { json: {} }),
        librarian.api.get('/api/admin/items'),
        librarian.api.get(`/api/admin/items/${itemId}/stock-changes`),
        librarian.api.patch(`/api/admin/items/${itemId}`, { json: { version: 1, originPrice: 1 } }),
        librarian.api.get('/api/admin/subscriptions'),
        librarian.api.post(`/api/admin/subscriptions/${itemId}/price`, { json: { unitPrice: 1 } }),
        librarian.api.get('/api/admin/reviews'),
        librarian.api.post(`/api/admin/reviews/${itemId}/hide`, { json: { reason: 'x' } }),
        librarian.api.get('/api/admin/questions'),
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
