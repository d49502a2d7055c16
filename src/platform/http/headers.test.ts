import { expect, it } from 'vitest'
import { cookiesOf, hostCookie, takesGzip } from './headers.ts'

it.each([
  ['gzip', true],
  ['GZIP, br', true],
  ['br, gzip;q=0.5', true],
  ['gzip;q=0', false],
  ['gzip; q=0.000, br', false],
  ['identity', false],
  [undefined, false],
])('Accept-Encoding %s: gzip %s', (header, takes) => {
  expect(takesGzip(header)).toBe(takes)
})

it('reads every cookie of a name, and no other', () => {
  expect(cookiesOf('a=1; ab=2;a=3=4 ; b=5', 'a')).toEqual(['1', '3=4'])
  expect(cookiesOf('ab=2', 'a')).toEqual([])
  expect(cookiesOf(undefined, 'a')).toEqual([])
})

it('binds a cookie to https and the host where there is https', () => {
  expect(hostCookie('x', true).set('v', 60)).toBe(
    '__Host-x=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60',
  )
  expect(hostCookie('x', false).set('', 0)).toBe('x=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0')
})
