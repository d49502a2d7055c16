import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

describe('what machines read', () => {
  let system: System
  let item: Awaited<ReturnType<typeof stockShelves>>[number]

  beforeAll(async () => {
    system = await startSystem()
    const [first] = await stockShelves(system, 3)
    if (!first) throw new Error('no item')
    item = first
  })
  afterAll(() => system?.stop())

  const textOf = async (path: string) => (await fetch(`${system.url}${path}`)).text()

  it('names in the sitemap what may be looked at, in both languages, and nothing of anybody’s own', async () => {
    const robots = await textOf('/robots.txt')
    expect(robots).toContain(`Sitemap: ${system.url}/sitemap.xml`)
    const locations = [...(await textOf('/sitemap.xml')).matchAll(/<loc>([^<]+)<\/loc>/g)].map(
      ([, at = '']) => at,
    )
    expect(locations).toContain(`${system.url}/items/${item.id}`)
    expect(locations).toContain(`${system.url}/en/items/${item.id}`)
    const closed = [...robots.matchAll(/^Disallow: (.+)$/gm)].map(([, path = '']) => path)
    for (const location of locations) {
      const path = location.slice(system.url.length)
      expect(closed.filter((one) => path.startsWith(one))).toEqual([])
    }
    for (const location of locations.slice(0, 12)) {
      const path = location.slice(system.url.length).replaceAll('&amp;', '&')
      const html = await textOf(path)
      // Each is the one address of its page.
      expect(html).toContain(`<link rel="canonical" href="${location}"`)
    }
  })

  it('says of an item what it costs and whether it can be had', async () => {
    const html = await textOf(`/items/${item.id}`)
    const said = [...html.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/g)].map(
      ([, json = '']): unknown => JSON.parse(json),
    )
    expect(said).toEqual([
      expect.objectContaining({
        '@type': 'Product',
        name: item.name,
        offers: expect.objectContaining({ price: item.realPrice, priceCurrency: 'KRW' }),
      }),
      expect.objectContaining({ '@type': 'BreadcrumbList' }),
    ])
    expect(html).toContain(`<meta property="og:image" content="${system.url}/pictures/card.png"/>`)
    const card = await fetch(`${system.url}/pictures/card.png`)
    expect(card.headers.get('content-type')).toBe('image/png')
    expect(
      Buffer.from(await card.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG')
  })
})
