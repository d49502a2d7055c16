import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { createSigner } from '../../platform/signer.ts'
import { knownDevices } from './known-device.ts'

const key = randomBytes(32).toString('base64url')
const devices = knownDevices(createSigner(key, 'device'), true)
const cookieOf = (header: string) => header.split(';')[0] ?? ''

it('is known for the e-mail it proved, however that is written, and for no other', () => {
  const cookie = `other=1; ${cookieOf(devices.keep('Hana@example.com'))}; more=2`
  expect(devices.idOf(cookie, ' hana@EXAMPLE.com ')).toMatch(/^[\w-]{22}$/)
  expect(devices.idOf(cookie, 'duri@example.com')).toBeUndefined()
  expect(devices.idOf(undefined, 'hana@example.com')).toBeUndefined()
})

it('is one of its own each time, and is not to be read by scripts or sent over plain HTTP', () => {
  const [one, two] = [devices.keep('a@b.c'), devices.keep('a@b.c')]
  expect(devices.idOf(cookieOf(one), 'a@b.c')).not.toBe(devices.idOf(cookieOf(two), 'a@b.c'))
  expect(one).toMatch(/^__Host-.*; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=15552000$/)
})

it('cannot be made by others, or from what was signed for another purpose', () => {
  const [name, value = ''] = cookieOf(devices.keep('a@b.c')).split('=')
  const changed = value.replace(/^device1:[\w-]+/, `device1:${Buffer.alloc(32).toString('base64url')}`)
  expect(devices.idOf(`${name}=${changed}`, 'a@b.c')).toBeUndefined()
  const others = knownDevices(createSigner(randomBytes(32).toString('base64url'), 'device'), true)
  expect(devices.idOf(cookieOf(others.keep('a@b.c')), 'a@b.c')).toBeUndefined()
  const forCarts = knownDevices(createSigner(key, 'cart'), true)
  expect(devices.idOf(cookieOf(forCarts.keep('a@b.c')), 'a@b.c')).toBeUndefined()
})
