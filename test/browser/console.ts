import type { Browser, Page } from 'playwright-core'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { PASSWORD, type Person } from '../support/people.ts'
import type { System } from '../support/system.ts'
import { openWindow } from './browser.ts'

/** The widths at which people work with the console. */
export const CONSOLE_SIZES = [
  { name: 'wide', viewport: { width: 1440, height: 900 } },
  { name: 'narrow', viewport: { width: 1024, height: 768 } },
] as const

/** A console window of somebody, and everything that goes wrong in it; see `openWindow`. */
export async function openConsole(
  browser: Browser,
  system: System,
  person: Pick<Person, 'email'> & { password?: string },
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Awaited<ReturnType<typeof openWindow>> & { go(path: string): Promise<void> }> {
  const opened = await openWindow(browser, [system.url], { viewport: CONSOLE_SIZES[0].viewport, ...options })
  const { context, page } = opened
  const form = { email: person.email, password: person.password ?? PASSWORD }
  const login = await context.request.post(`${system.url}/login`, {
    form,
    headers: { origin: system.url },
    maxRedirects: 0,
  })
  if (login.status() !== 303) throw new Error(`${person.email} is not logged in: ${login.status()}`)
  // Who comes first may come before it is built.
  await until(async () => (await context.request.get(`${system.url}/console`)).ok(), {
    deadlineMs: 60_000,
    what: 'the console to be built',
  })
  return { ...opened, go: (path) => goTo(page, `${system.url}/console${path}`) }
}

/** Opens a page of the console and waits until it shows what it has loaded. */
async function goTo(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.locator('h1').first().waitFor()
  await untilLoaded(page)
}

/** Nothing is being loaded any more. */
export async function untilLoaded(page: Page): Promise<void> {
  const busy = page.locator('.state[role=status], table[aria-busy=true]')
  await until(async () => (await busy.count()) === 0, { deadlineMs: 60_000, what: 'the page to be loaded' })
}
