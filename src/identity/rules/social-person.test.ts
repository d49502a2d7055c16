import { describe, expect, it } from 'vitest'
import { googlePerson, kakaoPerson, naverPerson } from './social-person.ts'

describe('who a provider says somebody is', () => {
  it('Google: an e-mail is verified only if it says so itself', () => {
    const claims = { sub: '1', email: 'a@b.kr', email_verified: true, name: '김하나' }
    expect(googlePerson('1', claims)).toEqual({
      subject: '1',
      email: 'a@b.kr',
      emailVerified: true,
      name: '김하나',
      phone: null,
    })
    for (const email_verified of [false, 'true', 1, undefined])
      expect(googlePerson('1', { ...claims, email_verified }).emailVerified).toBe(false)
    expect(googlePerson('1', {})).toMatchObject({ email: null, emailVerified: false, name: null })
  })

  it.each([
    [true, true, true],
    [true, false, false],
    [false, true, false],
    ['true', true, false],
    [undefined, true, false],
  ])(
    'Kakao: an e-mail that is valid (%s) and verified (%s) counts as verified: %s',
    (valid, verified, counts) => {
      const kakao_account = { email: 'a@b.kr', is_email_valid: valid, is_email_verified: verified }
      expect(kakaoPerson('12', { id: 12, kakao_account })?.emailVerified).toBe(counts)
    },
  )

  it('Kakao: what somebody keeps to themselves is missing, and the nickname stands in for the name', () => {
    const kakao_account = { email_needs_agreement: true, profile: { nickname: '하나' } }
    expect(kakaoPerson('12', { id: 12, kakao_account })).toEqual({
      subject: '12',
      email: null,
      emailVerified: false,
      name: '하나',
      phone: null,
    })
    expect(kakaoPerson('12', { id: 12 })).toMatchObject({ email: null, name: null })
  })

  it('Kakao: the profile of somebody else is none', () => {
    expect(kakaoPerson('12', { id: 13, kakao_account: { email: 'a@b.kr' } })).toBeUndefined()
    expect(kakaoPerson('12', {})).toBeUndefined()
  })

  it('Naver: never verified; by plain OAuth 2 the profile tells who it is', () => {
    const response = { id: 'n1', email: 'a@b.kr', name: '최네버', mobile_e164: '+821012345678' }
    const person = { email: 'a@b.kr', emailVerified: false, name: '최네버', phone: '+821012345678' }
    expect(naverPerson(undefined, { resultcode: '00', response })).toEqual({ subject: 'n1', ...person })
    expect(naverPerson('s1', { resultcode: '00', response })).toEqual({ subject: 's1', ...person })
  })

  it.each([
    [{ resultcode: '024', message: 'Authentication failed' }],
    [{ resultcode: '00' }],
    [{ resultcode: '00', response: [] }],
    [{ resultcode: '00', response: { id: '' } }],
    [{ resultcode: '00', response: { id: 7 } }],
    [{}],
  ])('Naver: %j is nobody', (profile) => {
    expect(naverPerson('s1', profile)).toBeUndefined()
  })
})
