import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkConsent, consentTo, type RecurringTerms, DEFAULT_RECURRING_TERMS as terms } from './consent.ts'

const now = Temporal.Instant.from('2027-01-10T03:00:00Z')
const time = (text: string) => Temporal.PlainTime.from(text)

describe('consent to recurring payment', () => {
  it('is kept with its version and time when the text in force was accepted', () => {
    const { version } = consentTo(terms)
    expect(checkConsent(terms, true, { version }, now)).toEqual({
      kind: 'agreed',
      consent: { version, at: now },
    })
  })

  it('is required for recurring lines: none, or of another version, is refused with the one to accept', () => {
    const facts = { version: consentTo(terms).version }
    for (const given of [undefined, { version: '' }, { version: '2020-01-01' }])
      expect(checkConsent(terms, true, given, now)).toEqual({
        kind: 'refused',
        code: 'consent_required',
        facts,
      })
  })

  it('is neither needed nor kept without recurring lines', () => {
    const agreed = { kind: 'agreed', consent: null }
    expect(checkConsent(terms, false, undefined, now)).toEqual(agreed)
    expect(checkConsent(terms, false, { version: consentTo(terms).version }, now)).toEqual(agreed)
  })

  it('to other terms is asked for anew', () => {
    const changed = { ...terms, noticeDays: 5 }
    const { version } = consentTo(terms)
    expect(checkConsent(changed, true, { version }, now)).toMatchObject({ code: 'consent_required' })
  })
})

describe('the text', () => {
  it('of this version is this: another sentence is another version', () => {
    const { version, text } = consentTo(terms)
    expect(version).toMatch(/^2026-12-01\.s[0-9a-f]{8}$/)
    expect(text.ko.split('\n')).toEqual([
      '정기결제·정기배송 이용에 동의합니다.',
      '결제 대금을 청구하는 판매자: 상호 Pillivery',
      '선택한 주기마다 같은 상품을 배송하고, 등록한 결제수단으로 주문 금액(상품 금액 × 수량, 부가세 포함)을 자동으로 결제합니다.',
      '결제일 3일 전에 결제 예정 금액과 날짜를 알려 드립니다. 알림이 늦어지면 결제도 그만큼 늦춥니다. 가격이 바뀌면 먼저 알려 드리고, 동의하신 뒤에만 새 가격으로 결제합니다.',
      '결제일 전날 오후 6시까지 건너뛰기, 일시 중지, 수량·주기·배송지 변경을 할 수 있고, 해지는 언제든지 할 수 있습니다. 해지하면 등록한 결제수단은 더 이상 쓰이지 않으면 삭제됩니다.',
      '결제에 실패하면 바로 한 번, 이후 24시간마다 최대 3번 다시 시도하며, 그래도 실패하면 정기배송이 해지됩니다.',
    ])
    expect(text.en.split('\n')).toEqual([
      'I agree to recurring payment and delivery.',
      'The seller who charges me: name Pillivery',
      'In every period I chose, the same item is delivered and the amount of the order (unit price × quantity, VAT included) is charged automatically to my stored payment method.',
      'Three days before each charge I am told the amount and the date; a charge I am told of later than that is made as much later. A new price is announced first and charged only after I have accepted it.',
      'Until 18:00 (Seoul) on the day before a charge I can skip, pause, or change quantity, period and address; I can cancel at any time. After cancelling, a stored payment method that is no longer needed is deleted.',
      'A charge that fails is tried again once at once and then every 24 hours up to three times; if it still fails, the subscription ends.',
    ])
  })

  it('promises the discount there is, for every charge', () => {
    const { version, text } = consentTo({ ...terms, discountPercent: 5 })
    expect(version).toMatch(/\.d5\.s[0-9a-f]{8}$/)
    expect(text.ko).toContain('판매가에서 5% 할인한 가격이며, 첫 결제와 이후 모든 회차에 적용됩니다.')
    expect(text.en).toContain('5% below the price at which the item is sold when the subscription begins')
    expect(consentTo(terms).text.ko).not.toContain('할인')
  })

  it.each<[RecurringTerms, string[], string[]]>([
    [
      {
        seller: terms.seller,
        noticeDays: 7,
        discountPercent: 0,
        cutOff: { daysBefore: 2, time: time('09:30') },
        retries: { ...terms.retries, immediate: 0 },
      },
      ['결제일 7일 전에', '결제일 2일 전 오전 9시 30분까지', '결제에 실패하면 이후 24시간마다 최대 3번 다시'],
      [
        'Seven days before each',
        'Until 09:30 (Seoul) two days before a charge',
        'again every 24 hours up to three times;',
      ],
    ],
    [
      {
        seller: terms.seller,
        noticeDays: 10,
        discountPercent: 0,
        cutOff: { daysBefore: 1, time: time('00:00') },
        retries: { ...terms.retries, later: 0 },
      },
      ['결제일 10일 전에', '결제일 전날 오전 0시까지', '결제에 실패하면 바로 한 번 다시 시도하며'],
      ['10 days before each', 'Until 00:00 (Seoul) on the day before', 'tried again once at once;'],
    ],
    [
      {
        ...terms,
        cutOff: { daysBefore: 1, time: time('12:05') },
        retries: { immediate: 2, later: 1, hoursBetween: 1 },
      },
      ['결제일 전날 오후 12시 5분까지', '바로 두 번, 이후 1시간마다 최대 1번 다시'],
      ['tried again twice at once and then every hour up to one time;'],
    ],
    [
      { ...terms, retries: { immediate: 0, later: 0, hoursBetween: 24 } },
      ['결제에 실패하면 정기배송이 해지됩니다.'],
      ['A charge that fails ends the subscription.'],
    ],
  ])('says what the merchant has settled: %#', (own, ko, en) => {
    const { text } = consentTo(own)
    for (const part of ko) expect(text.ko).toContain(part)
    for (const part of en) expect(text.en).toContain(part)
  })

  it('names who charges, as far as it is known, and another one is another text', () => {
    const seller = {
      name: '필리버리',
      representative: '홍길동',
      registration: '124-81-00998',
      mailOrder: '제2026-서울중구-00001호',
      address: '서울특별시 중구 세종대로 110',
      phone: '1588-0000',
      email: 'help@pillivery.kr',
    }
    const named = consentTo({ ...terms, seller })
    expect(named.text.ko.split('\n')[1]).toBe(
      '결제 대금을 청구하는 판매자: 상호 필리버리, 대표자 홍길동, 사업자등록번호 124-81-00998, 통신판매업 신고번호 제2026-서울중구-00001호, 주소 서울특별시 중구 세종대로 110, 전화번호 1588-0000, 이메일 help@pillivery.kr',
    )
    expect(named.text.en).toContain('business registration number 124-81-00998')
    for (const part of Object.keys(seller)) {
      const other = consentTo({ ...terms, seller: { ...seller, [part]: '다른 것' } })
      expect(other.version).not.toBe(named.version)
      expect(checkConsent({ ...terms, seller }, true, other, now)).toMatchObject({ code: 'consent_required' })
    }
    // Of the merchant's data what does not say who charges is no part of it.
    const more = { ...seller, hosting: '클라우드', escrow: '가입' }
    expect(consentTo({ ...terms, seller: more })).toEqual(named)
  })

  const anyTerms = fc.record({
    seller: fc.record(
      { name: fc.stringMatching(/^[A-Za-z]{1,9}$/), phone: fc.stringMatching(/^[0-9]{8}$/) },
      { requiredKeys: ['name'] },
    ),
    noticeDays: fc.integer({ min: 1, max: 28 }),
    cutOff: fc.record({
      daysBefore: fc.integer({ min: 1, max: 6 }),
      time: fc
        .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
        .map(([hour, minute]) => Temporal.PlainTime.from({ hour, minute })),
    }),
    discountPercent: fc.integer({ min: 0, max: 50 }),
    retries: fc.record({
      immediate: fc.integer({ min: 0, max: 3 }),
      later: fc.integer({ min: 0, max: 10 }),
      hoursBetween: fc.integer({ min: 1, max: 168 }),
    }),
  })

  it('has one version, short enough to be sent back; and a version has one text', () => {
    fc.assert(
      fc.property(anyTerms, anyTerms, (a, b) => {
        const [one, other] = [consentTo(a), consentTo(b)]
        expect(one.version.length).toBeLessThanOrEqual(50)
        expect(one.version === other.version).toBe(JSON.stringify(one.text) === JSON.stringify(other.text))
        expect(one.text.ko.split('\n')).toHaveLength(one.text.en.split('\n').length)
        expect(`${one.text.ko}${one.text.en}`).not.toMatch(/undefined|NaN/)
        expect(one.text.en).not.toMatch(/[가-힣]/)
      }),
    )
  })

  it('of two terms that differ in one thing differs', () => {
    const { retries } = terms
    const others: RecurringTerms[] = [
      { ...terms, noticeDays: 4 },
      { ...terms, cutOff: { ...terms.cutOff, daysBefore: 2 } },
      { ...terms, cutOff: { ...terms.cutOff, time: time('18:01') } },
      { ...terms, retries: { ...retries, immediate: 2 } },
      { ...terms, retries: { ...retries, later: 2 } },
      { ...terms, retries: { ...retries, hoursBetween: 12 } },
    ]
    const all = [terms, ...others].map(consentTo)
    expect(new Set(all.map(({ version }) => version)).size).toBe(all.length)
    expect(new Set(all.map(({ text }) => text.ko)).size).toBe(all.length)
    expect(new Set(all.map(({ text }) => text.en)).size).toBe(all.length)
  })
})
