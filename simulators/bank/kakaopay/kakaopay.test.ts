import { describe, expect, test } from 'vitest'
import {
  agreedPayment,
  chargeSid,
  issuedSid,
  journal,
  kakao,
  ORDER,
  paidPayment,
  post,
  request,
  testBank,
  URLS,
} from '../testing.ts'

const READY = { cid: 'TC0ONETIME', ...ORDER, ...URLS }

describe('ready', () => {
  test('answers a tid of 20 characters and the three pages', async () => {
    const bank = await testBank()
    const { status, body } = await kakao(bank, 'ready', { ...READY, quantity: '2', total_amount: '11000' })
    expect(status).toBe(200)
    expect(body.tid).toMatch(/^T\d{19}$/)
    for (const device of ['app', 'mobile', 'pc'])
      expect(body[`next_redirect_${device}_url`]).toBe(`${bank.url}/kakaopay/pay/${body.tid}`)
    expect(body.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
  })

  test.each([
    [{ cid: 'NOPE' }, -731],
    [{ cid_secret: 'x'.repeat(25) }, -733],
    [{ partner_order_id: undefined }, -726],
    [{ partner_order_id: 'x'.repeat(101) }, -726],
    [{ partner_user_id: '' }, -726],
    [{ item_name: 'x'.repeat(101) }, -726],
    [{ quantity: 1.5 }, -726],
    [{ total_amount: 'many' }, -725],
    [{ total_amount: 0 }, -725],
    [{ total_amount: -1 }, -725],
    [{ tax_free_amount: undefined }, -722],
    [{ tax_free_amount: 11_001 }, -722],
    [{ vat_amount: 11_001 }, -722],
    [{ payment_method_type: 'GOLD' }, -705],
    [{ available_cards: ['SHINHAN', 'VISA'] }, -705],
    [{ install_month: 13 }, -726],
    [{ approval_url: 'shop.test/done' }, -799],
    [{ fail_url: `http://shop.test/${'x'.repeat(255)}` }, -726],
  ])('refuses %j with %i', async (wrong, code) => {
    const bank = await testBank()
    const { status, body } = await kakao(bank, 'ready', { ...READY, ...wrong })
    expect([status, body.error_code]).toEqual([400, code])
    expect(body.error_message).toBeTypeOf('string')
  })

  test('asks for the secret key, a JSON object and POST', async () => {
    const bank = await testBank()
    const url = `${bank.url}/online/v1/payment/ready`
    expect((await post(url, READY)).status).toBe(401)
    expect((await post(url, READY, { authorization: 'SECRET_KEY wrong' })).status).toBe(401)
    const good = { authorization: 'SECRET_KEY DEV_KAKAOPAY_SECRET' }
    expect((await post(url, ['list'], good)).body.error_code).toBe(-2)
    expect((await request(url, { headers: good })).status).toBe(405)
    expect((await kakao(bank, 'nothing', READY)).status).toBe(404)
  })
})

describe('approve', () => {
  test('charges what ready said and answers every documented field', async () => {
    const bank = await testBank()
    const { status, body } = await paidPayment(bank, { item_code: 'D3', tax_free_amount: 1100 })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      cid: 'TC0ONETIME',
      partner_order_id: 'order-1',
      partner_user_id: 'user-1',
      payment_method_type: 'CARD',
      amount: { total: 11_000, tax_free: 1100, vat: 900, point: 0, discount: 0, green_deposit: 0 },
      card_info: { card_type: '신용', install_month: '00' },
      item_name: ORDER.item_name,
      item_code: 'D3',
      quantity: 1,
    })
    expect(body.aid).toMatch(/^A\d{19}$/)
    expect(body).not.toHaveProperty('sid')
    expect(await journal(bank, '?kind=charge')).toMatchObject([
      {
        provider: 'kakaopay',
        tid: body.tid,
        aid: body.aid,
        partnerOrderId: 'order-1',
        amount: 11_000,
        vat: 900,
      },
    ])
  })

  test('happens at most once per tid, also when asked at the same time', async () => {
    const bank = await testBank()
    const { tid, pgToken } = await agreedPayment(bank)
    const ask = () =>
      kakao(bank, 'approve', {
        cid: 'TC0ONETIME',
        tid,
        partner_order_id: 'order-1',
        partner_user_id: 'user-1',
        pg_token: pgToken,
      })
    const replies = await Promise.all([ask(), ask(), ask(), ask(), ask()])
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.filter(({ body }) => body.error_code === -702)).toHaveLength(4)
    expect(await journal(bank, '?kind=charge')).toHaveLength(1)
  })

  test.each([
    [{ tid: 'T0' }, -721],
    [{ cid: 'TCSUBSCRIP' }, -731],
    [{ partner_order_id: 'other' }, -706],
    [{ partner_user_id: 'other' }, -707],
    [{ pg_token: 'forged' }, -708],
    [{ pg_token: undefined }, -708],
    [{ total_amount: 10_999 }, -704],
  ])('refuses %j with %i and charges nothing', async (wrong, code) => {
    const bank = await testBank()
    const { tid, pgToken } = await agreedPayment(bank)
    const right = { cid: 'TC0ONETIME', tid, pg_token: pgToken, ...ORDER }
    const { status, body } = await kakao(bank, 'approve', { ...right, ...wrong })
    expect([status, body.error_code]).toEqual([400, code])
    expect(await journal(bank, '?kind=charge')).toEqual([])
    expect((await kakao(bank, 'approve', right)).status).toBe(200)
  })

  test('needs the customer first (-701) and not one who gave up (-783)', async () => {
    const bank = await testBank()
    const { body } = await kakao(bank, 'ready', READY)
    const asked = { cid: 'TC0ONETIME', tid: body.tid, pg_token: 'early', ...ORDER }
    expect((await kakao(bank, 'approve', asked)).body.error_code).toBe(-701)
    await request(`${bank.url}/kakaopay/pay/${body.tid}/cancel`, { method: 'POST' })
    expect((await kakao(bank, 'approve', asked)).body.error_code).toBe(-783)
  })

  test('is too late 15 minutes after ready (-723)', async () => {
    const bank = await testBank({ clock: 'manual' })
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:00:00Z' })
    const { tid, pgToken } = await agreedPayment(bank)
    const asked = { cid: 'TC0ONETIME', tid, pg_token: pgToken, ...ORDER }
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:15:01Z' })
    expect((await kakao(bank, 'approve', asked)).body.error_code).toBe(-723)
    await post(`${bank.url}/clock`, { now: '2026-01-01T00:15:00Z' })
    const { body } = await kakao(bank, 'approve', asked)
    expect(body.approved_at).toBe('2026-01-01T09:15:00')
  })
})

describe('recurring payments', () => {
  test('the first payment issues a SID, and every further charge has a new tid', async () => {
    const bank = await testBank()
    const sid = await issuedSid(bank)
    expect(sid).toMatch(/^S\d{19}$/)
    const first = await chargeSid(bank, sid, { partner_order_id: 'cycle-2' })
    const second = await chargeSid(bank, sid, { partner_order_id: 'cycle-3', item_name: '오메가3' })
    expect(first.body).toMatchObject({
      sid,
      partner_order_id: 'cycle-2',
      item_name: ORDER.item_name,
      amount: { vat: 1000 },
    })
    expect(second.body).toMatchObject({ item_name: '오메가3' })
    expect(new Set([first.body.tid, second.body.tid, first.body.aid, second.body.aid]).size).toBe(4)
    expect((await kakao(bank, 'order', { cid: 'TCSUBSCRIP', tid: first.body.tid })).body.status).toBe(
      'SUCCESS_PAYMENT',
    )
    expect(await journal(bank, '?kind=sid_issued')).toMatchObject([
      { sid, via: 'approve', partnerUserId: 'user-1' },
    ])
  })

  test('never protects its caller from charging an order twice', async () => {
    const bank = await testBank()
    const sid = await issuedSid(bank)
    await chargeSid(bank, sid, { partner_order_id: 'same' })
    expect((await chargeSid(bank, sid, { partner_order_id: 'same' })).status).toBe(200)
    const { body } = await request(`${bank.url}/journal/summary?byOrder=1`)
    expect(body.byOrder).toMatchObject({ same: { charges: 2, charged: 22_000, refunded: 0 } })
  })

  test('a total of 0 issues the SID without a charge', async () => {
    const bank = await testBank()
    const paid = await paidPayment(bank, { cid: 'TCSUBSCRIP', total_amount: 0 })
    expect(paid.body).toMatchObject({ sid: expect.stringMatching(/^S/), amount: { total: 0 } })
    expect(await journal(bank, '?kind=charge')).toEqual([])
    const { body } = await kakao(bank, 'order', { cid: 'TCSUBSCRIP', tid: paid.body.tid })
    expect(body).toMatchObject({
      status: 'ISSUED_SID',
      payment_action_details: [{ payment_action_type: 'ISSUED_SID', amount: 0 }],
    })
    expect((await chargeSid(bank, String(paid.body.sid))).status).toBe(200)
  })

  test('status and inactive; an ended SID cannot be charged (-751)', async () => {
    const bank = await testBank({ clock: 'manual' })
    await post(`${bank.url}/clock`, { now: '2026-03-01T00:00:00Z' })
    const sid = await issuedSid(bank)
    await post(`${bank.url}/clock`, { now: '2026-03-31T00:00:00Z' })
    await chargeSid(bank, sid)
    const asked = { cid: 'TCSUBSCRIP', sid }
    expect((await kakao(bank, 'manage/subscription/status', asked)).body).toMatchObject({
      available: true,
      status: 'ACTIVE',
      payment_method_type: 'CARD',
      created_at: '2026-03-01T09:00:00',
      last_approved_at: '2026-03-31T09:00:00',
    })
    const ended = await kakao(bank, 'manage/subscription/inactive', asked)
    expect(ended.body).toMatchObject({ sid, status: 'INACTIVE', inactivated_at: '2026-03-31T09:00:00' })
    await post(`${bank.url}/clock`, { now: '2026-04-01T00:00:00Z' })
    expect((await kakao(bank, 'manage/subscription/inactive', asked)).body).toEqual(ended.body)
    expect((await kakao(bank, 'manage/subscription/status', asked)).body).toMatchObject({ available: false })
    expect((await chargeSid(bank, sid)).body.error_code).toBe(-751)
    expect(await journal(bank, '?kind=sid_inactivated')).toMatchObject([{ sid, by: 'merchant' }])
  })

  test.each([
    [{ sid: 'S0' }, -750],
    [{ cid: 'TC0ONETIME' }, -731],
    [{ partner_user_id: 'somebody else' }, -753],
    [{ total_amount: 0 }, -725],
    [{ tax_free_amount: 11_001 }, -722],
    [{ quantity: 0 }, -726],
  ])('a charge with %j is refused with %i', async (wrong, code) => {
    const bank = await testBank()
    const sid = await issuedSid(bank)
    expect((await chargeSid(bank, sid, wrong)).body.error_code).toBe(code)
    expect(await journal(bank, '?kind=charge')).toHaveLength(1)
  })

  test('management of an unknown SID is refused (-750), with a one-time CID too (-731)', async () => {
    const bank = await testBank()
    for (const operation of ['status', 'inactive']) {
      const ask = (cid: string) => kakao(bank, `manage/subscription/${operation}`, { cid, sid: 'S0' })
      expect((await ask('TCSUBSCRIP')).body.error_code).toBe(-750)
      expect((await ask('TC0ONETIME')).body.error_code).toBe(-731)
    }
  })
})

describe('tokens', () => {
  test('a script declines n times, then lets through', async () => {
    const bank = await testBank()
    const sid = await issuedSid(bank)
    await post(`${bank.url}/tokens/${sid}`, {
      declines: 2,
      code: -782,
      extras: { method_result_code: '8326' },
    })
    const codes = []
    for (let i = 0; i < 3; i++) codes.push((await chargeSid(bank, sid)).body)
    expect(codes[0]).toEqual({
      error_code: -782,
      error_message: 'subscription payment failure!',
      extras: { method_result_code: '8326' },
    })
    expect(codes[1]?.error_code).toBe(-782)
    expect(codes[2]?.amount).toMatchObject({ total: 11_000 })
    expect(await journal(bank, '?kind=declined')).toHaveLength(2)
  })

  test('a monthly limit counts the charges of a Seoul month (-752)', async () => {
    const bank = await testBank({ clock: 'manual' })
    await post(`${bank.url}/clock`, { now: '2026-01-31T14:00:00Z' })
    const sid = await issuedSid(bank)
    await post(`${bank.url}/tokens/${sid}`, { monthlyLimit: 2 })
    expect((await chargeSid(bank, sid)).status).toBe(200)
    expect((await chargeSid(bank, sid)).body.error_code).toBe(-752)
    await post(`${bank.url}/clock`, { now: '2026-01-31T15:00:00Z' })
    expect((await chargeSid(bank, sid)).status).toBe(200)
  })

  test('the customer can cut the merchant off', async () => {
    const bank = await testBank()
    const sid = await issuedSid(bank)
    expect((await post(`${bank.url}/tokens/${sid}/deactivate`, {})).status).toBe(200)
    expect((await chargeSid(bank, sid)).body.error_code).toBe(-751)
    expect(await journal(bank, '?kind=sid_inactivated')).toMatchObject([{ sid, by: 'user' }])
  })

  test('can be brought in from outside, and only unknown ones are', async () => {
    const bank = await testBank()
    const tokens = [
      { token: 'S-demo-1', partnerUserId: 'user-1' },
      { token: 'S-demo-2', partnerUserId: 'user-2' },
    ]
    const ask = () => post(`${bank.url}/tokens`, { provider: 'kakaopay', tokens })
    expect((await ask()).body).toEqual({ imported: 2, known: 0 })
    expect((await ask()).body).toEqual({ imported: 0, known: 2 })
    expect((await chargeSid(bank, 'S-demo-1')).status).toBe(200)
    expect(
      (
        await post(`${bank.url}/tokens`, {
          provider: 'kakaopay',
          tokens: [{ token: 'x'.repeat(21), partnerUserId: 'u' }],
        })
      ).status,
    ).toBe(400)
    expect((await post(`${bank.url}/tokens`, { provider: 'visa', tokens })).status).toBe(400)
  })

  test.each([
    ['/tokens/S0', { declines: 1 }, 404],
    ['/tokens/S0/deactivate', {}, 404],
    ['/tokens/SID', { declines: -1 }, 400],
    ['/tokens/SID', { decline: 1 }, 400],
    ['/tokens/SID', { code: 'TEXT' }, 400],
    ['/tokens/SID', { monthlyLimit: 'few' }, 400],
    ['/tokens/SID', { extras: [] }, 400],
  ])('POST %s %j is refused with %i', async (path, body, status) => {
    const bank = await testBank()
    const sid = await issuedSid(bank)
    expect((await post(bank.url + path.replace('SID', sid), body)).status).toBe(status)
  })
})

describe('cancel and order', () => {
  const refund = (bank: { url: string }, tid: unknown, amount: number, more = {}) =>
    kakao(bank, 'cancel', {
      cid: 'TC0ONETIME',
      tid,
      cancel_amount: amount,
      cancel_tax_free_amount: 0,
      ...more,
    })

  test('partial refunds until nothing is left', async () => {
    const bank = await testBank()
    const { tid } = (await paidPayment(bank)).body
    const first = await refund(bank, tid, 4000, { cancel_available_amount: 11_000, payload: 'r-1' })
    expect(first.body).toMatchObject({
      status: 'PART_CANCEL_PAYMENT',
      amount: { total: 11_000 },
      approved_cancel_amount: { total: 4000, vat: 364 },
      canceled_amount: { total: 4000 },
      cancel_available_amount: { total: 7000, vat: 636 },
      payload: 'r-1',
    })
    const last = await refund(bank, tid, 7000, { cancel_available_amount: 7000 })
    expect(last.body).toMatchObject({
      status: 'CANCEL_PAYMENT',
      canceled_amount: { total: 11_000 },
      cancel_available_amount: { total: 0, vat: 0 },
    })
    const { body } = await kakao(bank, 'order', { cid: 'TC0ONETIME', tid })
    expect(body).toMatchObject({
      status: 'CANCEL_PAYMENT',
      selected_card_info: { card_bin: '621640' },
      payment_action_details: [
        { payment_action_type: 'PAYMENT', amount: 11_000 },
        { payment_action_type: 'CANCEL', amount: 4000, aid: first.body.aid, payload: 'r-1' },
        { payment_action_type: 'CANCEL', amount: 7000, aid: last.body.aid },
      ],
    })
    expect((await refund(bank, tid, 1)).body.error_code).toBe(-784)
    const summary = (await request(`${bank.url}/journal/summary`)).body
    expect(summary).toMatchObject({
      charges: { count: 1, sum: 11_000 },
      refunds: { count: 2, sum: 11_000 },
      net: 0,
    })
  })

  test('the guard makes a repeated partial refund fail; without it the money goes back twice', async () => {
    const bank = await testBank()
    const { tid } = (await paidPayment(bank)).body
    const guarded = () => refund(bank, tid, 3000, { cancel_available_amount: 11_000 })
    const both = await Promise.all([guarded(), guarded()])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 400])
    expect(both.find(({ status }) => status === 400)?.body.error_code).toBe(-710)
    expect((await refund(bank, tid, 3000)).status).toBe(200)
    expect((await refund(bank, tid, 3000)).status).toBe(200)
    expect(await journal(bank, '?kind=refund')).toHaveLength(3)
  })

  test.each([
    [{ tid: 'T0' }, -721],
    [{ cid: 'TCSUBSCRIP' }, -731],
    [{ cancel_amount: 11_001 }, -711],
    [{ cancel_amount: 8000 }, -710],
    [{ cancel_amount: 0 }, -722],
    [{ cancel_tax_free_amount: undefined }, -722],
    [{ cancel_tax_free_amount: 1 }, -722],
    [{ cancel_vat_amount: 101 }, -722],
  ])('refuses %j with %i', async (wrong, code) => {
    const bank = await testBank()
    const { tid } = (await paidPayment(bank)).body
    await refund(bank, tid, 4000)
    expect((await refund(bank, tid, 100, wrong)).body.error_code).toBe(code)
    expect(await journal(bank, '?kind=refund')).toHaveLength(1)
  })

  test('of a payment with a tax-free part: neither of it nor of the taxable part more goes back than was paid', async () => {
    const bank = await testBank()
    const { tid } = (await paidPayment(bank, { tax_free_amount: 4000 })).body
    for (const [amount, taxFree] of [
      [5000, 4001],
      [7001, 0],
      [11_000, 3999],
    ] as const)
      expect((await refund(bank, tid, amount, { cancel_tax_free_amount: taxFree })).body.error_code).toBe(
        -722,
      )
    expect((await refund(bank, tid, 5000, { cancel_tax_free_amount: 3000 })).status).toBe(200)
    expect((await refund(bank, tid, 6000, { cancel_tax_free_amount: 1000 })).body).toMatchObject({
      status: 'CANCEL_PAYMENT',
      canceled_amount: { total: 11_000, tax_free: 4000 },
    })
  })

  test('an unapproved payment cannot be cancelled (-784)', async () => {
    const bank = await testBank()
    const { tid } = await agreedPayment(bank)
    expect((await refund(bank, tid, 100)).body.error_code).toBe(-784)
  })

  test('order follows the payment through its statuses', async () => {
    const bank = await testBank()
    const { body } = await kakao(bank, 'ready', READY)
    const status = async () => (await kakao(bank, 'order', { cid: 'TC0ONETIME', tid: body.tid })).body.status
    const page = `${bank.url}/kakaopay/pay/${body.tid}`
    expect(await status()).toBe('READY')
    await request(page)
    expect(await status()).toBe('OPEN_PAYMENT')
    await request(`${page}/approve`, { method: 'POST' })
    expect(await status()).toBe('AUTH_PASSWORD')
    const steps = await journal(bank, '?kind=page')
    expect(steps.map((row) => row.status)).toEqual(['OPEN_PAYMENT', 'SELECT_METHOD', 'AUTH_PASSWORD'])
    expect((await kakao(bank, 'order', { cid: 'TC0ONETIME', tid: 'T0' })).body.error_code).toBe(-721)
    expect((await kakao(bank, 'order', { cid: 'TCSUBSCRIP', tid: body.tid })).body.error_code).toBe(-731)
  })
})
