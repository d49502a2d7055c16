import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ROUTES, targetOf } from './routing.ts'

const upstreamOf = (path: string) => {
  const target = targetOf(path)
  return target.kind === 'forward' ? target.upstream : target.kind
}

describe('an address', () => {
  it.each([
    ['/', 'pages'],
    ['/en', 'pages'],
    ['/library/books/1', 'pages'],
    ['/%ED%99%8D%EC%82%BC', 'pages'],
    ['/api/users/me', 'identity'],
    ['/api/items', 'shop'],
    ['/api/items/', 'shop'],
    ['/api/admin/accounts/7/roles', 'identity'],
    ['/api/admin/orders', 'shop'],
    ['/api/payments/1', 'shop'],
    ['/api/payments/return/1/2/3', 'pages'],
    ['/api/payments/returned', 'shop'],
    ['/api/books/1/holds', 'book'],
    ['/api/loans', 'borrow'],
    ['/api/dashboard/stream', 'dashboard'],
    ['/api/unknown', 'not_found'],
    ['/api', 'not_found'],
    ['/api/itemsabout', 'not_found'],
  ])('%s goes to %s', (path, upstream) => expect(upstreamOf(path)).toBe(upstream))

  it.each([
    '/internal/recipients/1',
    '/internal',
    '/INTERNAL/x',
    '/%69nternal/x',
    '/%2569nternal/x',
    '//internal/x',
    '/./internal/x',
    '/x/../internal/x',
    '/x/%2e%2e/internal/x',
    '/x/%252e%252e/internal/x',
    '/x%2f..%2finternal',
    '/x../internal',
    '/..x',
    '/a%2e%2e/b',
    '/x\\..\\internal',
    '/x/%5c..%5cinternal',
    '/metrics',
    '/metrics/',
    '/health/ready',
    '/%',
    '/a%00b',
    'http://elsewhere.example/',
    '*',
  ])('%s goes nowhere', (path) => expect(upstreamOf(path)).toBe('not_found'))

  it('never leads to what is closed, however it is read again behind us', () => {
    const step = fc.oneof(
      fc.constantFrom(
        'internal',
        '..',
        '.',
        '',
        '%2e',
        '%2E%2e',
        '%252e',
        '%69nternal',
        '%2569nternal',
        'internal%2fx',
        'metrics',
        'api',
        'x',
      ),
      fc.string({ maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), (steps) => {
        const target = targetOf(`/${steps.join('/')}`)
        if (target.kind === 'not_found') return
        let read = target.path
        for (let times = 0; times < 3; times++) {
          expect(new URL(read, 'http://upstream').pathname).not.toMatch(
            /^\/+(internal|metrics|health)(\/|$)/i,
          )
          try {
            read = decodeURIComponent(read)
          } catch {
            return
          }
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('what every process answers for itself', () => {
  it('is asked of one of them', () => {
    expect(targetOf('/api/admin/at/book/dead-letters')).toEqual({
      kind: 'forward',
      upstream: 'book',
      path: '/api/admin/dead-letters',
    })
    expect(targetOf('/api/admin/at/borrow/dead-letters/event/1/replay')).toMatchObject({
      path: '/api/admin/dead-letters/event/1/replay',
    })
  })
  it.each([
    '/api/admin/at/bank/dead-letters',
    '/api/admin/at/book/accounts',
    '/api/admin/at/book',
    '/api/admin/at/',
  ])('%s is nothing of the kind', (path) => expect(upstreamOf(path)).toBe('not_found'))
})

it('routes are written once each', () => {
  expect(new Set(ROUTES.map(([prefix]) => prefix)).size).toBe(ROUTES.length)
})
