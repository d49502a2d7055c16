import { describe, expect, it } from 'vitest'
import type { KubeObject, Pod, Policy } from './objects.ts'
import { isOpenToAll, isWithin, reaches, reachesAddress } from './reach.ts'

const pod = (part: string): Pod => ({ metadata: { labels: { part } }, spec: { containers: [] } })
const policy = (part: string | undefined, rules: Partial<Policy['spec']>): KubeObject => ({
  kind: 'NetworkPolicy',
  metadata: { name: `of-${part}` },
  spec: {
    podSelector: part === undefined ? {} : { matchLabels: { part } },
    policyTypes: ['Ingress', 'Egress'],
    ...rules,
  },
})
const [shop, book] = [pod('shop'), pod('book')]
const nothing = policy(undefined, {})
const toBook = policy('shop', {
  egress: [{ to: [{ podSelector: { matchLabels: { part: 'book' } } }], ports: [{ port: 8080 }] }],
})
const fromShop = policy('book', {
  ingress: [{ from: [{ podSelector: { matchLabels: { part: 'shop' } } }], ports: [{ port: 8080 }] }],
})

describe('policies of a network', () => {
  it('let everything through where none speaks of a pod, and nothing where one says nothing', () => {
    expect(reaches([], shop, book, 8080)).toBe(true)
    expect(reaches([nothing], shop, book, 8080)).toBe(false)
  })

  it('must let through at both ends, on that port and in that direction', () => {
    expect(reaches([nothing, toBook], shop, book, 8080)).toBe(false)
    expect(reaches([nothing, fromShop], shop, book, 8080)).toBe(false)
    const both = [nothing, toBook, fromShop]
    expect(reaches(both, shop, book, 8080)).toBe(true)
    expect(reaches(both, shop, book, 5432)).toBe(false)
    expect(reaches(both, book, shop, 8080)).toBe(false)
  })

  it('add up: what one lets through no other forbids', () => {
    expect(isOpenToAll([nothing, policy('book', { ingress: [{}] })], book, 8080)).toBe(true)
    expect(isOpenToAll([nothing, fromShop], book, 8080)).toBe(false)
  })

  it.each([
    ['an empty list', [], true],
    ['every namespace', [{ namespaceSelector: {} }], true],
    [
      'namespaces with a label that others give',
      [{ namespaceSelector: { matchLabels: { team: 'a' } } }],
      true,
    ],
    ['a whole network', [{ ipBlock: { cidr: '10.0.0.0/8' } }], true],
    [
      'one namespace',
      [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'a' } } }],
      false,
    ],
    ['one machine', [{ ipBlock: { cidr: '10.0.0.7/32' } }], false],
  ])('are open to everybody with %s: %#', (_what, from, is) => {
    expect(isOpenToAll([nothing, policy('book', { ingress: [{ from }] })], book, 8080)).toBe(is)
    const both = [policy('book', { ingress: [{ from: [] }] }), policy('shop', { egress: [{ to: [] }] })]
    expect(reaches(both, shop, book, 8080)).toBe(true)
    expect(reachesAddress(both, shop, '203.0.113.9', 443)).toBe(true)
  })

  it('know addresses, and holes in them', () => {
    const outside = policy('shop', {
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }], ports: [{ port: 443 }] }],
    })
    expect(reachesAddress([outside], shop, '203.0.113.9', 443)).toBe(true)
    expect(reachesAddress([outside], shop, '10.200.0.1', 443)).toBe(false)
    expect(reachesAddress([outside], shop, '203.0.113.9', 25)).toBe(false)
  })
})

it.each([
  ['10.20.0.5', '10.20.0.0/24', true],
  ['10.20.1.5', '10.20.0.0/24', false],
  ['172.31.255.255', '172.16.0.0/12', true],
  ['172.32.0.0', '172.16.0.0/12', false],
  ['192.0.2.1', '192.0.2.1/32', true],
  ['192.0.2.2', '192.0.2.1/32', false],
  ['255.255.255.255', '0.0.0.0/0', true],
])('%s in %s: %s', (address, cidr, is) => {
  expect(isWithin(address, cidr)).toBe(is)
})
