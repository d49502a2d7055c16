import { expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { FEE_SETTLEMENTS, feeWish, owesFee, settleFee } from './exchange-fee.ts'
import { RETURN_STATES, type ReturnRequest, type ReturnState } from './return-request.ts'

const AT = Temporal.Instant.from('2026-11-24T00:00:00Z')
const decided = { at: AT, by: 'merchant' }
const paid = { how: 'transfer', at: AT, by: 'merchant' } as const

/** An exchange at the customer's cost; of its state only what the fee looks at. */
const exchange = (state: ReturnState, more: Partial<ReturnRequest> = {}) =>
  ({ id: 'r', kind: 'exchange', parcelFee: won(6_000), fee: null, decided, ...more, state }) as ReturnRequest

it('is owed for an exchange at the customer’s cost, until it is settled', () => {
  expect(owesFee(exchange('received'))).toBe(true)
  for (const more of [{ fee: paid }, { parcelFee: won(0) }, { kind: 'return' as const }])
    expect(owesFee(exchange('received', more))).toBe(false)
})

it('is settled between the approval and the end, once', () => {
  for (const state of RETURN_STATES) {
    const isOpen = state === 'approved' || state === 'received'
    expect(settleFee(exchange(state), paid)).toMatchObject(
      isOpen ? { state, fee: paid } : { code: 'return_not_in_state', facts: { state } },
    )
  }
  for (const more of [{ fee: paid }, { parcelFee: won(0) }, { kind: 'return' as const }])
    expect(settleFee(exchange('approved', more), paid)).toMatchObject({ code: 'exchange_fee_settled' })
})

it('is waived with a reason, and paid without one', () => {
  for (const how of FEE_SETTLEMENTS) {
    const bad = { code: 'invalid_request' }
    const isWaived = how === 'waived'
    expect(feeWish(how, '단골 고객')).toMatchObject(isWaived ? { how, why: '단골 고객' } : bad)
    expect(feeWish(how, undefined)).toMatchObject(isWaived ? bad : { how })
  }
})
