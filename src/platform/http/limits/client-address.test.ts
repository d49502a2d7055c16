import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { clientAddressOf } from './client-address.ts'

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s counts as %s', (ip, counted) => {
  expect(clientAddressOf(ip)).toBe(counted)
})

it('counts all addresses of a /64 as one, and those of different ones apart', () => {
  const group = fc.integer({ min: 0, max: 0xffff })
  const half = fc.tuple(group, group, group, group)
  const write = (groups: readonly number[]) => groups.map((one) => one.toString(16)).join(':')
  fc.assert(
    fc.property(half, half, half, half, (net, other, host, another) => {
      const counted = clientAddressOf(write([...net, ...host]))
      expect(clientAddressOf(write([...net, ...another]))).toBe(counted)
      expect(clientAddressOf(write([...other, ...host])) === counted).toBe(write(net) === write(other))
    }),
  )
})
