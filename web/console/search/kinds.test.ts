import { expect, it } from 'vitest'
import { soughtIn } from './kinds.ts'

it('what is typed is searched as what it looks like', () => {
  const id = '01A228FC-27a2-7000-86fa-ea7cba06b7f2'
  expect(soughtIn(` ${id} `)).toEqual({ kind: 'id', id: id.toLowerCase() })
  expect(soughtIn('hana@example.com')).toEqual({ kind: 'email', email: 'hana@example.com' })
  expect(soughtIn('20261121-7k3qx9')).toEqual({ kind: 'number', number: '20261121-7K3QX9' })
  expect(soughtIn('20261121')).toEqual({ kind: 'number', number: '20261121' })
  expect(soughtIn('010-1234-5678')).toEqual({ kind: 'phone', phone: '01012345678' })
  expect(soughtIn('5678')).toEqual({ kind: 'phone', phone: '5678' })
  expect(soughtIn('홍길동')).toEqual({ kind: 'nothing' })
  expect(soughtIn('567')).toEqual({ kind: 'nothing' })
})
