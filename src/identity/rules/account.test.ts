import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkAddressee, checkProfileChange, checkSignUp, type SignUp, takenRefusal } from './account.ts'

const VALID: SignUp = {
  email: 'hana@example.com',
  password: 'secret-pw1!',
  displayName: '건강지기',
  realName: '김하나',
  phone: '010-1234-5678',
  address: { city: '서울특별시 중구 세종대로 110', detail: '3층 301호', postalCode: '04524' },
}

function brokenFields(changes: Partial<SignUp>): string[] {
  const result = checkSignUp({ ...VALID, ...changes })
  return result.kind === 'valid' ? [] : (result.errors ?? []).map((error) => error.field)
}

describe('what people type to sign up', () => {
  it('is stored in one form', () => {
    const typed = { ...VALID, email: '  Hana@Example.com ', displayName: '건강지기'.normalize('NFD') }
    expect(checkSignUp(typed)).toEqual({
      kind: 'valid',
      data: { ...VALID, email: 'Hana@Example.com', phone: '01012345678' },
    })
  })

  it('reports every broken field at once, in both languages', () => {
    const result = checkSignUp({
      email: 'hana',
      password: 'short',
      displayName: 'x',
      realName: '',
      phone: '02-123-4567',
      address: { city: ' ', detail: '', postalCode: '123-456' },
    })
    if (result.kind !== 'refused') throw new Error('expected a refusal')
    expect(result.code).toBe('invalid_request')
    expect(result.errors?.map((error) => error.field)).toEqual([
      'body.email',
      'body.password',
      'body.displayName',
      'body.realName',
      'body.phone',
      'body.address.city',
      'body.address.detail',
      'body.address.postalCode',
    ])
    expect(result.errors?.map((error) => error.code)).toEqual([
      'email',
      'password',
      'display_name',
      'real_name',
      'phone',
      'city',
      'address_detail',
      'postal_code',
    ])
    for (const { message } of result.errors ?? []) {
      expect(message.ko).toMatch(/[가-힣]/)
      expect(message.en).toMatch(/^[\x20-\x7e–]+$/)
    }
  })

  it.each([
    ['a@b.kr', true],
    ['first.last+tag@mail.example.co.kr', true],
    [`${'a'.repeat(64)}@example.com`, true],
    [`${'a'.repeat(65)}@example.com`, false],
    [`a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.example.com`, false],
    ['a@localhost', false],
    ['.a@example.com', false],
    ['a..b@example.com', false],
    ['a b@example.com', false],
    ['a@-example.com', false],
    ['a@example.com\nbcc: b@example.com', false],
    ['하나@example.com', false],
    ['', false],
  ])('e-mail %j: %s', (email, accepted) => {
    expect(brokenFields({ email })).toEqual(accepted ? [] : ['body.email'])
  })

  it.each([
    ['abcdef1!', true],
    ['abcde1!', false],
    [`${'a'.repeat(23)}1!`, true],
    [`${'a'.repeat(24)}1!`, false],
    ['abcdefgh!', false],
    ['abcdefgh1', false],
    ['12345678!', false],
    ['abcdefg1&', false],
    ['비밀번호비밀1!', true],
    ['pass word 1-', true],
    ['abcdef1!\u0000', false],
  ])('password %j: %s', (password, accepted) => {
    expect(brokenFields({ password })).toEqual(accepted ? [] : ['body.password'])
  })

  it.each([...'!@#$%^+=-'])('%s counts as a special character of a password', (sign) => {
    expect(brokenFields({ password: `abcdefg1${sign}` })).toEqual([])
  })

  it.each([
    ['하나', true],
    ['Hana_99', true],
    ['가'.repeat(20), true],
    ['가'.repeat(21), false],
    ['가', false],
    ['두 낱말', false],
    ['ㅤㅤ', false],
    ['\u200b\u202e', false],
    ['a\u200bb', true],
    ['\u2800\u2800', false],
    ['\u0301a', false],
    ['bit.ly/x', false],
    ['이벤트.com', false],
    ['a@b', false],
    ['http://x', false],
    ['v1.2', true],
    ['끝.', true],
  ])('display name %j: %s', (displayName, accepted) => {
    expect(brokenFields({ displayName })).toEqual(accepted ? [] : ['body.displayName'])
  })

  it.each([
    ['김하나', '김하나'],
    [' 김하나\t', '김하나'],
    ['Maria  de la Cruz', 'Maria de la Cruz'],
    ['김\u3000하나', '김 하나'],
    ['김\u202e하나', '김하나'],
  ])('real name %j is stored as %j', (realName, stored) => {
    expect(checkSignUp({ ...VALID, realName })).toMatchObject({ data: { realName: stored } })
  })

  it.each(['', ' ', '\u200b', '가'.repeat(51), '김\u0007'])('real name %j is refused', (realName) => {
    expect(brokenFields({ realName })).toEqual(['body.realName'])
  })

  it.each([
    ['010-1234-5678', '01012345678'],
    ['01012345678', '01012345678'],
    ['011-234-5678', '0112345678'],
    ['010-12345678', '01012345678'],
    [' 019-234-5678 ', '0192345678'],
    ['010 1234 5678', '01012345678'],
    ['+82-10-1234-5678', '01012345678'],
    ['０１０－１２３４－５６７８', '01012345678'],
  ])('phone %s is stored as %s', (phone, stored) => {
    expect(checkSignUp({ ...VALID, phone })).toMatchObject({ data: { phone: stored } })
  })

  it.each([
    { city: '서울\u0007중구' },
    { city: '가'.repeat(101) },
    { detail: '\u200b' },
    { detail: '가'.repeat(201) },
    { postalCode: '104524' },
    { postalCode: '04524a' },
  ])('address with %o is refused', (changes) => {
    const [field] = Object.keys(changes)
    expect(brokenFields({ address: { ...VALID.address, ...changes } })).toEqual([`body.address.${field}`])
  })

  it.each(['1010-1234-5678', '010-1234-56789'])('phone %j is too long', (phone) => {
    expect(brokenFields({ phone })).toEqual(['body.phone'])
  })

  it.each(['012-1234-5678', '010-12-5678', '02-123-4567', '+1 212 555 0100', '-', ''])(
    'phone %j is refused',
    (phone) => {
      expect(brokenFields({ phone })).toEqual(['body.phone'])
    },
  )
})

describe('properties', () => {
  const prefix = fc.constantFrom('010', '011', '016', '017', '018', '019')
  const digits = (least: number, most: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most })

  it('a phone number has one stored form, wherever its dashes are', () => {
    fc.assert(
      fc.property(
        prefix,
        digits(3, 4),
        digits(4, 4),
        fc.boolean(),
        fc.boolean(),
        (a, b, c, first, second) => {
          const phone = `${a}${first ? '-' : ''}${b}${second ? '-' : ''}${c}`
          expect(checkSignUp({ ...VALID, phone })).toMatchObject({ data: { phone: `${a}${b}${c}` } })
        },
      ),
    )
  })

  it('what was accepted once is accepted again, unchanged', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 })
    const address = fc.record({ city: text, detail: text, postalCode: digits(4, 6) })
    fc.assert(
      fc.property(
        fc.record({
          displayName: text,
          realName: text,
          phone: fc.oneof(text, digits(9, 12)),
          address,
          newPassword: text,
        }),
        (typed) => {
          const first = checkProfileChange(typed)
          if (first.kind === 'valid') expect(checkProfileChange(first.data)).toEqual(first)
        },
      ),
    )
  })

  it('nothing accepted has blanks or invisible characters in a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 25 }), (name) => {
        const result = checkProfileChange({ displayName: name, realName: name })
        if (result.kind === 'valid') expect(name.trim()).not.toMatch(/[\s\p{C}\u3164\uffa0\u115f\u1160]/u)
      }),
    )
  })
})

describe('a profile change', () => {
  it('looks only at what is given', () => {
    expect(checkProfileChange({})).toEqual({ kind: 'valid', data: {} })
    expect(checkProfileChange({ phone: '016-123-4567' })).toEqual({
      kind: 'valid',
      data: { phone: '0161234567' },
    })
    expect(checkProfileChange({ newPassword: 'weak' })).toMatchObject({
      errors: [{ field: 'body.newPassword' }],
    })
    expect(checkProfileChange({ address: { ...VALID.address, postalCode: '1' } })).toMatchObject({
      errors: [{ field: 'body.address.postalCode' }],
    })
  })
})

it('a refusal names each taken field', () => {
  expect(takenRefusal(['email', 'phone'])).toMatchObject({
    code: 'already_taken',
    errors: [
      { field: 'body.email', code: 'taken' },
      { field: 'body.phone', code: 'taken' },
    ],
  })
})

it('tells in both languages what is taken', () => {
  const { errors } = takenRefusal(['email', 'displayName', 'phone'])
  expect(errors?.map(({ message }) => message.en)).toEqual([
    'This e-mail address already has an account.',
    'This display name is already in use.',
    'This phone number is already registered.',
  ])
  expect(errors?.map(({ message }) => message.ko)).toEqual([
    '이미 가입한 이메일입니다.',
    '이미 사용 중인 닉네임입니다.',
    '이미 등록된 연락처입니다.',
  ])
})

it('a change of the profile is checked field by field, and holds only what was typed', () => {
  const typed = { displayName: ' 새이름 ', realName: '김두리', phone: '010-9999-8888' }
  expect(checkProfileChange(typed)).toEqual({
    kind: 'valid',
    data: { displayName: '새이름', realName: '김두리', phone: '01099998888' },
  })
  expect(checkProfileChange({ displayName: 'x', realName: '', phone: '-' })).toMatchObject({
    kind: 'refused',
    code: 'invalid_request',
    errors: [{ field: 'body.displayName' }, { field: 'body.realName' }, { field: 'body.phone' }],
  })
})

describe('an entry of an address book', () => {
  const entry = { name: '하나 상사', phone: '02-123-4567', address: VALID.address }

  it('may be for a company with a desk phone, and is stored in one form', () => {
    expect(checkAddressee({ ...entry, name: ' 하나  상사 ' })).toEqual({
      kind: 'valid',
      addressee: { ...entry, name: '하나 상사', phone: '021234567' },
    })
  })

  it.each([
    [{ name: '' }, 'body.name'],
    [{ name: '가'.repeat(51) }, 'body.name'],
    [{ phone: '1588-0000' }, 'body.phone'],
    [{ address: { ...VALID.address, city: '가'.repeat(101) } }, 'body.address.city'],
    [{ address: { ...VALID.address, detail: ' ' } }, 'body.address.detail'],
    [{ address: { ...VALID.address, postalCode: '0452' } }, 'body.address.postalCode'],
  ])('is refused for %j', (change, field) => {
    const result = checkAddressee({ ...entry, ...change })
    expect(result.kind === 'refused' && result.errors?.map((error) => error.field)).toEqual([field])
  })
})
