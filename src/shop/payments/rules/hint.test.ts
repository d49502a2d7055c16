import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { ATTEMPT_STATES, type AttemptState } from './attempt.ts'
import { isWorthAsking, outsideRefunds } from './hint.ts'

const SAYS = ['paid', 'not_paid', 'given_back', 'something'] as const
const asked = (
  state: AttemptState,
  change: { mode?: 'pay' | 'pay_and_issue_token'; refunded?: number } = {},
) =>
  SAYS.filter((says) =>
    isWorthAsking(
      { state, mode: change.mode ?? 'pay', total: won(21_000), refunded: won(change.refunded ?? 0) },
      says,
    ),
  )

describe('a hint', () => {
  it.each<[AttemptState, readonly string[]]>([
    ['created', []],
    ['awaiting_customer', []],
    ['authorised', []],
    ['sent', ['paid', 'given_back', 'something']],
    ['unknown', SAYS],
    ['succeeded', ['given_back', 'something']],
    ['succeeded_late', ['given_back', 'something']],
    ['declined', ['paid', 'given_back', 'something']],
    ['cancelled', ['paid', 'given_back', 'something']],
    ['expired', ['paid', 'given_back', 'something']],
    ['failed', ['paid', 'given_back', 'something']],
  ])('about a payment that is %s is worth a look-up when it says one of %j', (state, says) => {
    expect(asked(state)).toEqual(says)
  })

  it('is of no use where everything was given back, and while a token is on its way', () => {
    expect(asked('succeeded', { refunded: 20_999 })).toEqual(['given_back', 'something'])
    expect(asked('succeeded', { refunded: 21_000 })).toEqual([])
    expect(asked('sent', { mode: 'pay_and_issue_token' })).toEqual([])
    expect(asked('unknown', { mode: 'pay_and_issue_token' })).toEqual(SAYS)
  })

  it('has a rule for every state', () => {
    expect(ATTEMPT_STATES).toHaveLength(11)
  })
})

describe('refunds at the provider', () => {
  const payment = {
    refunds: [
      { id: 'r-1', amount: won(1_000) },
      { id: 'r-2', amount: won(1_000) },
    ],
  }

  it('that we did not make are told apart by their ids', () => {
    expect(outsideRefunds(payment, [])).toEqual(payment.refunds)
    const mine = { state: 'succeeded', providerRefundId: 'r-1' } as const
    const refused = { state: 'declined', providerRefundId: null } as const
    const wanted = { state: 'requested', providerRefundId: null } as const
    expect(outsideRefunds(payment, [mine, refused, wanted])).toEqual([payment.refunds[1]])
  })

  it.each(['sent', 'unknown'] as const)('may be our own while one of ours is %s', (state) => {
    expect(outsideRefunds(payment, [{ state, providerRefundId: null }])).toBeUndefined()
  })
})
