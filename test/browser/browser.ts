import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Debian's browser; another one by CHROMIUM_PATH. */
const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** What tests that need a browser do without one: they say so, and run where there is one. With CI set they fail. */
export const hasBrowser = existsSync(CHROMIUM)
// Where changes are judged, a test that is left out must not look like one that holds.
if (!hasBrowser && process.env.CI) throw new Error(`browser tests need a browser: no Chromium at ${CHROMIUM}`)
if (!hasBrowser)
  console.warn(`browser tests skipped: no Chromium at ${CHROMIUM} (apt-get install chromium fonts-nanum)`)

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
}

/** A whole journey through many pages, on a machine that has other things to do. */
export const JOURNEY_MS = 240_000
const PATIENCE_MS = 60_000

export const SIZES = [
  { name: 'phone', viewport: { width: 375, height: 812 } },
  { name: 'desktop', viewport: { width: 1440, height: 900 } },
] as const

/** A window, and everything that goes wrong in it: script errors, console errors, requests that fail or go elsewhere. */
export async function openWindow(
  browser: Browser,
  allowed: readonly string[],
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; trouble: string[] }> {
  const context = await browser.newContext({ locale: 'ko-KR', ...options })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(`script: ${error.message}`))
  page.on('console', (message) => {
    // What fails to load is looked at below: a form that is refused is answered with a page, and no trouble.
    const isLoading = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isLoading) trouble.push(`console: ${message.text()}`)
  })
  page.on('response', (response) => {
    const isPage = response.request().isNavigationRequest()
    if (response.status() >= (isPage ? 500 : 400)) trouble.push(`${response.status()}: ${response.url()}`)
  })
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    // A page that is left in the middle of loading is nobody's fault.
    if (reason !== 'net::ERR_ABORTED') trouble.push(`failed: ${request.url()} ${reason}`)
  })
  page.on('request', (request) => {
    const isOurs = allowed.some((origin) => request.url().startsWith(origin))
    if (!isOurs && !/^(data|blob|about):/.test(request.url())) trouble.push(`elsewhere: ${request.url()}`)
  })
  return { context, page, trouble }
}
