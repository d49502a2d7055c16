import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pageRoutes } from '../access/page-routes.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'
import { barriers, FOLDER, misfits, misfitsAt, misfitsInLargeLetters, picture } from './looks.ts'
import { type Lived, liveIn, NOT_SHOWN, PAGES } from './page-list.ts'

const [PHONE, DESKTOP] = SIZES

/**
 * Each page is seen in both languages, at both widths, light and dark; for pictures in every combination. What only
 * differs by the window or by a setting of the reader is looked at without opening the page again.
 */
const LOOKS = [
  { ...PHONE, language: 'en', colorScheme: 'dark' },
  { ...DESKTOP, language: 'ko', colorScheme: 'light' },
  ...(FOLDER === undefined
    ? []
    : ([
        { ...PHONE, language: 'ko', colorScheme: 'light' },
        { ...DESKTOP, language: 'en', colorScheme: 'light' },
        { ...DESKTOP, language: 'ko', colorScheme: 'dark' },
      ] as const)),
] as const

/** What of a page that is open does not fit for those who read it in large letters, zoomed, on a phone or in the dark. */
async function misfitsElsewhere(page: Page, size: (typeof LOOKS)[number]['name']): Promise<string[]> {
  if (size === 'phone') return misfitsInLargeLetters(page)
  const { width, height } = DESKTOP.viewport
  const found = [
    ...(await misfitsAt(page, { width: width / 2, height: height / 2 })),
    ...(await misfitsAt(page, PHONE.viewport)),
  ]
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await barriers(page, ['color-contrast'])
  await page.emulateMedia({ colorScheme: 'light' })
  return [...found, ...dark.map((fault) => `dark: ${fault}`)]
}

describe.runIf(hasBrowser)('every page', () => {
  let system: System
  let browser: Browser
  let lived: Lived

  beforeAll(async () => {
    system = await startSystem({ demo: true, social: true, toss: true })
    lived = await liveIn(system)
    browser = await openBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  it('is on the list', async () => {
    const routes = await pageRoutes(system)
    const shown = routes.filter(({ method }) => method === 'GET').map(({ url }) => url)
    const listed = [...new Set(PAGES.map(({ route }) => route)), ...NOT_SHOWN]
    expect(shown.toSorted()).toEqual(listed.toSorted())
  })

  for (const { name: size, viewport, language, colorScheme } of LOOKS) {
    it(
      `can be used by everybody (${size}, ${language}, ${colorScheme})`,
      async () => {
        const faults: string[] = []
        const options = { viewport, colorScheme, locale: language === 'en' ? 'en-GB' : 'ko-KR' }
        for (const signedIn of [false, true]) {
          const { context, page, trouble } = await openWindow(browser, [system.url], options)
          if (signedIn) await logIn(page)
          for (const listed of PAGES.filter((one) => (one.signedIn ?? false) === signedIn)) {
            const path = typeof listed.path === 'function' ? listed.path(lived) : listed.path
            const address =
              language === 'en' && !path.startsWith('/en/') ? `/en${path === '/' ? '' : path}` : path
            const answer = await page.goto(`${system.url}${address}`)
            const found = [
              ...(answer?.status() === 200 ? [] : [`answers ${answer?.status()}`]),
              ...(await misfits(page)),
              ...(await barriers(page)),
              ...trouble.splice(0),
            ]
            if (FOLDER) await picture(page, `${listed.name}.${size}.${language}.${colorScheme}.png`)
            else found.push(...(await misfitsElsewhere(page, size)))
            faults.push(...found.map((fault) => `${listed.name}: ${fault}`))
          }
          await context.close()
        }
        expect(faults).toEqual([])
      },
      JOURNEY_MS,
    )
  }

  async function logIn(page: Page): Promise<void> {
    await page.goto(`${system.url}/login`)
    await page.getByLabel('이메일').fill(lived.email)
    await page.getByLabel('비밀번호').fill(lived.password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/my/)
  }
})
