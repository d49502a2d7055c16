import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { colleague, customer, PASSWORD, type Person } from '../support/people.ts'
import { askQuestion, changeItem, QUESTION_BODY, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let merchant: Person
let itemId: string
beforeAll(async () => {
  system = await startSystem()
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000 })
  await setStock(merchant, itemId, 1_000)
})
afterAll(async () => {
  await system?.stop()
})

const ANSWER = '하루 한 번, 두 알씩 물과 함께 드시면 됩니다.'
const List = Type.Object({
  data: Type.Array(
    Type.Object({
      id: Type.String(),
      isPrivate: Type.Boolean(),
      body: Type.Union([Type.String(), Type.Null()]),
      author: Type.String(),
    }),
  ),
  page: Type.Object({ totalElements: Type.Integer() }),
})
const seen = async (person?: Person) =>
  expectBody(await (person?.api ?? system.api()).get(`/api/questions?itemId=${itemId}&size=100`), 200, List)
const answer = (id: string, version: number, body = ANSWER) =>
  merchant.api.send('PUT', `/api/admin/questions/${id}/answer`, { json: { version, body } })

test('a question is asked, changed, answered and read by everybody', async () => {
  const asker = await customer(system)
  const id = await askQuestion(asker, itemId)
  const edited = await asker.api.patch(`/api/questions/${id}`, { json: { body: '하루에 몇 번 먹나요?' } })
  expect(edited.body).toMatchObject({ version: 2, body: '하루에 몇 번 먹나요?' })
  const waiting = await merchant.api.get('/api/admin/questions?state=unanswered')
  expect(waiting.body).toMatchObject({ data: [{ id, version: 2, askerId: asker.id, answer: null }] })
  // What was read has changed since.
  expect((await answer(id, 1)).code).toBe('question_changed_meanwhile')
  expect((await answer(id, 2)).body).toMatchObject({ version: 3, answer: { no: 1, body: ANSWER } })
  expect((await asker.api.patch(`/api/questions/${id}`, { json: { isPrivate: true } })).code).toBe(
    'question_answered',
  )
  expect((await answer(id, 3, '식후 두 알입니다.')).body).toMatchObject({
    answer: { no: 2 },
    earlierAnswers: [{ no: 1, body: ANSWER }],
  })
  const list = await system.api().get(`/api/questions?itemId=${itemId}`)
  expect(list.body).toMatchObject({
    data: [{ id, author: '손**', answer: { body: '식후 두 알입니다.', isCorrected: true } }],
    page: { totalElements: 1 },
  })
  expect((await asker.api.delete(`/api/questions/${id}`)).status).toBe(204)
  expect((await seen()).data).toEqual([])
})

test('a private one is whole for its asker and the merchant, and for nobody else', async () => {
  const [asker, stranger] = [await customer(system), await customer(system)]
  const body = `제 알레르기 때문에 따로 여쭙니다 ${asker.id}`
  const id = await askQuestion(asker, itemId, { body, isPrivate: true })
  const given = `알레르기 성분은 들어 있지 않습니다 ${asker.id}`
  expect((await answer(id, 1, given)).status).toBe(200)
  for (const person of [undefined, stranger, asker, merchant]) {
    const list = await seen(person)
    expect(list.data).toMatchObject([{ id, isPrivate: true, body: null, author: '' }])
    expect(JSON.stringify(list)).not.toContain(asker.id)
  }
  expect((await stranger.api.get('/api/questions/own')).body).toMatchObject({ data: [] })
  expect((await stranger.api.get('/api/admin/questions')).status).toBe(403)
  expect((await stranger.api.patch(`/api/questions/${id}`, { json: { isPrivate: false } })).code).toBe(
    'not_found',
  )
  expect((await asker.api.get('/api/questions/own')).body).toMatchObject({
    data: [{ id, body, answer: { body: given } }],
  })
  expect((await merchant.api.get(`/api/admin/questions?itemId=${itemId}`)).body).toMatchObject({
    data: [{ id, body, answer: { body: given } }],
  })
  const admin = await colleague(system, 'admin')
  const looks = await admin.api.get(
    `/api/admin/audit?actorId=${merchant.id}&action=operation.list_questions_to_answer`,
  )
  expect(looks.body).toMatchObject({ data: [{ after: { asked: { itemId } } }, {}] })
  await asker.api.delete(`/api/questions/${id}`)
})

test('the audit, which nothing is ever taken out of, says that an answer was given and none of its words', async () => {
  const asker = await customer(system)
  const id = await askQuestion(asker, itemId, { body: '제 병력 때문에 따로 여쭙니다.', isPrivate: true })
  const given = '말씀하신 갑상샘 약과는 네 시간 간격을 두세요.'
  expect((await answer(id, 1, given)).status).toBe(200)
  // Refused ones are written down before they are looked at, and are no other.
  const second = `${given} 꼭이요`
  expect((await answer(id, 1, second)).code).toBe('question_changed_meanwhile')
  const admin = await colleague(system, 'admin')
  const about = async (action: string) =>
    (await admin.api.get(`/api/admin/audit?actorId=${merchant.id}&subjectId=${id}&action=${action}`)).body
  const operations = await about('operation.answer_question')
  const note = ({ length }: string) => ({ after: { asked: { version: 1, body: { characters: length } } } })
  expect(operations).toMatchObject({ data: [note(second), note(given)] })
  const deeds = await about('question.answered')
  expect(deeds).toMatchObject({ data: [{ after: { answerNo: 1 } }] })
  const everything = await admin.api.get(`/api/admin/audit?actorId=${merchant.id}&size=100`)
  for (const kept of [operations, deeds, everything.body])
    for (const word of given.split(' ').filter(({ length }) => length > 1))
      expect(JSON.stringify(kept)).not.toContain(word)
  await asker.api.delete(`/api/questions/${id}`)
})

test('the merchant hides one with a reason that its asker reads, and shows it again', async () => {
  const asker = await customer(system)
  const id = await askQuestion(asker, itemId)
  const json = { reason: '다른 쇼핑몰 광고' }
  expect((await merchant.api.post(`/api/admin/questions/${id}/hide`, { json })).status).toBe(200)
  expect((await seen()).data).toEqual([])
  expect((await asker.api.get('/api/questions/own')).body).toMatchObject({
    data: [{ hideReason: json.reason }],
  })
  expect((await answer(id, 2)).code).toBe('question_hidden')
  expect((await merchant.api.post(`/api/admin/questions/${id}/show`)).status).toBe(200)
  expect((await seen()).data).toMatchObject([{ id, body: QUESTION_BODY }])
  await asker.api.delete(`/api/questions/${id}`)
})

test('whoever leaves takes their questions along', async () => {
  const asker = await customer(system)
  const id = await askQuestion(asker, itemId)
  await answer(id, 1)
  expect((await asker.api.delete('/api/users/me', { json: { password: PASSWORD } })).status).toBe(204)
  await until(async () => (await seen()).page.totalElements === 0, {
    what: 'the question to go',
    deadlineMs: 10_000,
  })
})
