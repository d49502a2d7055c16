/** Terms and privacy policy by version: read, agreed to, announced, and never lost. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEMO_MERCHANT } from '../../web/merchant.ts'
import { legalWordings } from '../../web/pages/legal/legal-wordings.ts'
import { legalVersion } from '../access/entries/accounts.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { customer, newcomer } from '../support/people.ts'
import { inOneProcess, type System, startSystem } from '../support/system.ts'

let system: System
beforeAll(async () => {
  system = await startSystem()
})
afterAll(() => system?.stop())

const html = async (path: string) => (await fetch(new URL(path, system.url))).text()
const listed = async () => (await system.api().get('/api/legal-texts')).body

test('the texts say what is collected and for how long, of any seller’s name', async () => {
  expect(await html('/terms')).toMatch(/이 약관은 .+에서 운영하는 온라인 상점/)
  const said = [await html('/privacy'), await html('/en/privacy')]
  for (const words of [
    '구글·카카오·네이버',
    '리뷰의 별점, 글과 사진, 상품 문의',
    '도서관의 대출',
    '탈퇴 후 5년',
  ])
    expect(said[0]).toContain(words)
  for (const words of [
    'Google, Kakao or Naver',
    'pictures of reviews, questions',
    'Loans, returns',
    '5 years after you close',
  ])
    expect(said[1]).toContain(words)
})

test('whoever signs up agrees to the versions that were before them', async () => {
  const [terms, privacy] = [legalVersion(await listed(), 'terms'), legalVersion(await listed(), 'privacy')]
  const form = await html('/sign-up')
  expect(form).toContain(`name="terms" value="${terms}"`)
  expect(form).toContain(`href="/legal/privacy/${privacy}"`)
  const { address, ...person } = newcomer()
  const fields = { ...person, ...address, agreeTerms: 'yes', agreePrivacy: 'yes', next: '/my' }
  const send = (more: Record<string, string>) =>
    fetch(new URL('/sign-up', system.url), {
      method: 'POST',
      redirect: 'manual',
      headers: { accept: 'text/html', origin: system.url },
      body: new URLSearchParams({ ...fields, ...more }),
    })
  const onlyOne = await send({ terms, privacy, agreePrivacy: '' })
  expect([onlyOne.status, (await onlyOne.text()).match(/가입하려면 동의가 필요합니다/g)?.length]).toEqual([
    422, 1,
  ])
  const outdated = await send({ terms: '2020-01-01.0', privacy })
  expect([outdated.status, await outdated.text()]).toEqual([
    409,
    expect.stringContaining('약관이 바뀌었습니다'),
  ])
  const done = await send({ terms, privacy })
  expect(done.status).toBe(303)
  const cookie = done.headers.get('set-cookie')?.split(';')[0] ?? ''
  const profile = await fetch(new URL('/profile', system.url), { headers: { accept: 'text/html', cookie } })
  expect(await profile.text()).toContain(`/legal/terms/${terms}`)
  // Over HTTP the same, for programs.
  const program = { ...newcomer(), agreedTo: { terms, privacy: 'other' } }
  const refused = await system.api().post('/api/users', { json: program })
  expect(refused).toMatchObject({ status: 409, code: 'legal_text_changed' })
  const taken = { ...program, agreedTo: { terms, privacy } }
  expect((await system.api().post('/api/users', { json: taken })).status).toBe(201)
  const { body } = await system
    .api()
    .post('/api/auth/login', { json: { email: taken.email, password: taken.password } })
  const own = await system.api(String(at(body, 'accessToken'))).get('/api/users/me/agreements')
  expect(at(own.body, 'data')).toMatchObject([
    { kind: 'privacy', version: privacy },
    { kind: 'terms', version: terms },
  ])
  // Who names none agrees to what counts at that moment, and it is kept the same.
  const unnamed = await customer(system)
  expect(at((await unnamed.api.get('/api/users/me/agreements')).body, 'data')).toMatchObject([
    { kind: 'privacy', version: privacy },
    { kind: 'terms', version: terms },
  ])
})

test('the terms say at once where the seller has moved; who agreed before reads in them who the seller was', async () => {
  const before = legalVersion(await listed(), 'terms')
  const person = await customer(system)
  const { legal } = system.services.identity
  expect(await html('/terms')).not.toContain('판매자 정보가 그 뒤에 바뀌었습니다')
  await legal.keep(legalWordings({ ...DEMO_MERCHANT, address: '부산광역시 새 주소 1' }))
  expect(at((await person.api.get('/api/users/me/agreements')).body, 'data')).toMatchObject([
    { kind: 'privacy' },
    { kind: 'terms', version: before },
  ])
  const agreed = await html(`/legal/terms/${before}`)
  expect(agreed).toContain('주소: 서울특별시 중구 세종대로 110')
  expect(agreed).toContain('건강기능식품판매업 영업신고번호: 제0000-0000000호')
  expect(agreed).not.toContain('부산광역시')
  const moved = await html('/terms')
  expect(moved).toContain('주소: 부산광역시 새 주소 1')
  expect(moved).toContain(`href="/legal/terms/${before}"`)
  // The pages of this process are of the seller of before, so of the terms of another one they say where to look.
  expect(moved).toContain('판매자 정보가 그 뒤에 바뀌었습니다')
  expect(legalVersion(await listed(), 'terms')).not.toBe(before)
  expect(at((await (await customer(system)).api.get('/api/users/me/agreements')).body, 'data')).toMatchObject(
    [{ kind: 'privacy' }, { kind: 'terms', version: legalVersion(await listed(), 'terms') }],
  )
  // Back where they were, at once again.
  await legal.keep(legalWordings(DEMO_MERCHANT))
  expect(await html('/terms')).not.toContain('부산광역시')
  expect(legalVersion(await listed(), 'terms')).toBe(before)
})

test('a new version is announced before it counts, and the old one stays readable', async () => {
  const before = legalVersion(await listed(), 'terms')
  const wording = {
    kind: 'terms',
    version: 'next-1',
    text: { ko: '## 제목\n새 글', en: '## Title\nnew words' },
  } as const
  const { legal } = system.services.identity
  await Promise.all([legal.keep([wording]), legal.keep([wording])])
  expect(legalVersion(await listed(), 'terms')).toBe(before)
  const page = await html('/en/terms')
  expect(page).toContain('A new version will be in force from')
  expect(page).toContain('/en/legal/terms/next-1')
  expect(await html('/legal/terms/next-1')).toContain('새 글')
  expect((await fetch(new URL('/legal/terms/none', system.url))).status).toBe(404)
  await expect(legal.keep([{ ...wording, text: { ko: 'x', en: 'x' } }])).rejects.toThrow('another text')
  await expect(
    execute(
      system.databaseOf('identity'),
      `update identity.legal_text set ko = 'x' where version = 'next-1'`,
    ),
  ).rejects.toThrow('never changed')
  // A process opens with a slip of the pen, and another one with the right text again.
  const slip = {
    kind: 'terms',
    version: 'slip-1',
    text: { ko: '## 제목\n오타', en: '## Title\nslip' },
  } as const
  await legal.keep([slip])
  expect(await html('/en/terms')).toContain('/en/legal/terms/slip-1')
  await Promise.all([legal.keep([wording]), legal.keep([wording])])
  expect(await html('/en/terms')).toContain('/en/legal/terms/next-1')
  expect(await html('/legal/terms/slip-1')).toContain('적용 전에 철회된 내용')
  const { body: taken } = await system.api().get('/api/legal-texts/terms/slip-1')
  expect(at(taken, 'withdrawnAt')).toEqual(expect.any(String))
  const versions = at(await listed(), 'data')
  expect(JSON.stringify(versions)).not.toContain('slip-1')
  expect(Array.isArray(versions) && versions.filter((one) => at(one, 'version') === 'next-1')).toHaveLength(1)
  await expect(
    execute(system.databaseOf('identity'), 'delete from identity.legal_withdrawal'),
  ).rejects.toThrow('never changed')
  if (!inOneProcess) return
  system.skip({ hours: 24 * 31 })
  expect(legalVersion(await listed(), 'terms')).toBe('next-1')
  expect(await html('/terms')).toContain(`/legal/terms/${before}`)
  expect(await html('/terms')).toContain('새 글')
  // Back to the earlier one: announced like any other.
  const earlier = await legal.find('terms', before)
  if (!earlier) throw new Error('not kept')
  await legal.keep([{ kind: 'terms', version: before, text: earlier.text }])
  expect(legalVersion(await listed(), 'terms')).toBe('next-1')
  system.skip({ hours: 24 * 31 })
  expect(legalVersion(await listed(), 'terms')).toBe(before)
})
