import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser } from './browser.ts'
import { CONSOLE_SIZES, openConsole } from './console.ts'
import { CONSOLE_PAGES, demoAccount, type Worked, workIn } from './console-pages.ts'
import { barriers, FOLDER, misfits, picture } from './looks.ts'

const [WIDE, NARROW] = CONSOLE_SIZES
const ROLES = ['merchant', 'librarian', 'admin'] as const

/** Each page is seen in both languages, at both widths, light and dark; for pictures in more combinations. */
const LOOKS = [
  { ...WIDE, language: 'ko', colorScheme: 'light' },
  { ...NARROW, language: 'en', colorScheme: 'dark' },
  ...(FOLDER === undefined ? [] : ([{ ...NARROW, language: 'ko', colorScheme: 'light' }] as const)),
] as const

describe.runIf(hasBrowser)('every page of the console', () => {
  let system: System
  let browser: Browser
  let worked: Worked

  beforeAll(async () => {
    // Nobody looks by itself what became of a payment in doubt: it stays one to be looked at.
    system = await startSystem({ demo: true, settings: { PAYMENT_LOOK_SECONDS: '3600,3600,3600,3600' } })
    worked = await workIn(system)
    browser = await openBrowser()
    // Built for whoever comes first, which takes longer than a test has.
    await (await openConsole(browser, system, demoAccount('admin'))).context.close()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  const pathOf = ({ path }: (typeof CONSOLE_PAGES)[number]) =>
    typeof path === 'function' ? path(worked) : path

  it(
    'is on the list, with every room that somebody finds in the navigation',
    async () => {
      const found = new Set<string>()
      for (const role of ROLES) {
        const { context, page, go } = await openConsole(browser, system, demoAccount(role))
        await go('/')
        for (const link of await page.locator('nav.menu a').all()) {
          found.add((await link.getAttribute('href')) ?? '')
        }
        await context.close()
      }
      const listed = CONSOLE_PAGES.map((page) => `/console${pathOf(page).split('?')[0]}`)
      expect([...found].filter((room) => !listed.includes(room))).toEqual([])
      expect(found.size).toBeGreaterThan(0)
    },
    JOURNEY_MS,
  )

  it(
    'is shown to those alone who find its room in the navigation',
    async () => {
      const faults: string[] = []
      for (const role of ROLES) {
        const { context, page, go } = await openConsole(browser, system, demoAccount(role))
        await go('/')
        const links = await page.locator('nav.menu a').all()
        const rooms = await Promise.all(links.map((link) => link.getAttribute('href')))
        for (const listed of CONSOLE_PAGES) {
          const [path = ''] = pathOf(listed).split('?')
          const isOffered = rooms.some((room) => `/console${path}/`.startsWith(`${room}/`))
          // Whoever may find something may look for it; what is found is judged by itself.
          if (isOffered || path === '/search') continue
          await page.goto(`${system.url}/console${path}`)
          const heading = await page.locator('h1').first().innerText()
          if (heading !== '이 역할로는 볼 수 없는 화면입니다') faults.push(`${role} is shown ${listed.name}`)
        }
        await context.close()
      }
      expect(faults).toEqual([])
    },
    JOURNEY_MS,
  )

  for (const { name: size, viewport, language, colorScheme } of LOOKS) {
    it(
      `can be used by everybody (${size}, ${language}, ${colorScheme})`,
      async () => {
        const faults: string[] = []
        const options = { viewport, colorScheme, locale: language === 'en' ? 'en-GB' : 'ko-KR' }
        for (const role of ROLES) {
          const pages = CONSOLE_PAGES.filter((one) => one.role === role)
          if (pages.length === 0) continue
          const { context, page, trouble, go } = await openConsole(
            browser,
            system,
            demoAccount(role),
            options,
          )
          for (const listed of pages) {
            await go(pathOf(listed))
            const found = [...(await misfits(page)), ...(await barriers(page)), ...trouble.splice(0)]
            if ((await page.locator('html').getAttribute('lang')) !== language)
              found.push(`is not in ${language}`)
            if ((await page.locator('.state-failed').count()) > 0) found.push('shows a failure')
            faults.push(...found.map((fault) => `${listed.name}: ${fault}`))
            if (FOLDER) await picture(page, `console-${listed.name}.${size}.${language}.${colorScheme}.png`)
          }
          await context.close()
        }
        expect(faults).toEqual([])
      },
      JOURNEY_MS,
    )
  }
})
