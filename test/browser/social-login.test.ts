import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Brand } from '../../simulators/social/people.ts'
import { personAt } from '../logins/logins.ts'
import { customer, newcomer, PASSWORD } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'
import { hasBrowser, JOURNEY_MS, openBrowser, openWindow, SIZES } from './browser.ts'

describe.runIf(hasBrowser)('logging in at a provider, in a real browser', () => {
  let system: System
  let browser: Browser
  let origins: string[]

  beforeAll(async () => {
    system = await startSystem({ social: true })
    browser = await openBrowser()
    origins = [system.url, system.social?.url ?? '']
  })
  afterAll(async () => {
    await browser?.close()
    await system?.stop()
  })

  /** From the login page through the provider's. */
  async function goThrough(page: Page, button: string, name: string): Promise<void> {
    await page.getByRole('link', { name: button }).click()
    await page.getByRole('heading', { name: '누구로 로그인할까요?' }).waitFor()
    await page.getByRole('radio', { name }).check()
    await page.getByRole('button', { name: '동의하고 계속하기' }).click()
  }

  async function fillIn(page: Page): Promise<void> {
    const person = newcomer()
    await page.getByLabel('닉네임').fill(person.displayName)
    await page.getByLabel('이름', { exact: true }).fill(person.realName)
    await page.getByLabel('휴대전화').fill(person.phone)
    await page.getByLabel('우편번호').fill(person.address.postalCode)
    await page.getByLabel('주소', { exact: true }).fill(person.address.city)
    await page.getByLabel('상세 주소').fill(person.address.detail)
    for (const box of await page.getByRole('checkbox').all()) await box.check()
  }

  const ways: [Brand, string][] = [
    ['kakao', '카카오로 시작하기'],
    ['naver', '네이버로 시작하기'],
    ['google', 'Google로 시작하기'],
  ]

  for (const { name: size, viewport } of SIZES) {
    it(
      `a newcomer signs up, and comes back where they were (${size})`,
      async () => {
        const { context, page, trouble } = await openWindow(browser, origins, { viewport })
        for (const [brand, button] of ways) {
          const person = personAt(system, brand, { name: `${brand}${size}` })
          await page.goto(`${system.url}/orders`)
          await page.getByRole('heading', { name: '로그인' }).waitFor()
          await goThrough(page, button, person.name)
          await page.getByRole('heading', { name: '추가 정보 입력' }).waitFor()
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
          expect(wide).toBeLessThanOrEqual(0)
          expect(await barriers(page)).toEqual([])
          expect(await page.getByLabel('이메일').first().inputValue()).toBe(person.email)
          expect(await page.getByLabel('이름', { exact: true }).inputValue()).toBe(person.name)
          await fillIn(page)
          await page.getByRole('button', { name: '가입하고 계속하기' }).click()
          await page.waitForURL(`${system.url}/orders`)

          // The second time nothing is asked.
          await page.goto(`${system.url}/my`)
          await page.getByRole('button', { name: '로그아웃' }).click()
          await goThrough(page, button, person.name)
          await page.waitForURL(`${system.url}/my`)
          await page.getByRole('button', { name: '로그아웃' }).click()
          await page.getByText('로그아웃했습니다.').waitFor()
        }
        expect(trouble).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )

    it(
      `a member connects, in English, and takes it away again (${size})`,
      async () => {
        const { context, page, trouble } = await openWindow(browser, origins, { viewport })
        const member = await customer(system)
        const person = personAt(system, 'google', { name: `Member ${size}`, email: member.email })
        await page.goto(`${system.url}/en/login`)
        await goThrough(page, 'Continue with Google', person.name)
        await page.getByRole('heading', { name: 'A few more details' }).waitFor()
        await page.getByText('Already have an account?').click()
        const form = page.locator('form[action="/en/sign-up/connect"]')
        expect(await form.getByLabel('E-mail').inputValue()).toBe(member.email)
        await form.getByLabel('Password').fill('Wrong-guess1!')
        await form.getByRole('button', { name: 'Connect my account' }).click()
        await page.getByText('The e-mail address or the password is not right.').waitFor()
        await form.getByLabel('Password').fill(PASSWORD)
        await form.getByRole('button', { name: 'Connect my account' }).click()
        await page.waitForURL(`${system.url}/en/my`)

        await page.goto(`${system.url}/en/profile/logins`)
        await page.getByText('Connected on').waitFor()
        const kakao = personAt(system, 'kakao', { name: `연결할사람 ${size}` })
        await page.getByLabel('Current password').first().fill(PASSWORD)
        await page.getByRole('button', { name: 'Connect Kakao' }).click()
        await page.getByRole('radio', { name: kakao.name }).check()
        await page.getByRole('button', { name: '동의하고 계속하기' }).click()
        await page.getByText('you can log in this way', { exact: false }).waitFor()
        await page.getByRole('button', { name: 'Disconnect Google' }).click()
        await page.getByText('Disconnected.').waitFor()
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(wide).toBeLessThanOrEqual(0)
        expect(trouble).toEqual([])
        await context.close()
      },
      JOURNEY_MS,
    )
  }

  it(
    'says what happened when it does not work',
    async () => {
      const { context, page } = await openWindow(browser, origins, { viewport: SIZES[0].viewport })
      await page.goto(`${system.url}/login`)
      await page.getByRole('link', { name: '카카오로 시작하기' }).click()
      await page.getByRole('button', { name: '취소' }).click()
      await page.getByText('로그인을 취소하셨습니다.', { exact: false }).waitFor()
      const person = personAt(system, 'naver', { name: '거절당한사람' })
      system.social?.fault('naver', 'refuses_token')
      await goThrough(page, '네이버로 시작하기', person.name)
      await page.getByText('로그인을 마치지 못했습니다.', { exact: false }).waitFor()
      system.social?.fault('naver', 'none')
      // An address somebody else came back with opens nothing here.
      await page.goto(`${system.url}/login/google/return?code=stolen&state=stolen`)
      await page.getByText('로그인을 마치지 못했습니다.', { exact: false }).waitFor()
      await page.goto(`${system.url}/sign-up/more`)
      await page.getByText('가입 시간이 지났습니다.', { exact: false }).waitFor()
      await context.close()
    },
    JOURNEY_MS,
  )
})

/** What keeps somebody from using the page, as axe judges: what is serious or worse. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id)
}
