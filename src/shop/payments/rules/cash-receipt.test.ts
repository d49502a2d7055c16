import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import type { ReceiptLookup } from '../provider-receipts.ts'
import {
  checkReceiptWish,
  decideReceiptLook,
  isBusinessNumber,
  maskedNumber,
  NOT_SEEN_TIMES,
  nextDeed,
  type ReceiptDeed,
  receiptDue,
  SELF_ISSUE,
  SELF_ISSUE_FROM,
  sentAnewIn,
  standingAfter,
} from './cash-receipt.ts'

describe('what a customer asks for', () => {
  it.each([
    ['deduction', '010-1234-5678', '01012345678'],
    ['deduction', ' +82 10 1234 5678 ', '01012345678'],
    ['deduction', '０１０ 1234 5678', '01012345678'],
    ['deduction', '011-234-5678', '0112345678'],
    ['expenditure', '123-45-67891', '1234567891'],
    ['expenditure', '220.81.62517', '2208162517'],
  ] as const)('%s %s is kept as %s', (use, number, kept) => {
    expect(checkReceiptWish({ use, number })).toEqual({ kind: 'valid', wish: { use, number: kept } })
  })

  it.each([
    ['deduction', '02-123-4567'],
    ['deduction', '010-1234'],
    ['deduction', '123-45-67891'],
    ['deduction', ''],
    ['expenditure', '010-1234-5678'],
    ['expenditure', '123-45-67892'],
    ['expenditure', '123-45-6789'],
    ['expenditure', '1234567891x'],
  ] as const)('%s by %s is refused, and the field is named', (use, number) => {
    const refusal = checkReceiptWish({ use, number })
    expect(refusal).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'body.cashReceipt.number', code: 'cash_receipt_number' }],
    })
  })

  it('a business number has one check digit for every nine digits before it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{9}$/), (nine) => {
        const right = [...'0123456789'].filter((digit) => isBusinessNumber(nine + digit))
        expect(right).toHaveLength(1)
      }),
    )
    // Public ones.
    for (const number of ['1248100998', '2208162517', '1208147521'])
      expect(isBusinessNumber(number)).toBe(true)
  })

  it('is shown masked', () => {
    expect(maskedNumber({ use: 'deduction', number: '01012345678' })).toBe('010-****-5678')
    expect(maskedNumber({ use: 'expenditure', number: '1234567891' })).toBe('123-**-*7891')
  })
})

describe('what is due after a payment', () => {
  it.each([
    ['nobody', 500_000, false, 'nothing'],
    ['nobody', 500_000, true, 'not_due'],
    ['provider', 1_000, false, 'by_provider'],
    ['provider', 500_000, true, 'by_provider'],
    ['us', 1_000, true, 'own'],
    ['us', 500_000, true, 'own'],
    ['us', 99_999, false, 'nothing'],
    ['us', 100_000, false, 'self_issued'],
    ['unknown', 1_000, true, 'to_check'],
    ['unknown', 100_000, false, 'to_check'],
    ['unknown', 99_999, false, 'nothing'],
  ] as const)('%s, %i won, asked %s: %s', (by, total, isAsked, kind) => {
    expect(receiptDue(by, { total: won(total), isAsked })).toEqual({ kind })
  })

  it('the tax office’s own number is one that is accepted', () => {
    expect(checkReceiptWish(SELF_ISSUE)).toEqual({ kind: 'valid', wish: SELF_ISSUE })
    expect(SELF_ISSUE_FROM).toBe(100_000)
  })
})

describe('the next deed', () => {
  const next = (target: number, standing: number, isIssued: boolean) =>
    nextDeed({ target: won(target), standing: won(standing), isIssued })

  it('issues once, and takes back what was given back', () => {
    expect(next(10_000, 0, false)).toEqual({ kind: 'issue', amount: 10_000 })
    expect(next(0, 0, false)).toBeUndefined()
    expect(next(10_000, 10_000, true)).toBeUndefined()
    expect(next(4_000, 10_000, true)).toEqual({ kind: 'cancel', amount: 6_000 })
    expect(next(0, 10_000, true)).toEqual({ kind: 'cancel', amount: 10_000 })
    expect(next(0, 0, true)).toBeUndefined()
    expect(next(5_000, 0, true)).toBeUndefined()
  })

  it('one deed is enough to make it right', () => {
    const amount = fc.integer({ min: 1, max: 1_000_000 })
    fc.assert(
      fc.property(amount, amount, fc.boolean(), (target, more, isIssued) => {
        const standing = won(isIssued ? target + more : 0)
        const deed = nextDeed({ target: won(target), standing, isIssued })
        expect(deed && standingAfter(standing, deed)).toBe(target)
      }),
    )
  })
})

describe('a deed that was refused', () => {
  const about = { code: 'X', message: 'no', wire: { body: '', durationMs: 1 } }
  const delayOf = (retry: 'retryable' | 'final', refusals: number) =>
    sentAnewIn({ kind: 'declined', scope: 'attempt', retry, ...about }, refusals)

  it('for now is sent anew a few times, for good or by our own mistake never', () => {
    expect([0, 1, 2, 3, 4, 5].map((refusals) => delayOf('retryable', refusals))).toEqual([
      600,
      3_600,
      21_600,
      86_400,
      86_400,
      undefined,
    ])
    expect(delayOf('final', 0)).toBeUndefined()
    expect(sentAnewIn({ kind: 'invalid', ...about }, 0)).toBeUndefined()
  })
})

describe('a look-up', () => {
  const DELAYS = [10, 30, 120]
  const ISSUE: ReceiptDeed = { kind: 'issue', amount: won(10_000) }
  const CANCEL: ReceiptDeed = { kind: 'cancel', amount: won(4_000) }
  const receipt = { key: 'R1', issueNumber: '000000001', url: undefined }
  const found = (standing: number): ReceiptLookup => ({ kind: 'found', standing: won(standing), receipt })
  const decide = (answer: ReceiptLookup, deed = ISSUE, { looks = 1, notSeen = 0 } = {}) =>
    decideReceiptLook(answer, { deed, standing: won(deed === ISSUE ? 0 : 10_000), looks, notSeen }, DELAYS)

  it('that finds the deed done settles it', () => {
    expect(decide(found(10_000))).toEqual({ kind: 'done', receipt })
    expect(decide(found(6_000), CANCEL)).toEqual({ kind: 'done', receipt })
  })

  it('that finds another amount is for a person', () => {
    expect(decide(found(20_000))).toMatchObject({ kind: 'refused', code: 'unexpected_amount', isSure: false })
    expect(decide(found(0))).toMatchObject({ kind: 'refused', code: 'unexpected_amount' })
    expect(decide(found(2_000), CANCEL)).toMatchObject({
      kind: 'refused',
      message: 'stands for 2000 won',
    })
  })

  it('that does not see it is believed only several times, and then the same deed is sent again', () => {
    const notSeen = { kind: 'not_found' } as const
    expect(decide(notSeen)).toEqual({ kind: 'look_again', delaySeconds: 30, notSeen: 1 })
    const last = { looks: 2, notSeen: NOT_SEEN_TIMES - 1 }
    expect(decide(notSeen, ISSUE, last)).toEqual({ kind: 'send_again' })
    expect(decide(found(10_000), CANCEL, last)).toEqual({ kind: 'send_again' })
    // A receipt that is not there at all is no sign that taking it back was not done.
    expect(decide(notSeen, CANCEL, last)).toEqual({ kind: 'look_again', delaySeconds: 120, notSeen: 2 })
  })

  it.each<[ReceiptLookup, object]>([
    [{ kind: 'in_progress' }, { kind: 'look_again', delaySeconds: 30, notSeen: 0 }],
    [
      { kind: 'no_answer', reason: 'timeout' },
      { kind: 'look_again', delaySeconds: 30, notSeen: 0 },
    ],
    [
      { kind: 'not_asked', reason: 'refused' },
      { kind: 'ask_again', delaySeconds: 30 },
    ],
    [
      { kind: 'failed', code: 'X', message: 'no' },
      { kind: 'refused', code: 'X', message: 'no', isSure: true },
    ],
  ])('that says %o: %o', (answer, decision) => expect(decide(answer)).toEqual(decision))

  it('when none is left a person decides, however often it was not seen; not being asked uses none up', () => {
    const over = { looks: 3, notSeen: NOT_SEEN_TIMES }
    expect(decide({ kind: 'not_found' }, ISSUE, over)).toMatchObject({
      kind: 'refused',
      code: 'stays_unknown',
      message: 'look-ups could not settle it',
      isSure: false,
    })
    expect(decide({ kind: 'not_asked', reason: 'refused' }, ISSUE, over)).toMatchObject({ kind: 'ask_again' })
  })
})
