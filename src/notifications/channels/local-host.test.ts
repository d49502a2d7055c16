import { expect, it } from 'vitest'
import { isLocalHost } from './local-host.ts'

it.each(['localhost', '127.0.0.1', '127.8.9.1', '127.255.255.254', '[::1]'])('%s is this machine', (host) => {
  expect(isLocalHost(host)).toBe(true)
})

it.each([
  '127.0.0.1.example.com',
  'example.com',
  '10.0.0.1',
  'localhost.evil',
  '1127.0.0.1',
  '127.a.b.c',
  '127.1',
  '',
])('%s is another', (host) => {
  expect(isLocalHost(host)).toBe(false)
})
