/** Pictures: the merchant shows an item, buyers show what they got, and nothing half sent is kept. */
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { photo } from '../../src/shop/pictures/pictures.fixture.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { buy, changeItem, photographItem, REVIEW_BODY, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let merchant: Person
let buyer: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  itemId = (await stockShelves(system, 4))[0]?.id ?? ''
  merchant = await colleague(system, 'merchant')
  buyer = await customer(system)
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000 })
  await setStock(merchant, itemId, 50)
})
afterAll(() => system?.stop())

const page = async (path: string, headers: Record<string, string> = {}) =>
  (await fetch(`${system.url}${path}`, { headers: { accept: 'text/html', ...headers } })).text()

test('a picture of an item is on its page, in lists and in carts, with room for it and for ever', async () => {
  const drawn = await fetch(`${system.url}/pictures/${itemId}.svg`)
  expect([drawn.status, drawn.headers.get('content-type')]).toEqual([200, 'image/svg+xml'])
  const [main] = await photographItem(merchant, itemId, 1)
  const id = main?.id ?? ''
  await photographItem(merchant, itemId, 2)
  await until(async () => (await page(`/items/${itemId}`)).includes(`${id}-640.webp`), {
    what: 'the picture on the page of the item',
    deadlineMs: 10_000,
  })
  const shown = await page(`/items/${itemId}`)
  expect(shown).toMatch(
    new RegExp(`<img src="/pictures/${id}-640.webp" srcSet="[^"]*${id}-1280.webp 1280w"[^>]*>`),
  )
  const [first = '', second = ''] = shown.match(/<img [^>]*srcSet[^>]*>/g) ?? []
  expect(first).toMatch(/width="1200" height="900" fetchPriority="high"/)
  expect(second).toMatch(/loading="lazy"/)
  expect(shown).toContain(`${id}-1280.webp"`)
  await until(async () => (await page('/items')).includes(`${id}-320.webp`), {
    what: 'the picture in the list',
    deadlineMs: 10_000,
  })
  await buyer.api.post('/api/cart/lines', { key: true, json: { itemId, quantity: 1 } })
  expect(await page('/cart', { cookie: await cookieOf(buyer) })).toContain(
    `<img src="/pictures/${id}-160.webp" alt="" width="80" height="80"/>`,
  )

  const sent = await fetch(`${system.url}/pictures/${id}-320.webp`)
  expect(
    Object.fromEntries(
      ['content-type', 'cache-control', 'x-content-type-options'].map((h) => [h, sent.headers.get(h)]),
    ),
  ).toEqual({
    'content-type': 'image/webp',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  })
  expect(await sharp(Buffer.from(await sent.arrayBuffer())).metadata()).toMatchObject({
    format: 'webp',
    width: 320,
  })
  // Who knows the item only is led there.
  const led = await fetch(`${system.url}/pictures/${itemId}.svg`, { redirect: 'manual' })
  expect([led.status, led.headers.get('location')]).toEqual([302, `/pictures/${id}-320.webp`])
  for (const file of [
    `${'0'.repeat(32)}-320.webp`,
    `${id}-321.webp`,
    '..%2f..%2fetc%2fpasswd.webp',
    `${id}.webp`,
  ])
    expect((await fetch(`${system.url}/pictures/${file}`)).status).toBe(404)
})

test('the audit knows a picture that was sent by its hash, and has nothing of what is in it', async () => {
  const admin = await colleague(system, 'admin')
  const sent = await photo(77)
  await merchant.api.post(`/api/admin/items/${itemId}/pictures`, { raw: { body: sent, type: 'image/jpeg' } })
  const noted = await admin.api.get(`/api/admin/audit?actorId=${merchant.id}&subjectType=request`)
  expect(JSON.stringify(at(noted.body, 'data', 0))).toContain(
    `"bytes":${sent.length},"sha256":"${createHash('sha256').update(sent).digest('hex')}"`,
  )
})

test('pictures get an order and words, and go again one by one', async () => {
  const pictures = (await photographItem(merchant, itemId, 93)).map(({ id }) => ({
    id,
    alt: { ko: '앞', en: null },
  }))
  const arranged = pictures.toReversed()
  const path = `/api/admin/items/${itemId}/pictures`
  const put = await merchant.api.send('PUT', path, { json: { pictures: arranged } })
  expect([put.status, at(put.body, 'pictures', 0, 'id')]).toEqual([200, arranged[0]?.id])
  expect((await merchant.api.send('PUT', path, { json: { pictures: [arranged[0]] } })).code).toBe(
    'pictures_changed_meanwhile',
  )
  const less = await merchant.api.delete(`${path}/${arranged[0]?.id}`)
  expect([less.status, at(less.body, 'pictures', 0, 'id')]).toEqual([200, arranged[1]?.id])
})

test('what is no picture is refused by its bytes, whatever it says it is', async () => {
  const send = (body: Buffer, type: string) =>
    merchant.api.post(`/api/admin/items/${itemId}/pictures`, { raw: { body, type } })
  expect((await send(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/png')).code).toBe(
    'picture_kind_refused',
  )
  expect((await send(Buffer.from('GIF89a'), 'image/gif')).code).toBe('picture_kind_refused')
  expect((await send(Buffer.alloc(0), 'image/jpeg')).status).toBeGreaterThanOrEqual(400)
  const cut = (await photo(3)).subarray(0, 500)
  expect((await send(cut, 'image/jpeg')).code).toBe('picture_unreadable')
  expect((await send(Buffer.alloc(8 * 1024 * 1024 + 1), 'image/jpeg')).status).toBe(413)
  expect((await send(await photo(3), 'text/html')).status).toBe(415)
})

test('an upload whose connection ends in the middle leaves nothing', async () => {
  const count = async () => {
    const query =
      'select (select count(*) from pictures.picture) + (select count(*) from catalog.item_picture) as n'
    return Number((await execute(system.databaseOf('shop'), query))[0]?.n)
  }
  const before = await count()
  const { hostname, port } = new URL(system.url)
  const whole = await photo(90, 1500, 1500)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect(Number(port), hostname, () => {
    socket.write(
      `POST /api/admin/items/${itemId}/pictures HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${merchant.tokens.accessToken}\r\ncontent-type: image/jpeg\r\ncontent-length: ${whole.length}\r\n\r\n`,
    )
    socket.write(whole.subarray(0, whole.length - 10), () => socket.destroy())
  })
  socket.on('close', () => resolve())
  socket.on('error', reject)
  await promise
  // One that is sent afterwards is taken: then the other has been dealt with, too.
  await photographItem(merchant, itemId, 91)
  expect(await count()).toBe(before + 2)
})

async function cookieOf({ email }: Person): Promise<string> {
  const answer = await fetch(`${system.url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: system.url, accept: 'text/html' },
    body: new URLSearchParams({ email, password: PASSWORD }),
  })
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

test('a buyer sends pictures with a review by a plain form, and sees what is wrong with what was typed', async () => {
  const { order } = await buy(system, buyer, itemId)
  const cookie = await cookieOf(buyer)
  const send = async (
    path: string,
    fields: Record<string, string>,
    files: readonly Buffer[],
    headers: Record<string, string> = {},
  ) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    for (const [n, file] of files.entries())
      form.append('picture', new Blob([new Uint8Array(file)]), `사진 ${n}.jpg`)
    return fetch(`${system.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { accept: 'text/html', origin: system.url, cookie, ...headers },
      body: form,
    })
  }
  const review = { order: order.id, line: '1', key: crypto.randomUUID(), stars: '5', body: REVIEW_BODY }
  expect(await page(`/reviews/new?order=${order.id}&line=1`, { cookie })).toMatch(
    /encType="multipart\/form-data"[\s\S]*<input type="file"[^>]* name="picture"/,
  )
  const wrong = await send('/reviews/new', review, [await photo(5), Buffer.from('GIF89a')])
  expect(wrong.status).toBe(422)
  const told = await wrong.text()
  expect(told).toContain('GIF 파일은 올릴 수 없습니다')
  expect(told).toContain(REVIEW_BODY)
  const foreign = await send('/reviews/new', review, [await photo(5)], {
    origin: 'https://elsewhere.example',
  })
  expect(foreign.status).toBe(403)
  const four = await send(
    '/reviews/new',
    review,
    await Promise.all([5, 6, 7, 8].map((shade) => photo(shade))),
  )
  expect(await four.text()).toContain('사진은 3장까지')

  const written = await send('/reviews/new', review, [await photo(5), await photo(6), Buffer.alloc(0)])
  expect([written.status, written.headers.get('location')]).toEqual([303, '/reviews?done=written'])
  const { body } = await buyer.api.get('/api/reviews/own')
  const id = String(at(body, 'data', 0, 'id'))
  const picture = String(at(body, 'data', 0, 'pictures', 0, 'id'))
  expect(await page(`/items/${itemId}/reviews`)).toContain(`href="/pictures/${picture}-full.webp"`)
  const look = async () => {
    const { status, headers } = await fetch(`${system.url}/pictures/${picture}-full.webp`)
    return [status, headers.get('cache-control')]
  }
  expect(await look()).toEqual([200, 'public, max-age=3600'])
  // What is hidden for what it shows is seen by nobody who kept its address.
  const decide = async (what: string, ask?: { json: unknown }) =>
    (await merchant.api.post(`/api/admin/reviews/${id}/${what}`, ask)).status
  expect(await decide('hide', { json: { reason: '얼굴이 보입니다' } })).toBe(200)
  expect((await look())[0]).toBe(404)
  expect(await page('/reviews', { cookie })).not.toContain(picture)
  expect(await decide('show')).toBe(200)
  expect(await look()).toEqual([200, 'public, max-age=3600'])
  const edit = { stars: '4', body: REVIEW_BODY, removed: picture }
  expect((await send(`/reviews/${id}/edit`, edit, [await photo(7)])).status).toBe(303)
  const after = at((await buyer.api.get('/api/reviews/own')).body, 'data', 0)
  expect([
    at(after, 'stars'),
    Array.isArray(at(after, 'pictures')) && at(after, 'pictures', 0, 'id') !== picture,
  ]).toEqual([4, true])
  expect(await page('/reviews', { cookie })).not.toContain(picture)

  // The same by the API.
  const raw = { body: await photo(8), type: 'image/jpeg' }
  const more = await buyer.api.post(`/api/reviews/${id}/pictures`, { raw })
  const added = String(at(more.body, 'pictures', 2, 'id'))
  expect([more.status, added]).toEqual([201, expect.stringMatching(/^[0-9a-f]{32}$/)])
  const less = await buyer.api.delete(`/api/reviews/${id}/pictures/${added}`)
  expect([less.status, JSON.stringify(less.body).includes(added)]).toEqual([200, false])
})
