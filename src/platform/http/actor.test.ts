import { expect, it } from 'vitest'
import { type Actor, type Audience, mayCall } from './actor.ts'

const actor = (role: Actor['roles'][number]): Actor => ({ userId: 'x', roles: [role], sessionId: 'x' })

it.each<[Audience, boolean]>([
  ['anyone', true],
  ['visitor', false],
  ['signed-in', false],
  [['admin'], false],
  [['admin', 'service'], true],
])('a service on a route for %j: %s', (audience, may) => {
  expect(mayCall(audience, actor('service'))).toBe(may)
})

it.each<[Audience, boolean, boolean]>([
  ['anyone', true, true],
  ['visitor', true, true],
  ['signed-in', false, true],
  [['customer'], false, true],
  [['admin'], false, false],
])('a route for %j: nobody %s, a customer %s', (audience, nobody, customer) => {
  expect(mayCall(audience, undefined)).toBe(nobody)
  expect(mayCall(audience, actor('customer'))).toBe(customer)
})
