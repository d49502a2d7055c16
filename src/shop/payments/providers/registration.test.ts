/** Tokens issued without a payment, by both adapters against the bank's simulator. */
import { describe, expect, it } from 'vitest'
import { addFault, journal } from '../../../../simulators/bank/testing.ts'
import { ZERO_WON } from '../../../platform/money.ts'
import type { Completion } from '../provider.ts'
import { shop as kakaoPay } from './kakaopay/kakaopay-testing.ts'
import { shop as tossPayments, within } from './toss/toss-testing.ts'

const NOTHING = { total: ZERO_WON, taxFree: ZERO_WON, vat: ZERO_WON }
const tokenOf = <T>(outcome: Completion<T>) => (outcome.kind === 'ok' ? outcome.value : undefined)

describe('KakaoPay', () => {
  async function agreed() {
    const shop = await kakaoPay()
    const begun = await shop.beginIn('issue_token', { money: NOTHING, itemName: '결제수단 등록' })
    const input = { ...begun, proof: await shop.agree(begun.redirectUrl) }
    const look = () =>
      shop.provider.lookup({ merchantRef: input.merchantRef, ref: input.ref, origin: 'token' }, within())
    return { ...shop, input, look }
  }

  it('issues a SID for an amount of 0: no charge, and the SID can be charged afterwards', async () => {
    const { provider, input, look, charge, charges, bank } = await agreed()
    const issued = tokenOf(await provider.issueToken(input, within()))
    expect(issued).toMatchObject({
      token: expect.stringMatching(/^S/),
      display: '카카오페이 신한카드 621640******',
    })
    expect(await charges()).toEqual([])
    expect(await journal(bank, '?kind=sid_issued')).toMatchObject([{ via: 'zero', sid: issued?.token }])
    expect(await look()).toMatchObject({ kind: 'found', payment: { rawStatus: 'ISSUED_SID', total: 0 } })
    expect(await charge(issued?.token ?? '')).toMatchObject({ kind: 'ok' })
    expect(await charges()).toHaveLength(1)
  })

  it('asked again it does not know, and the look-up tells that one was issued', async () => {
    const { provider, input, look, bank } = await agreed()
    await addFault(bank, { operation: 'approve', times: 1 }, { kind: 'reset_after' })
    expect(await provider.issueToken(input, within())).toMatchObject({ kind: 'unknown', reason: 'reset' })
    expect(await provider.issueToken(input, within())).toMatchObject({
      kind: 'unknown',
      reason: 'already_processed',
    })
    const found = await look()
    expect(found).toMatchObject({ kind: 'found', payment: { rawStatus: 'ISSUED_SID' } })
    expect(found).not.toHaveProperty('token')
  })

  it('sends nothing without tid and pg_token, and believes no answer without a SID', async () => {
    const { provider, input, bank } = await agreed()
    expect(await provider.issueToken({ ...input, proof: {} }, within())).toMatchObject({ kind: 'invalid' })
    await addFault(bank, { operation: 'approve' }, { kind: 'amount_mismatch', by: 100 })
    expect(await provider.issueToken(input, within())).toMatchObject({ kind: 'unknown', reason: 'mismatch' })
  })
})

describe('Toss', () => {
  async function agreed() {
    const shop = await tossPayments()
    const begun = await shop.beginIn('issue_token', { money: NOTHING, itemName: '결제수단 등록' })
    const returned = await shop.leave(begun.redirectUrl, 'approve')
    if (returned.kind !== 'approved') throw new Error(`the bank sent ${returned.kind}`)
    return { ...shop, input: { ...begun, proof: returned.proof } }
  }

  it('issues a billing key and charges nothing; the same call again gives the same key', async () => {
    const { provider, input, charges, charge, bank } = await agreed()
    const call = within()
    const issued = tokenOf(await provider.issueToken(input, call))
    expect(issued).toMatchObject({ display: '신한 43301234****123*' })
    expect(tokenOf(await provider.issueToken(input, call))).toEqual(issued)
    expect(await charges()).toEqual([])
    expect(await journal(bank, '?kind=billing_issued')).toHaveLength(1)
    expect(await charge(issued?.token ?? '')).toMatchObject({ kind: 'ok' })
  })

  it('gives the key of a lost answer again', async () => {
    const { provider, input, bank } = await agreed()
    const call = within()
    await addFault(bank, { operation: 'billing_issue', times: 1 }, { kind: 'reset_after' })
    expect(await provider.issueToken(input, call)).toMatchObject({ kind: 'unknown', reason: 'reset' })
    const token = tokenOf(await provider.issueToken(input, call))?.token
    expect(await journal(bank, '?kind=billing_issued')).toMatchObject([{ billingKey: token }])
  })

  it('refuses an authKey that is used, and a return for another customer', async () => {
    const { provider, input } = await agreed()
    await provider.issueToken(input, within())
    expect(await provider.issueToken(input, within())).toMatchObject({
      kind: 'declined',
      code: 'INVALID_BILL_KEY_REQUEST',
    })
    expect(await provider.issueToken({ ...input, buyerRef: 'somebody-else' }, within())).toMatchObject({
      kind: 'not_accepted',
      code: 'return_mismatch',
    })
  })

  it('never writes the authKey or the billing key down', async () => {
    const { provider, input, bank } = await agreed()
    const outcome = await provider.issueToken(input, within())
    const [row] = await journal(bank, '?kind=billing_issued')
    const note = JSON.stringify(outcome.kind === 'ok' ? outcome.wire : outcome)
    expect(note).toContain('customerKey')
    expect(note).not.toContain(String(row?.billingKey))
    expect(note).not.toContain(input.proof.authKey)
  })
})
