import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { borrow, cardOf, registerBook } from '../library/api.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, crowd, customer, type Person } from '../support/people.ts'
import { placeOrder, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, openBrowser } from './browser.ts'
import { openConsole } from './console.ts'

/**
 * A console that is left open: events come as on a day, lists are asked for again and again, and neither does the page
 * grow nor does it show what is no longer so. `CONSOLE_EVENTS=20000 npm run bench:console-day` for a whole day; the gate
 * has a short one.
 */
const EVENTS = Number(process.env.CONSOLE_EVENTS ?? 1_200)
const QUARTERS = 4
/** Of them at once: fewer than the server tells of at one look, every look. */
const AT_ONCE = 150
/** What is measured after the first quarter may be so much more at the end. It is warm by then. */
const MOST_GROWTH = 1.15
/** A page of some megabytes breathes by so much, whatever happens. */
const BREATH_BYTES = 1_500_000

/** Nobody hears these, but whatever lives by orders or loans asks again after them. */
const TYPES = ['shop.order.simulated', 'shop.payment.simulated', 'library.loan.simulated'] as const

interface Open {
  readonly name: string
  readonly page: Page
  readonly cdp: CDPSession
  readonly sizes: { heap: number; nodes: number; listeners: number }[]
}

describe.runIf(hasBrowser)('a console that is left open for a day', () => {
  let system: System
  let browser: Browser
  let merchant: Person
  let librarian: Person
  let itemId: string
  beforeAll(async () => {
    system = await startSystem()
    itemId = (await stockShelves(system, 1))[0]?.id ?? ''
    merchant = await colleague(system, 'merchant')
    librarian = await colleague(system, 'librarian')
    await setStock(merchant, itemId, 10_000)
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const happen = (from: number, count: number) =>
    execute(
      system.databaseUrl,
      `insert into platform.event_log (event_id, source, type, subject, subject_version, schema_version, occurred_at, data)
       select gen_random_uuid(), 'day', (array['${TYPES.join("','")}'])[1 + n % ${TYPES.length}], 'day-' || n, 1, 1, now(), '{}'
       from generate_series(${from}, ${from + count - 1}) as n`,
    )

  /** After garbage was collected: what is still held. */
  async function measure({ page, cdp, sizes }: Open): Promise<void> {
    await page.bringToFront()
    await cdp.send('HeapProfiler.collectGarbage')
    const { metrics } = await cdp.send('Performance.getMetrics')
    const figure = (name: string) => metrics.find((one) => one.name === name)?.value ?? Number.NaN
    sizes.push({
      heap: figure('JSHeapUsedSize'),
      nodes: figure('Nodes'),
      listeners: figure('JSEventListeners'),
    })
  }

  it(
    'neither grows nor shows what is no longer so',
    async () => {
      const reader = await customer(system)
      const { id: bookId } = await registerBook(librarian, 3)
      await borrow(reader, bookId)
      const card = await cardOf(librarian, reader)
      const asked = { orders: 0, loans: 0 }
      const open = async (
        name: string,
        person: Person,
        path: string,
      ): Promise<Open & { trouble: string[] }> => {
        const { page, context, trouble, go } = await openConsole(browser, system, person)
        page.on('request', (request) => {
          if (request.url().includes('/api/admin/figures/orders')) asked.orders += 1
          if (request.url().includes('/api/patrons/cards/')) asked.loans += 1
        })
        await go(path)
        await page.locator('.liveness-live').waitFor()
        const cdp = await context.newCDPSession(page)
        await cdp.send('Performance.enable')
        return { name, page, cdp, sizes: [], trouble }
      }
      const pages = [
        await open('overview', merchant, '/overview'),
        await open('orders', merchant, '/orders'),
        await open('desk', librarian, `/desk?card=${card}`),
      ]
      const buyers = await crowd(system, QUARTERS)
      let placed = 0
      for (const buyer of buyers) {
        for (let n = 0; n < EVENTS / QUARTERS; n += AT_ONCE) {
          await happen(placed * 1_000_000 + n, Math.min(AT_ONCE, EVENTS / QUARTERS - n))
          const [orders, loans] = [asked.orders, asked.loans]
          await until(async () => asked.orders > orders && asked.loans > loans, {
            what: 'the open pages to ask again',
            deadlineMs: 30_000,
          })
        }
        // Something real, which every page that shows it has to show.
        await placeOrder(buyer, itemId)
        placed += 1
        for (const one of pages) await measure(one)
      }
      await borrow(reader, bookId)

      // What is shown is what the server says.
      const figures = await merchant.api.get('/api/admin/figures/orders?days=7')
      const days = at(figures.body, 'data')
      expect(at(days, Array.isArray(days) ? days.length - 1 : 0, 'placed')).toBe(QUARTERS)
      const [overview, orders, desk] = pages
      const card1 = overview?.page.locator('.card', { hasText: '주문' }).first().locator('.big')
      const shows = async (what: string, found: () => Promise<boolean> | undefined) =>
        until(async () => (await found()) ?? false, { what, deadlineMs: 30_000 })
      await shows(
        'the overview to show every order',
        async () => (await card1?.innerText()) === String(QUARTERS),
      )
      await shows(
        'the list to show every order',
        async () => (await orders?.page.locator('.list tbody tr').count()) === QUARTERS,
      )
      await shows(
        'the desk to show both loans',
        async () => (await desk?.page.locator('.desk-loans > li').count()) === 2,
      )

      const rows = pages.map(({ name, sizes }) => ({ name, sizes }))
      console.log(
        [
          `${EVENTS} events; the overview asked ${asked.orders} times, the desk ${asked.loans} times.`,
          ...rows.map(
            ({ name, sizes }) =>
              `${name.padEnd(9)} ${sizes.map(({ heap, nodes, listeners }) => `${(heap / 1e6).toFixed(2)} MB, ${nodes} nodes, ${listeners} listeners`).join(' | ')}`,
          ),
        ].join('\n'),
      )
      // It did follow what happened, and no faster than it has to.
      expect(asked.orders).toBeGreaterThan(QUARTERS)
      expect(asked.loans).toBeGreaterThan(QUARTERS)
      for (const { name, sizes } of rows) {
        const [first, last] = [sizes[0], sizes.at(-1)]
        if (!first || !last) throw new Error('nothing was measured')
        expect(last.heap, `heap of ${name}`).toBeLessThan(first.heap * MOST_GROWTH + BREATH_BYTES)
        // A table that has grown by the orders of this test has some nodes more.
        expect(last.nodes, `nodes of ${name}`).toBeLessThan(first.nodes * MOST_GROWTH + 300)
        expect(last.listeners, `listeners of ${name}`).toBeLessThan(first.listeners * MOST_GROWTH + 100)
      }
      expect(pages.flatMap(({ trouble }) => trouble)).toEqual([])
    },
    240_000 + EVENTS * 30,
  )
})
