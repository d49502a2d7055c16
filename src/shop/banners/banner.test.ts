import { expect, it } from 'vitest'
import { addressOf, type Banner, checkContent, MOST_SHOWN, shownAt, statesAt } from './banner.ts'

const at = (text: string) => Temporal.Instant.from(text)
const NOON = at('2026-12-01T03:00:00Z')
const banner = (more: Partial<Banner> = {}): Banner => ({
  id: 'a',
  title: { ko: '제목', en: 'Title' },
  text: { ko: '글', en: 'Text' },
  target: { kind: 'category', value: 'EYE' },
  tone: 'green',
  pictureId: null,
  startsAt: NOON,
  endsAt: NOON.add({ hours: 24 }),
  isHidden: false,
  version: 1,
  ...more,
})
const page = (value: string) => checkContent(banner({ target: { kind: 'page', value } }))

it('ends after it begins', () => {
  expect(checkContent(banner())).toMatchObject({ kind: 'valid' })
  for (const endsAt of [NOON, NOON.subtract({ nanoseconds: 1 })])
    expect(checkContent(banner({ endsAt }))).toMatchObject({ code: 'banner_period_wrong' })
})

it('leads to pages of ours only, whatever it is written like', () => {
  const outside = [
    'javascript:alert(1)',
    '//example.com',
    '///example.com',
    '/\\example.com',
    '/items\\..',
    'https://example.com/',
    'items',
    '',
    '/a b',
    '/a\tb',
    '/a\u0000b',
    '/en//example.com',
    '/en/\\example.com',
    '/api',
    '/api/items',
    '/en/api/items',
    '/console',
    '/console?next=/',
    '/console/items',
  ]
  for (const value of outside)
    expect([value, page(value)]).toMatchObject([value, { code: 'banner_leads_outside' }])
  const inside = {
    '/': '/',
    '/items?sale=1&sort=discount_desc': '/items?sale=1&sort=discount_desc',
    '/library/books#new': '/library/books#new',
    '/en': '/',
    '/en/coupons': '/coupons',
    '/en?x=1': '/?x=1',
    '/english': '/english',
    '/apiary': '/apiary',
    '/consoles': '/consoles',
  }
  for (const [value, kept] of Object.entries(inside))
    expect([value, page(value)]).toMatchObject([
      value,
      { content: { target: { kind: 'page', value: kept } } },
    ])
})

it('knows the address of what it leads to', () => {
  expect(addressOf({ kind: 'item', value: '7' })).toBe('/items/7')
  expect(addressOf({ kind: 'category', value: 'EYE' })).toBe('/items?category=EYE')
  expect(addressOf({ kind: 'search', value: '오메가 3&' })).toBe(
    `/items?keyword=${encodeURIComponent('오메가')}+3%26`,
  )
  expect(addressOf({ kind: 'page', value: '/search' })).toBe('/search')
})

it('is shown from its first moment to before its last one, the first ones of all', () => {
  const ids = (banners: readonly Banner[], now: Temporal.Instant) => shownAt(banners, now).map(({ id }) => id)
  const one = [banner()]
  expect(ids(one, NOON.subtract({ nanoseconds: 1 }))).toEqual([])
  expect(ids(one, NOON)).toEqual(['a'])
  expect(ids(one, NOON.add({ hours: 24 }).subtract({ nanoseconds: 1 }))).toEqual(['a'])
  expect(ids(one, NOON.add({ hours: 24 }))).toEqual([])
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => banner({ id, isHidden: id === 'b' }))
  expect(ids(many, NOON)).toEqual(['a', 'c', 'd', 'e'])
  expect(ids(many, NOON)).toHaveLength(MOST_SHOWN)
})

it('says how each of them stands', () => {
  const later = NOON.add({ hours: 1 })
  const banners = [
    banner({ id: 'over', startsAt: NOON.subtract({ hours: 2 }), endsAt: NOON }),
    banner({ id: 'hidden', isHidden: true }),
    banner({ id: 'planned', startsAt: later }),
    ...['1', '2', '3', '4', 'waiting'].map((id) => banner({ id })),
  ]
  const states = statesAt(banners, NOON)
  for (const name of ['over', 'hidden', 'planned', 'waiting']) expect(states.get(name)).toBe(name)
  expect(['1', '2', '3', '4'].map((id) => states.get(id))).toEqual(Array(4).fill('shown'))
  expect(statesAt(banners, later).get('planned')).toBe('shown')
  expect(statesAt(banners, later).get('4')).toBe('waiting')
})
