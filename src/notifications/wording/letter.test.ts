import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleNotices } from '../notices.fixture.ts'
import { carrierName } from './carriers.ts'
import { letterOf, summaryOf, wordingOf } from './letter.ts'
import { isOutOfDate, type Notice, noticeKinds, noticeSchemas, readNotice, type Update } from './notice.ts'
import { day, escapeHtml, type Language, oneLine } from './wording.ts'

const to = (language: Language, itemName: string | undefined = '오메가3') => ({
  name: '김하늘',
  language,
  itemName,
})
const letters = (notice: Notice, itemName?: string) => ({
  ko: letterOf(notice, to('ko', itemName)),
  en: letterOf(notice, to('en', itemName)),
})
const all = Object.values(sampleNotices)
/** Those about an item or a book. */
const aboutItems = all.filter(({ data }) => !('itemId' in data) || data.itemId !== null)
const languages: readonly Language[] = ['ko', 'en']
const anyText = fc.string({ unit: 'binary' })

describe('every kind of message', () => {
  it('has a sample, a schema and both languages', () => {
    expect(all.map(({ kind }) => kind)).toEqual(noticeKinds)
    expect(Object.keys(noticeSchemas)).toEqual(noticeKinds)
    for (const notice of all) {
      const { ko, en } = letters(notice)
      expect(ko.text).toContain('김하늘님, 안녕하세요.')
      expect(en.text).toContain('Hello 김하늘,')
      expect(ko.subject).toMatch(/^\[Pillivery\] .*[가-힣]/)
      // The only Hangul in an English mail is what came from elsewhere.
      expect(`${en.subject}${en.text}`.replaceAll('오메가3', '').replaceAll('김하늘', '')).not.toMatch(
        /[가-힣]/,
      )
      expect(ko.html).toContain('lang="ko"')
      expect(en.html).toContain('lang="en"')
    }
  })

  it('names the item, and gets by without its name', () => {
    for (const notice of aboutItems) {
      for (const language of languages) {
        expect(letterOf(notice, to(language)).text).toContain('오메가3')
        const nameless = letterOf(notice, { ...to(language), itemName: undefined })
        expect(`${nameless.subject}${nameless.text}${nameless.html}`).not.toMatch(/undefined|null|NaN/)
      }
    }
  })

  it('calls carriers by their names, and by their code when they are new', () => {
    const [sent, back] = [letters(sampleNotices.order_shipped), letters(sampleNotices.return_news)]
    expect([sent.ko.subject, sent.en.subject]).toEqual([
      expect.stringContaining('(CJ대한통운 688900123456)'),
      expect.stringContaining('(CJ Logistics 688900123456)'),
    ])
    expect(back.ko.text).toContain('한진택배')
    expect(back.en.text).toContain('Hanjin')
    expect(carrierName('by_drone', 'ko')).toBe('by_drone')
  })

  it('says in HTML all that it says in text', () => {
    for (const notice of all) {
      for (const language of languages) {
        const { html } = letterOf(notice, to(language))
        const { title, sentences, facts } = wordingOf(notice, language, '오메가3')
        for (const part of [title, ...sentences, ...facts.flat()]) expect(html).toContain(escapeHtml(part))
      }
    }
  })
})

describe('the facts of', () => {
  it('a payment: amount, order number, items and the time in Seoul', () => {
    const { ko, en } = letters(sampleNotices.payment_done)
    expect(ko.subject).toContain('결제가 완료되었습니다: 오메가3 외 2건 (1,234,500원)')
    for (const fact of ['20261121-ABCD', '오메가3 외 2건', '1,234,500원', '2026년 11월 21일 (토) 00:05']) {
      expect(ko.text).toContain(fact)
    }
    for (const fact of [
      '20261121-ABCD',
      '오메가3 and 2 more',
      '₩1,234,500',
      'Saturday, 21 November 2026, 00:05 KST',
    ]) {
      expect(en.text).toContain(fact)
    }
  })

  it('a single item and an order without a known number', () => {
    const { data } = sampleNotices.payment_done
    const { ko, en } = letters({ kind: 'payment_done', data: { ...data, orderNumber: null, otherItems: 0 } })
    expect(ko.text).toContain('상품: 오메가3\n')
    expect(ko.text).not.toContain('주문 번호')
    expect(en.text).toContain('Items: 오메가3\n')
    expect(en.text).not.toContain('Order:')
  })

  it('refunds: the whole or a part', () => {
    const { data } = sampleNotices.refunded
    const part = letters({ kind: 'refunded', data: { ...data, full: false } })
    expect(letters(sampleNotices.refunded).ko.subject).toContain(
      '환불이 완료되었습니다: 오메가3 외 2건 (9,900원)',
    )
    expect(part.ko.subject).toContain('일부 금액이 환불되었습니다: 오메가3 외 2건 (9,900원)')
    expect(part.en.subject).toContain('Partial refund: 오메가3 and 2 more (₩9,900)')
  })

  it('what counts as arrived: by the day, and the time to send it back only where all is there', () => {
    const { data } = sampleNotices.order_delivered
    const counted = (complete: boolean) =>
      letters({ kind: 'order_delivered', data: { ...data, complete, counted: true } })
    expect(counted(true).ko.text).toContain('반품·교환 기간은 이날부터 셉니다')
    expect(counted(false).ko.text).not.toContain('이날부터')
    expect(counted(true).en.text).toContain('counted from this day')
    expect(counted(false).en.text).not.toContain('this day')
    // 15:05 of the 20th is past midnight in Seoul.
    expect(counted(true).ko.text).toContain('배송 완료일: 2026년 11월 21일 (토)\n')
  })

  it('an expired order: nothing was charged', () => {
    const { ko, en } = letters(sampleNotices.order_expired)
    expect(ko.text).toContain('청구된 금액은 없습니다')
    expect(en.text).toContain('Nothing was charged')
  })

  it('a start: what each payment costs, how often, and that a method is missing', () => {
    const { ko, en } = letters(sampleNotices.subscription_started)
    for (const fact of ['2개', '24,600원', '30일']) expect(ko.text).toContain(fact)
    expect(en.text).toContain('Every: 30 days')
    expect(ko.text).toContain('다음 결제일: 2026년 12월 21일 (월)')
    expect(en.text).toContain('Next payment: Monday, 21 December 2026')
    expect(ko.text).not.toContain('결제 수단을 등록')
    const { data } = sampleNotices.subscription_started
    const lost = letters({
      kind: 'subscription_started',
      data: { ...data, needsMethod: true, period: { unit: 'months', count: 1 } },
    })
    expect(lost.ko.text).toContain('결제 수단을 등록')
    expect(lost.ko.text).toContain('1개월')
    expect(lost.en.text).toContain('register a payment method')
    expect(lost.en.text).toContain('Every: 1 month\n')
  })

  it('an upcoming charge: day and amount already in the subject', () => {
    const { ko, en } = letters(sampleNotices.charge_upcoming)
    expect(ko.subject).toContain('2026년 11월 24일 (화)')
    expect(ko.subject).toContain('24,600원')
    expect(en.subject).toContain('Tuesday, 24 November 2026 (₩24,600)')
    expect(ko.text).toContain('3회차')
  })

  it('a charge: the order beside the item', () => {
    const { ko, en } = letters(sampleNotices.charged)
    expect(ko.text).toContain('주문 번호: 20261124-WXYZ')
    expect(en.text).toContain('Order: 20261124-WXYZ')
  })

  it('a charge told of late: both days, and why', () => {
    const { data } = sampleNotices.charge_upcoming
    const { ko, en } = letters({ kind: 'charge_upcoming', data: { ...data, chargeOn: '2026-11-26' } })
    expect(ko.subject).toContain('2026년 11월 26일 (목) 정기 결제 예정')
    expect(ko.text).toContain('2026년 11월 24일 (화) 결제를 2026년 11월 26일 (목)로 미루었습니다')
    expect(en.text).toContain('made on Thursday, 26 November 2026 instead')
  })

  it('a failed charge: when it is tried again, or until when a new method is needed', () => {
    const { data } = sampleNotices.charge_failed
    const retry = letters(sampleNotices.charge_failed)
    const method = letters({ kind: 'charge_failed', data: { ...data, waitingFor: 'new_method' } })
    expect(retry.ko.text).toContain('2026년 11월 25일 (수) 02:00에 자동으로 다시 시도합니다')
    expect(retry.en.text).toContain('try again on Wednesday, 25 November 2026, 02:00 KST')
    expect(retry.ko.subject).not.toContain('새 결제 수단')
    expect(method.ko.subject).toContain('새 결제 수단이 필요합니다')
    expect(method.ko.text).toContain('2026년 11월 25일 (수) 02:00까지 등록되지 않으면 정기배송이 해지됩니다')
    expect(method.en.text).toContain('Without one by Wednesday, 25 November 2026, 02:00 KST')
    expect(method.ko.text).not.toContain('다시 시도')
  })

  it('a delivery in doubt: no day of a charge, and what becomes of it', () => {
    const { data } = sampleNotices.delivery_in_doubt
    const waits = letters(sampleNotices.delivery_in_doubt)
    const ends = letters({ kind: 'delivery_in_doubt', data: { ...data, ifNotSold: 'end' } })
    expect(waits.en.text).toContain('nothing is charged')
    expect(waits.en.text).toContain('goes on when it is sold again')
    expect(waits.ko.text).toContain('다시 판매되면 정기 구독이 이어집니다')
    expect(ends.en.text).toContain('your subscription ends')
    expect(ends.ko.text).toContain('정기 구독이 종료됩니다')
    const later = Temporal.PlainDate.from('2026-11-25')
    expect(isOutOfDate(sampleNotices.delivery_in_doubt, later)).toBe(true)
    expect(waits.en.text).toContain('24 November 2026')
    // Of one that was put off, the day is the one it was put off to.
    const putOff = { kind: 'delivery_in_doubt', data: { ...data, chargeOn: '2026-11-26' } } as const
    expect(isOutOfDate(putOff, later)).toBe(false)
    expect(letters(putOff).en.text).toContain('26 November 2026')
    expect(letters(putOff).ko.text).toContain('2026년 11월 26일')
    expect(letters(putOff).en.text).not.toContain('24 November')
  })

  it('a delivery left out: why, that nothing was charged, and which one', () => {
    const soldOut = letters(sampleNotices.delivery_skipped)
    const { data } = sampleNotices.delivery_skipped
    const missed = letters({ kind: 'delivery_skipped', data: { ...data, reason: 'missed' } })
    expect(soldOut.ko.subject).toContain('품절')
    expect(soldOut.ko.text).toContain('일시 품절되어 3회차 배송을')
    expect(soldOut.en.subject).toContain('Sold out')
    expect(soldOut.en.text).toContain('out of stock')
    expect(missed.ko.text).toContain('제때 진행하지 못해')
    expect(missed.en.text).toContain('was not charged and sent in time')
    expect(`${missed.ko.subject}${missed.ko.text}`).not.toContain('품절')
    expect(`${missed.en.subject}${missed.en.text}`).not.toMatch(/stock|sold out/i)
    for (const { ko, en } of [soldOut, missed]) {
      expect(ko.text).toContain('청구된 금액은 없으며')
      expect(ko.text).toContain('결제 예정일: 2026년 11월 24일 (화)')
      expect(en.text).toContain('Nothing was charged')
      expect(en.text).toContain('Payment due: Tuesday, 24 November 2026')
    }
  })

  it('a cancellation: its reason in words, also one nobody has words for', () => {
    const reasons = [
      'customer_wish',
      'account_withdrawn',
      'item_discontinued',
      'merchant_decision',
      'order_refunded',
      'tries_used_up',
      'no_new_method',
      'something_new',
    ]
    for (const language of languages) {
      const texts = reasons.map((reason) => {
        const { data } = sampleNotices.subscription_cancelled
        return letterOf({ kind: 'subscription_cancelled', data: { ...data, reason } }, to(language)).text
      })
      expect(new Set(texts).size).toBe(reasons.length)
      for (const text of texts) expect(text).not.toMatch(/[a-z]_[a-z]/)
    }
    expect(letters(sampleNotices.subscription_cancelled).ko.text).toContain('결제가 승인되지 않았습니다')
  })

  it('a new price: nothing changes without consent', () => {
    const { ko, en } = letters(sampleNotices.price_change_proposed)
    expect(ko.text).toContain('13,500원')
    expect(ko.text).toContain('기존 가격으로 결제됩니다')
    expect(en.text).toContain('₩13,500')
    expect(summaryOf(wordingOf(sampleNotices.price_change_proposed, 'en', 'x'))).toContain('Until you agree')
  })

  it('a parcel: carrier and number, and whether more is to come', () => {
    const { ko, en } = letters(sampleNotices.order_shipped)
    for (const fact of ['CJ', '688900123456', '20261121-ABCD']) {
      expect(ko.text).toContain(fact)
      expect(en.text).toContain(fact)
    }
    expect(ko.text).toContain('일부를 먼저')
    expect(en.text).toContain('The rest follows')
    const { data } = sampleNotices.order_shipped
    const whole = letters({ kind: 'order_shipped', data: { ...data, complete: true } })
    expect(`${whole.ko.text}${whole.en.text}`).not.toMatch(/일부|a part/)
  })

  it('a change of a subscription: each kind in words of its own', () => {
    const updates: readonly Update[] = [
      { what: 'quantity', quantity: 3 },
      { what: 'period', period: { unit: 'months', count: 1 } },
      { what: 'receiver' },
      { what: 'payment_method' },
      { what: 'price', unitPrice: 9_000 },
      { what: 'price_kept', unitPrice: 13_500 },
      { what: 'skipped', cycleNo: 3, due: '2026-11-24' },
      { what: 'unskipped', cycleNo: 3, due: '2026-11-24' },
      { what: 'paused', from: '2026-11-24', until: null },
      { what: 'paused', from: '2026-11-24', until: '2026-12-24' },
      { what: 'resumed' },
    ]
    const { data } = sampleNotices.subscription_updated
    for (const language of languages) {
      const texts = updates.map(
        (update) => letterOf({ kind: 'subscription_updated', data: { ...data, update } }, to(language)).text,
      )
      expect(new Set(texts).size).toBe(updates.length)
    }
  })

  it('the library: until when, how late and what it cost', () => {
    expect(letters(sampleNotices.hold_ready).ko.text).toContain('2026년 11월 28일 (토) 00:00까지')
    expect(letters(sampleNotices.loan_overdue).en.text).toContain('Due on: Friday, 20 November 2026')
    const back = letters(sampleNotices.loan_returned)
    for (const fact of ['3권', '아직 1권', '7일', '1,500원']) expect(back.ko.text).toContain(fact)
    expect(back.en.text).toContain('7 days late; the late fee is ₩1,500')
    const { data } = sampleNotices.loan_returned
    const inTime = letters({ kind: 'loan_returned', data: { ...data, out: 0, lateDays: 0, fee: 0 } })
    expect(inTime.ko.text).toContain('모두 반납되었습니다')
    expect(`${inTime.ko.text}${inTime.en.text}`).not.toMatch(/연체|late/)
    const timeout = letters({
      kind: 'loan_cancelled',
      data: { ...sampleNotices.loan_cancelled.data, reason: 'timeout' },
    })
    expect(timeout.en.text).not.toBe(letters(sampleNotices.loan_cancelled).en.text)
  })
})

describe('text from elsewhere', () => {
  it('cannot become HTML', () => {
    for (const notice of aboutItems) {
      for (const language of languages) {
        const itemName = `<script>alert("1")</script>'&`
        const { html } = letterOf(notice, { name: '<img src=x onerror=alert(1)>', language, itemName })
        expect(html).not.toMatch(/<script|<img/)
        expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;')
        expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
      }
    }
  })

  it('cannot add lines to a subject, nor tags to the HTML, whatever it is', () => {
    const tagsOf = (html: string) => html.match(/<[^>]*>/g)?.length
    const plain = letterOf(sampleNotices.charged, to('ko', 'x'))
    fc.assert(
      fc.property(anyText, anyText, (name, itemName) => {
        const letter = letterOf(sampleNotices.charged, { name, language: 'ko', itemName })
        expect(letter.subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
        expect(tagsOf(letter.html)).toBe(tagsOf(plain.html))
      }),
    )
  })

  it('escaping can be undone, so nothing is lost', () => {
    const entities = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
    fc.assert(
      fc.property(anyText, (text) => {
        let back = escapeHtml(text)
        for (const [entity, sign] of Object.entries(entities).reverse()) back = back.replaceAll(entity, sign)
        expect(back).toBe(text)
        expect(escapeHtml(text)).not.toMatch(/[<>"']/)
      }),
    )
  })

  it('names every day of the week and every month', () => {
    const names = (language: Language) =>
      Array.from({ length: 12 }, (_, n) =>
        day(Temporal.PlainDate.from('2027-01-04').add({ days: n * 31 }), language),
      )
    expect(names('en')).toEqual([
      'Monday, 4 January 2027',
      'Thursday, 4 February 2027',
      'Sunday, 7 March 2027',
      'Wednesday, 7 April 2027',
      'Saturday, 8 May 2027',
      'Tuesday, 8 June 2027',
      'Friday, 9 July 2027',
      'Monday, 9 August 2027',
      'Thursday, 9 September 2027',
      'Sunday, 10 October 2027',
      'Wednesday, 10 November 2027',
      'Saturday, 11 December 2027',
    ])
    expect(names('ko').map((text) => text.slice(-2, -1))).toEqual([...'월목일수토화금월목일수토'])
  })

  it('is kept on one line', () => {
    expect(oneLine('오메가3\r\nBcc: a@example.com\t x\u2028')).toBe('오메가3 Bcc: a@example.com x')
  })
})

describe('a stored notice', () => {
  it('comes back as it was', () => {
    for (const { kind, data } of all) {
      expect(readNotice(kind, JSON.parse(JSON.stringify(data)))).toEqual({ kind, data })
    }
  })

  it('of another kind or with something missing is a bug', () => {
    expect(() => readNotice('charged', sampleNotices.refunded.data)).toThrow('does not match')
    expect(() => readNotice('refunded', { ...sampleNotices.refunded.data, amount: 1.5 })).toThrow(
      'does not match',
    )
  })

  it('announces a charge only until its day is over', () => {
    const today = (text: string) => Temporal.PlainDate.from(text)
    expect(isOutOfDate(sampleNotices.charge_upcoming, today('2026-11-24'))).toBe(false)
    expect(isOutOfDate(sampleNotices.charge_upcoming, today('2026-11-25'))).toBe(true)
    expect(isOutOfDate(sampleNotices.charged, today('2027-11-25'))).toBe(false)
    expect(isOutOfDate(sampleNotices.hold_ready, today('2026-11-28'))).toBe(false)
    expect(isOutOfDate(sampleNotices.hold_ready, today('2026-11-29'))).toBe(true)
  })
})
