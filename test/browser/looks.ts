import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Page } from 'playwright-core'

declare global {
  interface Window {
    /** Put there by {@link barriers}. */
    axe: typeof axe
    /** Put there by {@link watchProgress}. */
    tellProgress(state: unknown): void
  }
}

/** Where pictures of all pages go; without it none are taken. `npm run screenshots` sets it. */
export const FOLDER = process.env.SCREENSHOTS

/** What does not fit: sideways scrolling, and text that is cut off where nothing says that it goes on. */
export async function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth } = document.documentElement
    const wide = scrollWidth > innerWidth ? [`scrolls sideways by ${scrollWidth - innerWidth} px`] : []
    // Names on cards end in an ellipsis on purpose.
    const texts = document.querySelectorAll('h1, h2, h3, button, .button, dt, dd, label, p, li > a, summary')
    const cut = [...texts].filter((element) => {
      const { overflowX, overflowY } = getComputedStyle(element)
      const hidesX = overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1
      const hidesY = overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1
      return (hidesX || hidesY) && !element.matches('.unseen, .skip')
    })
    return [...wide, ...cut.map((element) => `cuts off ${element.outerHTML.slice(0, 100)}`)]
  })
}

/** The same with letters twice as large as usual, as somebody sets them who sees badly. */
export async function misfitsInLargeLetters(page: Page): Promise<string[]> {
  const inSize = (size: string) =>
    page.evaluate((asked) => {
      document.documentElement.style.fontSize = asked
    }, size)
  await inSize('200%')
  const found = await misfits(page)
  await inSize('')
  return found.map((fault) => `in large letters: ${fault}`)
}

/** The same in a window of another size; half of it is what zooming to 200 % leaves. */
export async function misfitsAt(page: Page, viewport: { width: number; height: number }): Promise<string[]> {
  const size = page.viewportSize()
  if (!size) throw new Error('the window has no size')
  await page.setViewportSize(viewport)
  const found = await misfits(page)
  await page.setViewportSize(size)
  return found.map((fault) => `${viewport.width} px wide: ${fault}`)
}

/**
 * What keeps somebody from using the page, as axe judges: what is serious or worse.
 * @param rules those looked at; left out: all
 */
export async function barriers(page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(axe.source)
  const violations = await page.evaluate(async (asked) => {
    const { violations: found } = await window.axe.run(document, {
      resultTypes: ['violations'],
      ...(asked ? { runOnly: asked } : {}),
    })
    return found.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.slice(0, 3).map(({ html }) => html.slice(0, 140)),
    }))
  }, rules)
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, where }) => `${id}: ${where.join(' | ')}`)
}

/** How a button and the page look while a form is on its way. */
export const WORKING = { text: '처리하고 있습니다…', isDisabled: true, told: '처리하고 있습니다…' }

/**
 * What a page looks like once a form of it is on its way, and taps the button again and presses Enter. The page tells it
 * by itself: whoever asks it at that moment is kept waiting for the answer.
 */
export async function watchProgress(page: Page, selector: string): Promise<readonly unknown[]> {
  const seen: unknown[] = []
  await page.exposeFunction('tellProgress', (state: unknown) => {
    seen.push(state)
  })
  await page.evaluate((asked) => {
    const button = document.querySelector<HTMLButtonElement>(asked)
    const told = document.getElementById('progress')
    const watch = new MutationObserver(() => {
      window.tellProgress({
        text: button?.textContent,
        isDisabled: button?.disabled,
        told: told?.textContent,
      })
      button?.click()
      button?.form?.requestSubmit()
    })
    if (told) watch.observe(told, { childList: true })
  }, selector)
  return seen
}

/** The page from top to bottom, pictures included. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!FOLDER) return
  await mkdir(FOLDER, { recursive: true })
  // Pictures further down are loaded when they come near.
  await page.evaluate(async () => {
    for (const image of document.images) image.loading = 'eager'
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})))
  })
  await page.screenshot({ path: join(FOLDER, name), fullPage: true })
}
