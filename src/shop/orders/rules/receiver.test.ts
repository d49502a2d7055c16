import { describe, expect, it } from 'vitest'
import { receiver } from '../order-states.fixture.ts'
import { checkReceiver, type TypedReceiver } from './receiver.ts'

const fields = (typed: TypedReceiver) => {
  const checked = checkReceiver(typed)
  return checked.kind === 'refused' ? checked.errors?.map((error) => error.field) : []
}
const address = (change: Partial<TypedReceiver['address']>) => ({
  ...receiver,
  address: { ...receiver.address, ...change },
})

it('is refused with a code for every field', () => {
  const blank = {
    name: '',
    phone: '',
    address: { city: '', detail: '', postalCode: '' },
    deliveryNote: '\u0000',
  }
  const checked = checkReceiver(blank)
  expect(checked.kind === 'refused' && checked.errors?.map((error) => error.code)).toEqual([
    'name',
    'phone',
    'city',
    'address_detail',
    'postal_code',
    'delivery_note',
  ])
})

it.each(['1010-1234-5678', '010-1234-56789'])('has no phone like %s', (phone) => {
  expect(fields({ ...receiver, phone })).toHaveLength(1)
})

it.each(['103045', '03045a'])('has no postal code like %s', (postalCode) => {
  expect(fields(address({ postalCode }))).toHaveLength(1)
})

describe('a receiver', () => {
  it('is stored trimmed, composed, and with the phone in digits', () => {
    const typed = {
      ...address({ postalCode: ' 03045 ' }),
      name: ' 김하늘 '.normalize('NFD'),
      phone: '010-1234-5678',
    }
    expect(checkReceiver(typed)).toEqual({
      kind: 'valid',
      receiver: {
        name: '김하늘',
        phone: '01012345678',
        address: { city: '서울특별시 종로구 세종대로 1', detail: '101동 202호', postalCode: '03045' },
        deliveryNote: '문 앞에 놓아 주세요',
      },
    })
  })

  it.each([undefined, null, '', '   '])('needs no delivery note (%j)', (deliveryNote) => {
    expect(checkReceiver({ ...receiver, deliveryNote })).toMatchObject({ receiver: { deliveryNote: null } })
  })

  it.each([
    '01012345678',
    '011-123-4567',
    '0161234567',
    '017-1234-5678',
    '0181234567',
    '019-123-4567',
    '010 1234 5678',
    '+82 10-1234-5678',
    '02-123-4567',
    '0507-1234-5678',
  ])('may have the phone %s', (phone) => expect(fields({ ...receiver, phone })).toEqual([]))

  it.each(['012-1234-5678', '010-12-5678', '+1 212 555 0100', ''])('may not have the phone %j', (phone) =>
    expect(fields({ ...receiver, phone })).toEqual(['body.receiver.phone']),
  )

  it.each(['', '  ', '\u200b', 'a'.repeat(51), 'a\u0000b', 'a\u0007b'])('may not be named %j', (name) => {
    expect(fields({ ...receiver, name })).toEqual(['body.receiver.name'])
  })

  it('may have a name of 50 and a note of 200 characters, counted as people do', () => {
    expect(fields({ ...receiver, name: '🌿'.repeat(50), deliveryNote: '🌿'.repeat(200) })).toEqual([])
    expect(fields({ ...receiver, deliveryNote: '가'.repeat(201) })).toEqual(['body.receiver.deliveryNote'])
    expect(checkReceiver({ ...receiver, deliveryNote: '두\n줄 🙇‍♀️\u200b' })).toMatchObject({
      receiver: { deliveryNote: '두 줄 🙇‍♀️' },
    })
  })

  it.each(['1234', '123456', '12-345'])('may not live at the postal code %j', (postalCode) => {
    expect(fields(address({ postalCode }))).toEqual(['body.receiver.address.postalCode'])
  })

  it('reports all broken fields at once, in both languages', () => {
    const broken = {
      name: '',
      phone: '1',
      address: { city: '', detail: '\t', postalCode: 'x' },
      deliveryNote: '\u0007!',
    }
    const checked = checkReceiver(broken)
    if (checked.kind !== 'refused') throw new Error('expected a refusal')
    expect(checked.code).toBe('invalid_request')
    expect(checked.errors?.map((error) => error.field)).toEqual([
      'body.receiver.name',
      'body.receiver.phone',
      'body.receiver.address.city',
      'body.receiver.address.detail',
      'body.receiver.address.postalCode',
      'body.receiver.deliveryNote',
    ])
    for (const { message } of checked.errors ?? []) {
      expect(message.ko).toMatch(/[가-힣]/)
      expect(message.en).toMatch(/^[\x20-\x7e’]+$/)
    }
  })
})
