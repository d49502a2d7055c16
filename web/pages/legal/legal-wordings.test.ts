import { expect, it } from 'vitest'
import { DEMO_MERCHANT, type Merchant } from '../../merchant.ts'
import { legalWordings, passagesIn } from './legal-wordings.ts'

const termsOf = (merchant: Merchant) => {
  const terms = legalWordings(merchant).find(({ kind }) => kind === 'terms')
  if (!terms) throw new Error('no terms')
  return terms
}
const parts = Object.keys(DEMO_MERCHANT) as (keyof Merchant)[]

it.each(parts)('the terms keep the %s of the seller, and another one is another version', (part) => {
  const before = termsOf(DEMO_MERCHANT)
  const after = termsOf({ ...DEMO_MERCHANT, [part]: '달라진 것' })
  expect(before.text.ko).toContain(`: ${DEMO_MERCHANT[part]}`)
  expect(before.text.en).toContain(`: ${DEMO_MERCHANT[part]}`)
  expect(after.text.ko).toContain(': 달라진 것')
  expect(after.version).not.toBe(before.version)
})

it('the terms say nothing of what is not known of the seller, and the same seller is the same version', () => {
  const [seller] = passagesIn(termsOf({ name: '가게' }).text.ko)
  expect(seller).toEqual({ heading: '판매자', text: '상호: 가게' })
  expect(termsOf({ ...DEMO_MERCHANT })).toEqual(termsOf(DEMO_MERCHANT))
})

it('the sentences of this wording are these: others are announced first, so their wording has another name', () => {
  // Whoever changes a sentence changes LEGAL_WORDING with these marks: what has the same name counts at once.
  expect(legalWordings(DEMO_MERCHANT).map(({ kind, version }) => `${kind} ${version}`)).toEqual([
    'terms 2026-12-01.2738640f',
    'privacy 2026-12-01.1d1a7bf2',
    'refunds 2026-12-01.b483d1df',
  ])
})
