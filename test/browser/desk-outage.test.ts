import type { Browser, CDPSession, Page, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { borrow, onlyBarcode, registerBook } from '../library/api.ts'
import { execute } from '../support/database.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, openBrowser } from './browser.ts'
import { openConsole } from './console.ts'

/**
 * The desk without network, for so long: five minutes are `DESK_OFFLINE_SECONDS=300 npm run bench:desk-outage`; the gate
 * has a short one. A librarian goes on scanning all the while.
 */
const OFFLINE_SECONDS = Number(process.env.DESK_OFFLINE_SECONDS ?? 20)
const SECONDS_A_SCAN = 1.5
const SCANS = Math.max(9, Math.round(OFFLINE_SECONDS / SECONDS_A_SCAN))
/** A reader may have no more. */
const BOOKS_A_READER = 10
/** What is held after the outage may be so much more than before: the list of the last scans is longer. */
const MOST_GROWTH = 1.25
const BREATH_BYTES = 1_500_000

describe.runIf(hasBrowser)('the desk while the network is gone', () => {
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

  /** Barcodes of books that readers have. */
  async function lent(count: number): Promise<string[]> {
    const barcodes: string[] = []
    let reader = await customer(system)
    for (let n = 0; n < count; n += 1) {
      if (n > 0 && n % BOOKS_A_READER === 0) reader = await customer(system)
      const { id } = await registerBook(librarian, 1, `돌아올 책 ${n + 1}`)
      await borrow(reader, id)
      barcodes.push(await onlyBarcode(librarian, id))
    }
    return barcodes
  }
  async function scan(page: Page, barcode: string): Promise<void> {
    await page.keyboard.type(barcode)
    await page.keyboard.press('Enter')
  }
  async function heapOf(cdp: CDPSession): Promise<number> {
    await cdp.send('HeapProfiler.collectGarbage')
    const { metrics } = await cdp.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN
  }
  const waits = (page: Page, count: number) =>
    page.getByText(`${count}건이 이 기기에서`, { exact: false }).waitFor()
  const kept = (page: Page) =>
    page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('desk.scan.')).length)

  it(
    'keeps what is scanned in two windows, of which one is closed, and sends it in order once somebody has logged in again',
    async () => {
      const [first = '', ...books] = await lent(SCANS + 2)
      const duringLogin = books.pop() ?? ''
      const { context, page: left, go } = await openConsole(browser, system, librarian)
      const sent: Request[] = []
      context.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/api/loans/desk/returns'))
          sent.push(request)
      })
      await go('/desk?mode=return')
      const right = await context.newPage()
      await right.goto(`${system.url}/console/desk?mode=return`)
      await right.locator('#desk-scan').waitFor()
      const cdp = await context.newCDPSession(right)
      await cdp.send('Performance.enable')
      await scan(right, first)
      await right.locator('.desk-last').getByText('반납했습니다').waitFor()
      const before = await heapOf(cdp)

      await context.setOffline(true)
      const startedAt = performance.now()
      for (const [n, barcode] of books.entries()) {
        // First in one window, then in the other; then the first is closed, by mistake.
        const page = n < SCANS / 3 ? left : right
        if (n === Math.ceil(SCANS / 3)) await waits(right, n)
        if (n === Math.ceil((2 * SCANS) / 3)) await left.close()
        await page.bringToFront()
        await scan(page, barcode)
        await waits(page, n + 1)
        const dueMs = (n + 1) * SECONDS_A_SCAN * 1_000 - (performance.now() - startedAt)
        if (dueMs > 0) await right.waitForTimeout(dueMs)
      }
      const whole = Math.round((performance.now() - startedAt) / 1_000)
      expect(await kept(right)).toBe(SCANS)
      // Meanwhile the login has ended.
      await context.request.post(`${system.url}/logout`, { headers: { origin: system.url } })
      await context.setOffline(false)
      await right.getByRole('alertdialog', { name: '로그인이 만료되었습니다' }).waitFor()
      // Who looks at the books and not at the screen goes on.
      await scan(right, duringLogin)
      await waits(right, SCANS + 1)
      expect(context.pages()).toHaveLength(1)
      const opened = context.waitForEvent('page')
      await right.getByRole('link', { name: '새 창에서 로그인' }).click()
      const login = await opened
      await login.getByLabel('이메일').fill(librarian.email)
      await login.getByLabel('비밀번호').fill(PASSWORD)
      await login.keyboard.press('Enter')
      await login.getByRole('heading', { name: '로그인했습니다' }).waitFor()
      const backAt = performance.now()
      await login.close()
      const timeout = 60_000 + SCANS * 1_500
      await right.getByText('이 기기에서', { exact: false }).waitFor({ state: 'detached', timeout })
      const drained = Math.round(performance.now() - backAt)
      expect(await kept(right)).toBe(0)
      const after = await heapOf(cdp)

      const wanted = [...books, duringLogin]
      const rows = await execute(
        system.databaseUrl,
        `select c.barcode, extract(epoch from max(r.effective_at) over () - min(r.effective_at) over ()) as span
         from borrow.loan_return r join borrow.loan_copy c on c.loan_id = r.loan_id and c.back_no = r.no
         where c.barcode in (${wanted.map((barcode) => `'${barcode}'`).join(', ')})
         order by r.returned_at, r.loan_id`,
      )
      console.log(
        `${whole} s without network: ${rows.length} scans were kept, and sent within ${drained} ms after the login by ` +
          `${sent.length} requests; heap ${(before / 1e6).toFixed(2)} MB before, ${(after / 1e6).toFixed(2)} MB after.`,
      )
      expect(rows.map(({ barcode }) => String(barcode))).toEqual(wanted)
      // A book counts as back from when it was scanned, not from when that could be told.
      expect(Number(rows[0]?.span)).toBeGreaterThan((SCANS - 1) * SECONDS_A_SCAN - 1)
      const keys = new Map<string, Set<string>>()
      for (const request of sent) {
        const { barcode } = request.postDataJSON()
        const known = keys.get(barcode) ?? new Set()
        keys.set(barcode, known.add(request.headers()['idempotency-key'] ?? ''))
      }
      expect([...keys].filter(([, used]) => used.size !== 1)).toEqual([])
      expect(after).toBeLessThan(before * MOST_GROWTH + BREATH_BYTES)
      // It follows what happens again.
      await right.locator('.liveness-live').waitFor()
      await context.close()
    },
    240_000 + OFFLINE_SECONDS * 3_000,
  )
})
