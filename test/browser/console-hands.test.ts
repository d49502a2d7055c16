import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { borrow, cardOf, onlyBarcode, registerBook } from '../library/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { askQuestion, buy, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { finding } from '../support/trouble.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole, untilLoaded } from './console.ts'

/** Single jobs by hand, each as somebody does it at the console. */
describe.runIf(hasBrowser)('the console by hand', () => {
  let system: System
  let browser: Browser
  let librarian: Person
  let admin: Person

  beforeAll(async () => {
    system = await startSystem()
    librarian = await colleague(system, 'librarian')
    admin = await colleague(system, 'admin')
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const scan = async (page: Page, text: string) => {
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
  }
  const last = (page: Page) => page.locator('.desk-last')
  const one = async (title: string) => {
    const { id: bookId } = await registerBook(librarian, 1, title)
    return { bookId, barcode: await onlyBarcode(librarian, bookId) }
  }

  it(
    'a book out of the drop counts from when it came there: it is late by the desk, and not by the drop',
    async () => {
      const reader = await customer(system)
      const { bookId, barcode } = await one('반납함의 책')
      const { id } = await borrow(reader, bookId)
      await execute(
        system.databaseUrl,
        `update borrow.loan set borrowed_at = borrowed_at - interval '20 days',
                                due_on = (now() at time zone 'Asia/Seoul')::date - 3
         where id = '${id}'`,
      )
      const [{ due } = {}] = await execute(
        system.databaseUrl,
        `select due_on::text as due from borrow.loan where id = '${id}'`,
      )
      const { context, page, trouble, go } = await openConsole(browser, system, librarian)
      await go('/desk?mode=return')
      await page.getByLabel('반납함에 들어온 때').fill(`${String(due)}T20:30`)
      await page.getByText('반납함: 이 시각에 들어온 것으로 반납합니다').waitFor()
      await page.locator('#desk-scan').focus()
      await scan(page, barcode)
      await last(page).getByText('반납했습니다').waitFor()
      expect(await last(page).getByText('연체').count()).toBe(0)
      const [row] = await execute(
        system.databaseUrl,
        `select (effective_at at time zone 'Asia/Seoul')::text as back, late_days, fee from borrow.loan_return
         where loan_id = '${id}'`,
      )
      expect(row).toMatchObject({ back: `${String(due)} 20:30:00`, late_days: 0 })
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'a blocked member gets a book with a reason that stays in the audit, and a slip of it',
    async () => {
      const reader = await customer(system)
      const card = await cardOf(librarian, reader)
      const { barcode } = await one('꼭 필요한 책')
      await librarian.api.patch(`/api/patrons/${reader.id}`, { json: { blockedReason: '자료 훼손' } })
      const { context, page, trouble, go } = await openConsole(browser, system, librarian, CONSOLE_SIZES[1])
      await go('/desk')
      await scan(page, card)
      await page.getByRole('heading', { name: card }).waitFor()
      await scan(page, barcode)
      await last(page).getByText('대출이 정지되었습니다', { exact: false }).first().waitFor()
      const override = last(page).getByRole('button', { name: '사유를 남기고 대출' })
      expect(await override.isDisabled()).toBe(true)
      await last(page).getByLabel('사유').fill('관장 승인')
      await override.click()
      await last(page).getByText('대출했습니다').waitFor()
      const { body } = await admin.api.get(
        `/api/admin/audit?action=operation.lend_at_desk&actorId=${librarian.id}&size=1`,
      )
      expect(at(body, 'data', 0, 'after', 'asked', 'override', 'reason')).toBe('관장 승인')

      // On paper there is the slip, and nothing else.
      const slip = page.locator('.desk-slip')
      expect(await slip.isVisible()).toBe(false)
      await page.emulateMedia({ media: 'print' })
      expect(await slip.innerText()).toMatch(
        new RegExp(`대출 확인증[^]*${card}[^]*꼭 필요한 책[^]*${barcode}[^]*모두 1권`),
      )
      for (const gone of ['.desk-board', '.top', '.menu', '#desk-scan'])
        expect(await page.locator(gone).isVisible()).toBe(false)
      await page.emulateMedia({ media: 'screen' })
      // Refusals: of a copy that the loans do not know until the catalogue names it, and of the blocked member.
      expect(trouble.filter((what) => !/^409: .*\/api\/loans\/desk$/.test(what))).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'arrow keys walk a table, and Enter opens what they stand at',
    async () => {
      for (const title of ['가나다', '나다라', '다라마']) await one(title)
      const { context, page, trouble, go } = await openConsole(browser, system, librarian)
      await go('/books?sort=title')
      const links = page.locator('.row-link')
      expect(await links.count()).toBeGreaterThanOrEqual(3)
      const at = () => page.evaluate(() => document.activeElement?.textContent)
      await links.first().focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowDown')
      expect(await at()).toBe(await links.nth(2).innerText())
      await page.keyboard.press('ArrowUp')
      expect(await at()).toBe(await links.nth(1).innerText())
      const name = (await at()) ?? ''
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name }).waitFor()
      // Before the first and behind the last there is nothing to go to.
      await page.goBack()
      await untilLoaded(page)
      await links.first().focus()
      await page.keyboard.press('ArrowUp')
      expect(await at()).toBe(await links.first().innerText())
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'a self-check machine is added, its secret is shown once, and it is revoked; what it did offline is looked after',
    async () => {
      const { context, page, trouble, go } = await openConsole(browser, system, librarian, CONSOLE_SIZES[1])
      await go('/terminals')
      await page.getByText('등록된 기기가 없습니다.').waitFor()
      const form = page.getByRole('form', { name: '기기 등록' })
      await form.getByLabel('로그인 이름').fill('kiosk-2')
      await form.getByLabel('위치').fill('2층 열람실')
      await form.getByLabel('한글').selectOption('cp949')
      await form.getByLabel('회원 비밀번호 확인').check()
      await form.getByRole('button', { name: '기기 등록' }).click()
      const secret = page.getByRole('region', { name: '비밀번호 (CO)' })
      expect(await secret.locator('code').nth(1).innerText()).toMatch(/^[a-z2-9]{25}$/)
      await secret.getByRole('button', { name: '옮겨 적었습니다' }).click()
      const row = page.getByRole('row', { name: /kiosk-2/ })
      await row.getByText('CP949 (EUC-KR) · 회원 비밀번호 확인').waitFor()
      expect(await page.locator('code').count()).toBe(0)
      // The name is in use.
      await form.getByLabel('로그인 이름').fill('kiosk-2')
      await form.getByLabel('위치').fill('3층')
      await form.getByRole('button', { name: '기기 등록' }).click()
      await form.getByText('이미 쓰고 있는 기기 이름입니다.').waitFor()

      await execute(
        system.databaseUrl,
        `insert into borrow.offline_refusal (id, terminal_id, what, card, barcode, done_at, code, told_at)
         select gen_random_uuid(), id, 'checkin', '', 'PL00000007', now(), 'copy_not_on_loan', now() from borrow.terminal`,
      )
      await go('/terminals')
      const refusals = page.getByRole('region', { name: '거절된 기기 처리' }).first()
      await refusals.getByRole('row', { name: /PL00000007.*대출 중이 아님/ }).waitFor()
      await refusals.getByRole('button', { name: '확인함' }).click()
      await refusals.waitFor({ state: 'detached' })
      await row.getByRole('button', { name: '해지' }).click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByText('kiosk-2 (2층 열람실)', { exact: false }).waitFor()
      await dialog.getByRole('button', { name: '해지' }).click()
      await row.getByText('해지됨').waitFor()
      expect(trouble.filter((what) => !/^409: .*\/api\/terminals$/.test(what))).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'the first look of the day says what waits in each room, follows it, and leads there',
    async () => {
      const merchant = await colleague(system, 'merchant')
      const buyer = await customer(system)
      const itemId = (await stockShelves(system, 3)).find(({ available }) => available > 10)?.id ?? ''
      const { context, page, trouble, go } = await openConsole(browser, system, merchant, CONSOLE_SIZES[1])
      await go('/overview')
      const attention = page.getByRole('region', { name: '확인할 일' })
      await attention.waitFor()
      expect(await attention.getByText('보낼 주문').count()).toBe(0)
      await page.locator('.liveness-live').waitFor()
      await buy(system, buyer, itemId)
      await attention
        .getByRole('listitem')
        .filter({ hasText: /^보낼 주문 1$/ })
        .waitFor()
      await buy(system, buyer, itemId)
      await askQuestion(buyer, itemId, { body: '하루에 몇 알씩 먹어야 하나요?' })
      await attention
        .getByRole('listitem')
        .filter({ hasText: /^보낼 주문 2$/ })
        .waitFor()
      await attention
        .getByRole('listitem')
        .filter({ hasText: /^답하지 않은 문의 1$/ })
        .waitFor()
      await attention.getByRole('link', { name: '보낼 주문' }).click()
      await page.getByRole('heading', { level: 1, name: '발송 작업' }).waitFor()
      await untilLoaded(page)
      expect(await page.locator('tbody tr').count()).toBe(2)
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'a difference with a provider’s list is decided once, with its reason',
    async () => {
      const id = await finding(system)
      const { context, page, trouble, go } = await openConsole(browser, system, admin)
      await go('/reconciliation')
      await page.getByRole('button', { name: '결정', exact: true }).click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByText('우리 장부 –, 결제사 100원', { exact: false }).waitFor()
      await dialog.getByLabel('결정').selectOption('claimed')
      await dialog.getByLabel('사유').fill('결제사에 정산을 요청함')
      await dialog.getByRole('button', { name: '결정', exact: true }).click()
      await page.locator('.toast', { hasText: '결정을 남겼습니다' }).waitFor()
      await untilLoaded(page)
      expect(await page.getByRole('button', { name: '결정', exact: true }).count()).toBe(0)
      const again = await admin.api.post(`/api/admin/reconciliation-findings/${id}/decision`, {
        json: { decision: 'explained', reason: '다시' },
      })
      expect(again.status).toBe(409)
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )
})
