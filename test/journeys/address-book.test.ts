import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, customer, PASSWORD, type Person, RECEIVER } from '../support/people.ts'
import { changeItem, setStock, stockShelves } from '../support/shop.ts'
import { subscribe } from '../support/subscribe.ts'
import { type System, startSystem } from '../support/system.ts'
import { AddressBook } from '../support/views.ts'

const BOOK = '/api/users/me/addresses'
const Saved = Type.Object({ id: Type.String(), isDefault: Type.Boolean() })
const HOME = { name: '김하나', phone: '010-1111-2222', address: RECEIVER.address }
const OFFICE = { ...HOME, name: '하나상사', phone: '02-123-4567' }

let system: System
let itemId: string
beforeAll(async () => {
  system = await startSystem({ settings: { RETURN_FEE: '2700', EXCHANGE_FEE: '5400' } })
  const [item] = await stockShelves(system, 6)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 100)
})
afterAll(() => system?.stop())

const add = async (person: Person, json: object) =>
  expectBody(await person.api.post(BOOK, { json }), 201, Saved)
const bookOf = async (person: Person) => expectBody(await person.api.get(BOOK), 200, AddressBook).data
const namesIn = async (person: Person) => (await bookOf(person)).map(({ name }) => name)

test('an address book has one default, and a repeat changes nothing', async () => {
  const hana = await customer(system)
  const home = await add(hana, HOME)
  expect(home.isDefault).toBe(true)
  const office = await add(hana, OFFICE)
  expect(office.isDefault).toBe(false)
  expect((await add(hana, { ...OFFICE, phone: '021234567' })).id).toBe(office.id)
  expect(await namesIn(hana)).toEqual(['김하나', '하나상사'])

  const preferred = await hana.api.send('PUT', `${BOOK}/${office.id}/default`)
  const defaults = expectBody(preferred, 200, AddressBook).data.filter(({ isDefault }) => isDefault)
  expect(defaults.map(({ id }) => id)).toEqual([office.id])

  const json = { ...OFFICE, name: '하나상회' }
  expectBody(await hana.api.send('PUT', `${BOOK}/${office.id}`, { json }), 200, AddressBook)
  expect(await namesIn(hana)).toEqual(['하나상회', '김하나'])

  expectBody(await hana.api.delete(`${BOOK}/${office.id}`), 200, AddressBook)
  expect(await bookOf(hana)).toMatchObject([{ id: home.id, isDefault: true, phone: '01011112222' }])
})

test('what cannot be sent to is not saved, and each field says why', async () => {
  const hana = await customer(system)
  const json = { name: ' ', phone: '12', address: { city: '', detail: 'x', postalCode: '123' } }
  const answer = await hana.api.post(BOOK, { json })
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  const fields = ['body.name', 'body.phone', 'body.address.city', 'body.address.postalCode']
  expect(answer.body).toMatchObject({ errors: fields.map((field) => ({ field })) })
  const first = await add(hana, HOME)
  await add(hana, OFFICE)
  const same = await hana.api.send('PUT', `${BOOK}/${first.id}`, { json: OFFICE })
  expect(same).toMatchObject({ status: 409, body: { code: 'address_saved_already' } })
})

test('nobody sees or changes the book of somebody else', async () => {
  const [hana, stranger] = [await customer(system), await customer(system)]
  const { id } = await add(hana, HOME)
  for (const answer of [
    await stranger.api.send('PUT', `${BOOK}/${id}`, { json: OFFICE }),
    await stranger.api.send('PUT', `${BOOK}/${id}/default`),
    await stranger.api.delete(`${BOOK}/${id}`),
  ])
    expect(answer.status).toBe(404)
  expect(await bookOf(stranger)).toEqual([])
  expect(await namesIn(hana)).toEqual(['김하나'])
})

test('a book never holds more than it has places for, however many add at once', async () => {
  const hana = await customer(system)
  const answers = await Promise.all(
    Array.from({ length: 24 }, (_, n) => hana.api.post(BOOK, { json: { ...HOME, name: `받는이${n}` } })),
  )
  const statuses = answers.map(({ status }) => status).toSorted()
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 201), 409, 409, 409, 409])
  const book = await bookOf(hana)
  expect(book).toHaveLength(20)
  expect(book.filter(({ isDefault }) => isDefault)).toHaveLength(1)
})

test('the same address added at once stands in the book once', async () => {
  const hana = await customer(system)
  const answers = await Promise.all(Array.from({ length: 6 }, () => add(hana, HOME)))
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
  expect(await bookOf(hana)).toHaveLength(1)
})

test('who leaves leaves no addresses behind', async () => {
  const hana = await customer(system)
  await add(hana, HOME)
  const count = async () =>
    await execute(
      system.databaseUrl,
      `select count(*)::int as n from identity.saved_address where account_id = '${hana.id}'`,
    )
  expect(await count()).toEqual([{ n: 1 }])
  expect((await hana.api.delete('/api/users/me', { json: { password: PASSWORD } })).status).toBe(204)
  expect(await count()).toEqual([{ n: 0 }])
})

test('whoever is about to buy is told what sending back would cost, on the item and in the checkout', async () => {
  const { send } = await browserOf(await customer(system))
  for (const path of [`/items/${itemId}`, `/checkout?item=${itemId}&quantity=1`])
    expect(await (await send('GET', path)).text()).toContain(
      '단순 변심의 반품 배송비 2,700원은 환불 금액에서 빼고, 교환 왕복 배송비는 5,400원입니다.',
    )
})

test('forms begin with the default, offer the others, and save a new one', async () => {
  const hana = await customer(system)
  const { send } = await browserOf(hana)
  const html = async (path: string) => (await send('GET', path)).text()
  const added = await send('POST', '/account/addresses', formOf(HOME))
  expect(added.headers.get('location')).toBe('/account/addresses?done=added')
  const office = await add(hana, OFFICE)
  const checkout = `/checkout?item=${itemId}&quantity=1`
  const first = await html(checkout)
  expect(first).toContain('value="010-1111-2222"')
  expect(first).toContain(`address=${office.id}`)
  expect(await html(`${checkout}&address=${office.id}`)).toContain('value="02-123-4567"')
  // Somebody else's is none to choose.
  const strange = await add(await customer(system), { ...HOME, phone: '010-9999-0000' })
  expect(await html(`${checkout}&address=${strange.id}`)).not.toContain('010-9999-0000')

  const parents = { ...HOME, name: '부모님' }
  const ordered = await send('POST', '/checkout', {
    ...formOf(parents),
    line: `${itemId}*1`,
    total: '30000',
    key: 'address-book-order-1',
    provider: 'kakaopay',
    saveAddress: 'yes',
  })
  expect(ordered.status).toBe(303)
  expect(await namesIn(hana)).toEqual(['김하나', '하나상사', '부모님'])

  const subscription = await subscribe(system, hana, itemId)
  const page = await html(`/subscriptions/${subscription.id}?address=${office.id}`)
  expect(page).toMatch(/<details id="receiver" open/)
  expect(page).toContain('value="02-123-4567"')
})

test('the pages change, prefer and remove; a wrong entry keeps what was typed', async () => {
  const hana = await customer(system)
  const { send } = await browserOf(hana)
  await add(hana, HOME)
  const { id } = await add(hana, OFFICE)
  const wrong = await send('POST', `/account/addresses/${id}`, { ...formOf(OFFICE), phone: '12' })
  expect(wrong.status).toBe(400)
  expect(await wrong.text()).toContain('연락 가능한 국내 전화번호')
  const twice = await send('POST', `/en/account/addresses/${id}`, formOf(HOME))
  expect(await twice.text()).toContain('You have saved the same address already')
  expect((await send('GET', `/account/addresses/${id}`)).status).toBe(200)
  for (const [path, done] of [
    ['', 'changed'],
    ['/prefer', 'preferred'],
    ['/remove', 'removed'],
  ] as const) {
    const form = formOf({ ...OFFICE, name: '하나상회' })
    const answer = await send('POST', `/account/addresses/${id}${path}`, form)
    expect(answer.headers.get('location')).toBe(`/account/addresses?done=${done}`)
  }
  expect(await namesIn(hana)).toEqual(['김하나'])
})

function formOf({ name, phone, address }: typeof HOME) {
  return { name, phone, ...address }
}

/** A browser somebody has logged in with. */
async function browserOf({ email }: Person) {
  const send = (method: 'GET' | 'POST', path: string, form: Record<string, string> = {}, cookie = '') =>
    fetch(new URL(path, system.url), {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html', origin: system.url, cookie },
      ...(method === 'POST' ? { body: new URLSearchParams(form) } : {}),
    })
  const opened = await send('POST', '/login', { email, password: PASSWORD })
  const session = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
  return {
    send: (method: 'GET' | 'POST', path: string, form: Record<string, string> = {}) =>
      send(method, path, form, session),
  }
}
