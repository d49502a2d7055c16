import { describe, expect, it } from 'vitest'
import { checkConsent, currentConsent, RECURRING_CONSENTS } from './consent.ts'

const now = Temporal.Instant.from('2027-01-10T03:00:00Z')

describe('consent to recurring payment', () => {
  it('is kept with its version and time when the text in force was accepted', () => {
    const { version } = currentConsent()
    expect(checkConsent(true, { version }, now)).toEqual({ kind: 'agreed', consent: { version, at: now } })
  })

  it('is required for recurring lines: none, or of another version, is refused with the one to accept', () => {
    const facts = { version: currentConsent().version }
    for (const given of [undefined, { version: '' }, { version: '2020-01-01' }])
      expect(checkConsent(true, given, now)).toEqual({ kind: 'refused', code: 'consent_required', facts })
  })

  it('is neither needed nor kept without recurring lines', () => {
    const agreed = { kind: 'agreed', consent: null }
    expect(checkConsent(false, undefined, now)).toEqual(agreed)
    expect(checkConsent(false, { version: currentConsent().version }, now)).toEqual(agreed)
  })

  it('has texts in both languages, and no version twice', () => {
    for (const { text } of RECURRING_CONSENTS) {
      expect(text.ko).toMatch(/정기결제/)
      expect(text.en).toMatch(/recurring payment/)
      expect(text.ko.split('\n')).toHaveLength(text.en.split('\n').length)
    }
    const versions = RECURRING_CONSENTS.map(({ version }) => version)
    expect(new Set(versions).size).toBe(versions.length)
    expect(versions).toEqual(versions.toSorted())
  })
})
