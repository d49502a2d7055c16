import { expect, test } from 'vitest'
import { addFault, chargeSid, issuedSid, kakao, paidPayment, post, request, testBank } from '../testing.ts'

test('the settlement file has every charge and refund of the days asked for, and can lie', async () => {
  const bank = await testBank({ clock: 'manual' })
  await post(`${bank.url}/clock`, { now: '2026-01-01T14:59:59Z' })
  const { tid, aid } = (await paidPayment(bank, { partner_order_id: 'a,"b"' })).body
  await post(`${bank.url}/clock`, { now: '2026-01-01T15:00:00Z' })
  await kakao(bank, 'cancel', { cid: 'TC0ONETIME', tid, cancel_amount: 1100, cancel_tax_free_amount: 0 })
  const sid = await issuedSid(bank, { total_amount: 0 })
  await chargeSid(bank, sid, { partner_order_id: 'cycle-2' })
  const file = async (query: string) =>
    (await (await fetch(`${bank.url}/kakaopay/settlement?${query}`)).text()).trimEnd().split('\n').slice(1)
  const first = `PAYMENT,${tid},${aid},,"a,""b""",user-1,11000,0,1000,CARD,2026-01-01T23:59:59`
  expect(await file('startDate=2026-01-01')).toEqual([first])
  const both = await file('startDate=2026-01-01&endDate=2026-01-02')
  expect(both).toEqual([
    first,
    expect.stringMatching(/^CANCEL,T.*,-1100,0,-100,CARD,2026-01-02T00:00:00$/),
    expect.stringMatching(new RegExp(`^PAYMENT,T.*,${sid},cycle-2,user-1,11000,`)),
  ])
  await addFault(bank, { operation: 'settlement' }, { kind: 'transactions', omitFirst: true, addExtra: true })
  const lie = await file('startDate=2026-01-01&endDate=2026-01-02')
  expect(lie.slice(0, 2)).toEqual(both.slice(1))
  expect(lie[2]).toContain('never-charged')
  for (const bad of ['', 'startDate=today', 'startDate=2026-01-02&endDate=2026-01-01'])
    expect((await request(`${bank.url}/kakaopay/settlement?${bad}`)).status).toBe(400)
})
