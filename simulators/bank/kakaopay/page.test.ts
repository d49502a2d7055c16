import { expect, test } from 'vitest'
import { kakao, ORDER, paidPayment, post, request, testBank, URLS } from '../testing.ts'

async function begun(bank: { url: string }, more = {}) {
  const { body } = await kakao(bank, 'ready', { cid: 'TC0ONETIME', ...ORDER, ...URLS, ...more })
  return { tid: body.tid, page: String(body.next_redirect_mobile_url) }
}

test('shows what is paid, without scripts and with every text escaped', async () => {
  const bank = await testBank()
  const { page } = await begun(bank, { item_name: '<script>alert("a")</script>' })
  const response = await fetch(page)
  const html = await response.text()
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(html).toContain('<html lang="ko">')
  expect(html).toContain('11,000원')
  expect(html).toContain('남은 시간')
  expect(html).not.toContain('<script')
  expect(html).toContain('&lt;script&gt;')
  for (const button of ['결제하기', '취소', '실패로 끝내기']) expect(html).toContain(button)
})

test('says of a registration that nothing is paid now', async () => {
  const bank = await testBank()
  const { page } = await begun(bank, { cid: 'TCSUBSCRIP', total_amount: 0 })
  const html = await (await fetch(page)).text()
  for (const text of ['정기결제 등록', '0원', '지금은 결제되지 않습니다', '등록하기'])
    expect(html).toContain(text)
  expect(html).not.toContain('결제하기')
})

test('agreeing leads to approval_url with a pg_token beside its own query; again, to the same', async () => {
  const bank = await testBank()
  const { page } = await begun(bank, { approval_url: 'http://shop.test/done?a=1&b=%20x#part' })
  const agree = () => request(`${page}/approve`, { method: 'POST', body: 'method=MONEY' })
  const first = await agree()
  expect(first.status).toBe(303)
  expect(first.headers.get('location')).toMatch(
    /^http:\/\/shop\.test\/done\?a=1&b=%20x&pg_token=p\d{19}#part$/,
  )
  expect((await agree()).headers.get('location')).toBe(first.headers.get('location'))
})

test('giving up leads to cancel_url, failing to fail_url, and both are the end', async () => {
  const bank = await testBank()
  for (const [step, body, url, status] of [
    ['cancel', '', URLS.cancel_url, 'QUIT_PAYMENT'],
    ['fail', 'reason=LIMIT', URLS.fail_url, 'FAIL_PAYMENT'],
    ['fail', 'reason=WRONG_PASSWORD', URLS.fail_url, 'FAIL_AUTH_PASSWORD'],
  ] as const) {
    const { tid, page } = await begun(bank)
    const left = await request(`${page}/${step}`, { method: 'POST', body })
    expect([left.status, left.headers.get('location')]).toEqual([303, url])
    expect((await kakao(bank, 'order', { cid: 'TC0ONETIME', tid })).body.status).toBe(status)
    expect((await request(`${page}/approve`, { method: 'POST' })).status).toBe(409)
  }
})

test('after the end and after 15 minutes it says so', async () => {
  const bank = await testBank({ clock: 'manual' })
  await post(`${bank.url}/clock`, { now: '2026-01-01T00:00:00Z' })
  const paid = await paidPayment(bank)
  const done = await (await fetch(`${bank.url}/kakaopay/pay/${paid.body.tid}`)).text()
  expect(done).toContain('결제가 완료되었습니다')
  const { page } = await begun(bank)
  await post(`${bank.url}/clock`, { now: '2026-01-01T00:16:00Z' })
  expect(await (await fetch(page)).text()).toContain('결제 시간이 지났습니다')
  const late = await request(`${page}/approve`, { method: 'POST' })
  expect([late.status, late.headers.get('location')]).toEqual([303, URLS.fail_url])
})

test('unknown payments, unknown steps and wrong methods are refused', async () => {
  const bank = await testBank()
  const { page } = await begun(bank)
  expect((await request(`${bank.url}/kakaopay/pay/T0`)).status).toBe(404)
  expect((await request(`${page}/steal`, { method: 'POST' })).status).toBe(404)
  expect((await request(page, { method: 'POST' })).status).toBe(405)
  expect((await request(`${page}/approve`)).status).toBe(405)
})
