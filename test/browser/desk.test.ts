import type { Browser, Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { borrow, cardOf, Fees, onlyBarcode, readBook, registerBook } from '../library/api.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole } from './console.ts'
import { barriers, FOLDER, misfits, picture } from './looks.ts'

const RETURNS = 20
/** Of these scans so many are made while there is no network. */
const OFFLINE = 8

describe.runIf(hasBrowser)('the library desk in a real browser', () => {
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

  /** As a scanner does it: keys in a row, then Enter, wherever the focus is. */
  async function scan(page: Page, text: string): Promise<void> {
    await page.keyboard.type(text)
    await page.keyboard.press('Enter')
  }
  const last = (page: Page) => page.locator('.desk-last')
  const says = (page: Page, text: string) => last(page).getByText(text).first().waitFor()

  /** Books that a reader has, each with its only copy. */
  async function borrowed(reader: Person, count: number, name: string) {
    const out: { bookId: string; barcode: string; loanId: string }[] = []
    for (let n = 1; n <= count; n += 1) {
      const { id: bookId } = await registerBook(librarian, 1, `${name} ${n}`)
      const { id: loanId } = await borrow(reader, bookId)
      out.push({ bookId, loanId, barcode: await onlyBarcode(librarian, bookId) })
    }
    return out
  }

  for (const { name, viewport } of CONSOLE_SIZES) {
    it(
      `the librarian's hour (${name})`,
      async () => {
        const [reader, second, waiting] = [
          await customer(system),
          await customer(system),
          await customer(system),
        ]
        const books = [
          ...(await borrowed(reader, RETURNS / 2, `반납할 책 ${name}`)),
          ...(await borrowed(second, RETURNS / 2, `돌려줄 책 ${name}`)),
        ]
        const [late, awaited, mistaken, ...others] = books
        if (!late || !awaited || !mistaken) throw new Error('there are too few books')
        await execute(
          system.databaseUrl,
          `update borrow.loan set borrowed_at = borrowed_at - interval '20 days',
                                  due_on = (now() at time zone 'Asia/Seoul')::date - 3
           where id = '${late.loanId}'`,
        )
        await waiting.api.post(`/api/books/${awaited.bookId}/holds`, { key: true })
        const card = await cardOf(librarian, reader)
        const waitingCard = await cardOf(librarian, waiting)

        const { context, page, trouble, go } = await openConsole(browser, system, librarian, { viewport })
        const sent: Request[] = []
        page.on('request', (request) => {
          if (request.method() === 'POST' && request.url().endsWith('/api/loans/desk/returns'))
            sent.push(request)
        })
        await go('/desk')
        await page.keyboard.press('F4')

        // One is late; the fee is taken.
        await scan(page, late.barcode)
        await says(page, '3일 연체')
        await last(page).getByRole('button', { name: '500원 납부' }).click()
        await page.getByText('500원을 받았습니다').waitFor()
        expect(expectBody(await reader.api.get('/api/loans/fees'), 200, Fees).balance).toBe(0)

        // Somebody waits for one: it is told at once, and for whom.
        await scan(page, awaited.barcode)
        await says(page, '예약된 책입니다')
        await says(page, waitingCard)
        if (FOLDER) await picture(page, `desk-hold.${name}.png`)

        // One was a mistake; the scanner types through a Hangul keyboard.
        await page.keyboard.insertText(mistaken.barcode.replace('PL', 'ㅖㅣ'))
        await page.keyboard.press('Enter')
        await says(page, '반납했습니다')
        await expect
          .poll(async () => (await readBook(librarian, mistaken.bookId)).stock.available, { timeout: 30_000 })
          .toBe(1)
        await page.keyboard.press('F9')
        await page.getByText('취소했습니다').first().waitFor()
        await expect
          .poll(async () => (await readBook(librarian, mistaken.bookId)).stock.onLoan, { timeout: 30_000 })
          .toBe(1)

        // The network goes, in the middle of the pile; the page may even be loaded anew afterwards.
        const online = others.slice(0, -OFFLINE)
        for (const { barcode } of online) await scan(page, barcode)
        await says(page, online.at(-1)?.barcode ?? '')
        await expect.poll(() => sent.length, { timeout: 30_000 }).toBe(3 + online.length)
        await context.setOffline(true)
        const offline = others.slice(-OFFLINE)
        for (const { barcode } of offline) await scan(page, barcode)
        await page.getByText(`${OFFLINE}건이 이 기기에서`, { exact: false }).waitFor()
        expect(await page.locator('.desk-scans .badge-waiting', { hasText: '전송 대기' }).count()).toBe(
          OFFLINE,
        )
        expect(await barriers(page)).toEqual([])
        if (FOLDER) await picture(page, `desk-offline.${name}.png`)
        await context.setOffline(false)
        await page.getByText('이 기기에서', { exact: false }).waitFor({ state: 'detached' })
        await says(page, offline.at(-1)?.barcode ?? '')

        // Each of them arrived once, in order, with a key of its own.
        const rows = await execute(
          system.databaseUrl,
          `select c.barcode from borrow.loan_return r
           join borrow.loan_copy c on c.loan_id = r.loan_id and c.back_no = r.no
           where c.barcode in (${offline.map(({ barcode }) => `'${barcode}'`).join(', ')})
           order by r.returned_at, r.loan_id`,
        )
        expect(rows.map((row) => String(row.barcode))).toEqual(offline.map(({ barcode }) => barcode))
        const keys = new Map<string, Set<string>>()
        for (const request of sent) {
          const { barcode } = request.postDataJSON()
          const known = keys.get(barcode) ?? new Set()
          keys.set(barcode, known.add((await request.headerValue('idempotency-key')) ?? ''))
        }
        expect([...keys].filter(([, used]) => used.size !== 1)).toEqual([])
        expect(new Set([...keys.values()].flatMap((used) => [...used])).size).toBe(RETURNS)

        // The member who comes next: a loan, and everything that stands against one.
        await scan(page, card)
        await page.getByRole('heading', { name: card }).waitFor()
        await scan(page, late.barcode)
        await page.locator('.desk-due strong').waitFor()
        await says(page, '대출했습니다')
        await librarian.api.patch(`/api/patrons/${reader.id}`, { json: { blockedReason: '자료 훼손' } })
        const [free] = others
        await scan(page, free?.barcode ?? '')
        await says(page, '대출이 정지되었습니다')
        // A scan into another field is no part of what was written there.
        await last(page).getByLabel('사유').fill('교사 연구')
        await scan(page, waitingCard)
        await page.getByRole('heading', { name: waitingCard }).waitFor()
        await scan(page, awaited.barcode)
        await says(page, '대출했습니다')
        expect((await readBook(librarian, awaited.bookId)).stock).toMatchObject({ onLoan: 1, onShelf: 0 })

        expect(await misfits(page)).toEqual([])
        expect(await barriers(page)).toEqual([])
        if (FOLDER) await picture(page, `desk-loan.${name}.png`)
        // What failed to load failed while there was no network, or was refused on purpose.
        expect(
          trouble.filter((what) => !/ERR_INTERNET_DISCONNECTED|^409: .*\/api\/loans\/desk$/.test(what)),
        ).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )
  }

  it(
    'puts a member into another category, blocks them with a reason, and lets them borrow again',
    async () => {
      const reader = await customer(system)
      const card = await cardOf(librarian, reader)
      const { context, page, trouble, go } = await openConsole(browser, system, librarian)
      const standing = async () => (await librarian.api.get(`/api/patrons/${reader.id}`)).body
      await go('/desk')
      await scan(page, card)
      const member = page.getByRole('region', { name: '회원', exact: true })
      await member.getByText('회원 구분과 대출 정지').click()
      expect(await member.getByRole('button', { name: '대출 정지' }).isDisabled()).toBe(true)
      await member.getByRole('combobox', { name: '구분' }).selectOption('child')
      await member.getByRole('button', { name: '구분 바꾸기' }).click()
      await member.getByText('0 / 5권').waitFor()
      await member.getByText('회원 구분과 대출 정지').click()
      await member.getByLabel('정지 사유').fill('자료 훼손')
      await member.getByRole('button', { name: '대출 정지' }).click()
      await member.getByText('대출 정지: 자료 훼손').waitFor()
      expect(await standing()).toMatchObject({ category: 'child', blockedReason: '자료 훼손' })
      expect(await barriers(page)).toEqual([])
      if (FOLDER) await picture(page, 'desk-blocked.png')
      await member.getByRole('button', { name: '정지 해제' }).click()
      await member.getByText('대출 정지: 자료 훼손').waitFor({ state: 'detached' })
      expect(await standing()).toMatchObject({ category: 'child', blockedReason: null })
      const noted = await execute(
        system.databaseUrl,
        `select reason, after from platform.audit_entry
         where action = 'patron.changed' and subject_id = '${reader.id}' order by id`,
      )
      expect(noted).toEqual([
        { reason: null, after: { category: 'child', blockedReason: null } },
        { reason: '자료 훼손', after: { category: 'child', blockedReason: '자료 훼손' } },
        { reason: null, after: { category: 'child', blockedReason: null } },
      ])
      expect(trouble).toEqual([])
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'goes on while the catalogue is away, over a slow network, and after the page was loaded anew',
    async () => {
      const reader = await customer(system)
      const card = await cardOf(librarian, reader)
      const [known] = await borrowed(reader, 1, '아는 책')
      const { id: newId } = await registerBook(librarian, 1, '처음 빌리는 책')
      const fresh = await onlyBarcode(librarian, newId)
      const { context, page, go } = await openConsole(browser, system, librarian)
      await go('/desk')
      let isAway = true
      await page.route('**/api/books/copies/**', async (route) =>
        isAway ? route.fulfill({ status: 503, json: { code: 'unavailable' } }) : route.continue(),
      )
      await page.route('**/api/loans/**', async (route) => {
        await new Promise((done) => setTimeout(done, 200))
        await route.continue()
      })
      await scan(page, card)
      await scan(page, fresh)
      await says(page, '장서 서비스를 기다립니다')
      // The others go on.
      await page.keyboard.press('F4')
      await scan(page, known?.barcode ?? '')
      await says(page, '반납했습니다')
      // What waits outlives the page.
      await go('/desk')
      await page.getByText('1건이 이 기기에서', { exact: false }).waitFor()
      isAway = false
      await page.getByText('이 기기에서', { exact: false }).waitFor({ state: 'detached' })
      await expect
        .poll(async () => (await readBook(librarian, newId)).stock.onLoan, { timeout: 30_000 })
        .toBe(1)
      await context.close()
    },
    JOURNEY_MS,
  )

  it(
    'is not offered to merchants, and refused when they come by its address',
    async () => {
      const merchant = await colleague(system, 'merchant')
      const { context, page } = await openConsole(browser, system, merchant)
      await page.goto(`${system.url}/console/desk`)
      await page.getByRole('heading', { name: '이 역할로는 볼 수 없는 화면입니다' }).waitFor()
      expect(await page.locator('#desk-scan').count()).toBe(0)
      expect(await page.locator('nav.menu a[href="/console/desk"]').count()).toBe(0)
      const answer = await merchant.api.post('/api/loans/desk', {
        key: true,
        json: { card: 'M00000001', barcode: 'PL00000001' },
      })
      expect(answer.status).toBe(403)
      await context.close()
    },
    JOURNEY_MS,
  )
})
