import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { changeItem, placeOrder, setStock, stockShelves } from '../support/shop.ts'
import { skipToCharge, subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { deadEvent, lostPayment } from '../support/trouble.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole, untilLoaded } from './console.ts'

/** More than are on their way at once: the rest waits when the run is paused. */
const SUBSCRIBERS = 14
const PRICE = 30_000
const [WIDE, NARROW] = CONSOLE_SIZES

describe.runIf(hasBrowser)('the operator’s night', () => {
  let system: System
  let browser: Browser
  let admin: Person
  let second: Person
  let itemId: string

  beforeAll(async () => {
    system = await startSystem({
      settings: {
        PAYMENT_LOOK_SECONDS: '3600,3600,3600,3600',
        DECIDE_ALONE_UP_TO: '50000',
        BILLING_CONCURRENCY: '1',
      },
    })
    itemId = (await stockShelves(system, 2))[0]?.id ?? ''
    const merchant = await colleague(system, 'merchant')
    await changeItem(merchant, itemId, { status: 'on_sale', originPrice: PRICE, discountPercent: 0 })
    await setStock(merchant, itemId, 100)
    const subscribers = []
    for (let n = 0; n < SUBSCRIBERS; n += 1) {
      const person = await customer(system)
      subscribers.push([person, await subscribe(system, person, itemId)] as const)
    }
    // Half past midnight: the run of the day begins by itself at two.
    await skipToCharge(system, subscribers, { hoursAfterNotice: 63 })
    // A month has gone by: everybody logs in anew.
    admin = await colleague(system, 'admin')
    second = await colleague(system, 'merchant')
    browser = await openBrowser()
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it(
    'a run is looked at before it, begun, paused and gone on with, and nobody is charged twice',
    async () => {
      const before = await system.bank.money()
      await system.bank.faults({
        match: { operation: 'subscription' },
        effect: { kind: 'latency', distribution: 'fixed', ms: 1_000 },
      })
      const { context, page, trouble, go } = await openConsole(browser, system, admin, {
        viewport: WIDE.viewport,
      })
      await go('/billing')
      const plan = page.getByRole('region', { name: /미리보기/ })
      await plan.getByText(`${SUBSCRIBERS} · 420,000원`).waitFor()
      await plan.getByRole('button', { name: '지금 실행' }).click()
      const asked = page.getByRole('alertdialog')
      await asked.getByText('고객 14건에 모두 420,000원을 결제합니다.').waitFor()
      await asked.getByRole('button', { name: '지금 실행' }).click()
      await page.waitForURL(/\/billing\/[0-9a-f-]{36}$/)

      // Some are charged, and it is seen without reloading.
      await page.getByText(/^[1-6] \/ 14건/).waitFor()
      await page.getByRole('button', { name: '일시정지' }).click()
      await page
        .getByRole('alertdialog')
        .getByText(/결제하지 않습니다/)
        .waitFor()
      await page.getByRole('alertdialog').getByRole('button', { name: '일시정지' }).click()
      await page.getByText('일시정지했습니다').waitFor()
      await page.locator('h1 + .badge', { hasText: '일시정지' }).waitFor()
      const charged = async () => (await system.bank.money()).charges - before.charges
      // What was on its way is finished, and then nothing more begins.
      const standing = await until(
        async () => {
          const now = await charged()
          await new Promise((done) => setTimeout(done, 2_500))
          return (await charged()) === now && now
        },
        { deadlineMs: 20_000, what: 'the paused run to stand still' },
      )
      expect(standing).toBeLessThan(SUBSCRIBERS)

      await page.getByRole('button', { name: '다시 시작' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: '다시 시작' }).click()
      await page.locator('h1 + .badge', { hasText: '완료' }).waitFor()
      await page.getByText('14 / 14건').waitFor()
      const after = await system.bank.money()
      expect([after.charges - before.charges, after.charged - before.charged]).toEqual([
        SUBSCRIBERS,
        SUBSCRIBERS * PRICE,
      ])
      const report = page.getByRole('region', { name: '실제' })
      await report.getByRole('row', { name: /성공/ }).getByText('420,000원').waitFor()
      await system.bank.heal()
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'a payment nobody knows of is decided by two people, each in their own window',
    async () => {
      const minji = await customer(system)
      const order = await placeOrder(minji, itemId, 3)
      const paymentId = await lostPayment(system, minji, order.id)

      const one = await openConsole(browser, system, admin, { viewport: NARROW.viewport })
      await one.go('/overview')
      await one.page.getByRole('link', { name: '결과를 모르는 결제' }).click()
      await one.page.getByRole('heading', { name: '결제 확인' }).waitFor()
      await untilLoaded(one.page)
      await one.page.getByRole('link', { name: paymentId.slice(-12) }).focus()
      await one.page.keyboard.press('Enter')
      const evidence = one.page.getByRole('region', { name: '결제사 답변과 근거' })
      await evidence.getByText('요청함').first().waitFor()
      await one.page.getByRole('region', { name: '우리 기록' }).getByText(order.id).waitFor()

      await one.page.getByRole('button', { name: '결제된 것으로' }).click()
      const asked = one.page.getByRole('alertdialog')
      await asked.getByText('90,000원이 결제된 것으로 장부에 남고').waitFor()
      // Nothing is done without saying what was seen.
      const submit = asked.getByRole('button', { name: '결제된 것으로' })
      expect(await submit.isDisabled()).toBe(true)
      await asked.getByLabel('근거').fill('카카오페이 판매자 콘솔에서 승인 확인')
      await submit.click()
      await one.page.getByText('다른 담당자의 확인을 기다립니다').waitFor()
      await one.page.getByText('본인의 제안입니다').waitFor()
      expect(await one.page.getByRole('button', { name: '확인', exact: true }).count()).toBe(0)
      const proposals = (await second.api.get('/api/admin/proposals')).body
      const rows = at(proposals, 'data')
      const proposal = Array.isArray(rows)
        ? rows.find((row) => at(row, 'subjectId') === paymentId)
        : undefined
      const path = `/api/admin/proposals/${String(at(proposal, 'id'))}/confirm`
      // What is not offered is refused when it is forced.
      expect((await admin.api.post(path)).status).toBe(409)

      const two = await openConsole(browser, system, second, { viewport: WIDE.viewport })
      await two.go('/payments')
      const waiting = two.page.getByRole('region', { name: '두 번째 확인을 기다리는 결정' })
      await waiting.getByText('카카오페이 판매자 콘솔에서 승인 확인').waitFor()
      await waiting.getByRole('button', { name: '확인', exact: true }).click()
      await two.page.getByRole('alertdialog').getByRole('button', { name: '확인', exact: true }).click()
      await two.page.getByText('확인했습니다').waitFor()
      await waiting.waitFor({ state: 'detached' })
      const settled = await minji.api.get(`/api/orders/${order.id}`)
      expect(at(settled.body, 'state')).toBe('paid')
      // The first one sees it without reloading.
      await one.page.locator('h1 + .badge', { hasText: '결제됨' }).waitFor()
      const audit = await admin.api.get(`/api/admin/audit?action=payment.decision&subjectId=${paymentId}`)
      expect(JSON.stringify(at(audit.body, 'data'))).toContain(second.id)
      // That it takes another person is told as a refusal.
      const unexpected = one.trouble.filter((what) => !/^409: .*\/decision$/.test(what))
      expect([unexpected, two.trouble]).toEqual([[], []])
      await one.context.close()
      await two.context.close()
    },
    JOURNEY_MS,
  )

  it(
    'a dead letter is read and replayed, another one discarded',
    async () => {
      const ids = [await deadEvent(system), await deadEvent(system)]
      const { context, page, trouble, go } = await openConsole(browser, system, admin, {
        viewport: WIDE.viewport,
      })
      await go('/dead-letters')
      const rows = page.locator('tbody tr')
      expect(await rows.count()).toBe(2)
      await rows.first().getByText('test.nothing').waitFor()
      await rows.first().getByRole('button', { name: '다시 시도' }).click()
      await page.getByText('다시 시도합니다').first().waitFor()
      await until(async () => (await rows.count()) === 1, { deadlineMs: 10_000, what: 'one to be left' })
      await rows.first().getByRole('button', { name: '버리기' }).click()
      await page
        .getByRole('alertdialog')
        .getByText(/되돌릴 수 없습니다/)
        .waitFor()
      await page.getByRole('alertdialog').getByRole('button', { name: '버리기' }).click()
      await page.getByText('처리되지 않은 일이 없습니다.').waitFor()
      const left = await execute(
        system.databaseUrl,
        `select id::int, state from platform.parked_event where id in (${ids.join(',')})`,
      )
      expect(left).toHaveLength(1)
      expect(left[0]?.state).not.toBe('dead')
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'what a role may not do is not offered, and is refused when forced',
    async () => {
      const { context, page, go } = await openConsole(browser, system, second)
      await go('/')
      const rooms = await page.locator('nav.menu a').allInnerTexts()
      expect(rooms).toContain('결제 확인')
      for (const [name, path, operation] of [
        ['처리되지 않은 일', '/dead-letters', '/api/admin/dead-letters'],
        ['감사 기록', '/audit', '/api/admin/audit'],
        ['사용자와 역할', '/users', '/api/admin/accounts/staff'],
        ['적용 중인 설정', '/settings', '/api/admin/settings'],
      ] as const) {
        expect(rooms).not.toContain(name)
        await page.goto(`${system.url}/console${path}`)
        await page.getByRole('heading', { name: '이 역할로는 볼 수 없는 화면입니다' }).waitFor()
        expect((await second.api.get(operation)).status).toBe(403)
      }
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'roles are given and taken with a reason, and the search finds a customer by phone, number and e-mail',
    async () => {
      const minji = await customer(system)
      const order = await placeOrder(minji, itemId)
      const { context, page, trouble, go } = await openConsole(browser, system, admin)
      await go('/users')
      await page.getByLabel('이메일', { exact: true }).fill(minji.email)
      await page.keyboard.press('Enter')
      const found = page.getByRole('region', { name: '이메일로 찾기' })
      await found.getByRole('button', { name: '역할 바꾸기' }).click()
      const asked = page.getByRole('alertdialog')
      await asked.getByLabel('사서').check()
      await asked.getByText('바꾼 뒤: 사서').waitFor()
      await asked.getByLabel('사유').fill('도서관 근무 시작')
      await asked.getByRole('button', { name: '역할 바꾸기' }).click()
      await page.getByText('역할을 바꿨습니다').waitFor()
      await page.locator('tbody tr', { hasText: minji.email }).getByText('고객, 사서').waitFor()

      for (const text of [minji.email, order.orderNumber, '010-1234-5678']) {
        await page.keyboard.press('Escape')
        await page.locator('h1').click()
        await page.keyboard.press('/')
        await page.keyboard.type(text)
        await page.keyboard.press('Enter')
        await page.waitForURL((url) => url.searchParams.get('q') === text)
        await page.getByRole('region', { name: '주문' }).getByText(order.orderNumber).waitFor()
      }
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
