import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../platform/audit/audit.ts'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { actor, insisting } from '../orders/orders.fixture.ts'
import { changeAsked, deleteQuestion, giveAnswer, hideQuestion, showQuestion } from './change-question.ts'
import { countQuestions, listForMerchant, listQuestions, questionsOfAsker, WORK_STATES } from './queries.ts'
import { findQuestion, forgetAsker } from './question-store.ts'
import { BODY, openQuestionShop, type QuestionShop } from './questions.fixture.ts'

let shop: QuestionShop
beforeAll(async () => {
  shop = await openQuestionShop()
})
afterAll(() => shop.drop())

const ALL = { page: 1, size: 50 }
const ANSWER = '식사 후 두 알씩, 물과 함께 드시면 됩니다.'
const merchant = actor(newId(), 'merchant')
const seen = (itemId: string) => listQuestions(shop.db, itemId, ALL)
const answer = (id: string, version = 1, body = ANSWER) =>
  giveAnswer(shop.deps, merchant, { id, version, body })

describe('asking', () => {
  it('is for an item that is sold, and shows who asks by a covered name', async () => {
    const itemId = await shop.addItem(9)
    expect(await shop.ask(itemId, { body: `  ${BODY}\u200b\r\n` })).toMatchObject({
      kind: 'answered',
      status: 201,
      body: { itemId, body: BODY, author: '건**', isPrivate: false, version: 1, answer: null },
    })
    expect(await seen(itemId)).toMatchObject([{ open: { body: BODY, askerName: '건**', answer: null } }])
    expect(await shop.ask(newId())).toMatchObject({ code: 'not_found' })
    expect(await shop.ask(itemId, { body: '몇 알' })).toMatchObject({ code: 'invalid_request' })
    await shop.changeItem(itemId, { status: 'hidden' })
    expect(await shop.ask(itemId)).toMatchObject({ code: 'item_no_longer_sold' })
  })

  it('is done once, however often and at the same time the same is sent', async () => {
    const itemId = await shop.addItem(9)
    const [askerId, key] = [newId(), newId()]
    const all = await Promise.all(
      Array.from({ length: 10 }, () => insisting(() => shop.ask(itemId, { askerId, key }))),
    )
    expect(new Set(all.map((result) => result.kind === 'answered' && result.body.id)).size).toBe(1)
    expect(await countQuestions(shop.db, itemId)).toBe(1)
  })

  it('is possible ten times a day for each account, also for twenty at once, and again the next day in Seoul', async () => {
    const itemId = await shop.addItem(9)
    const askerId = newId()
    const start = shop.clock.now()
    shop.clock.set(Temporal.Instant.from('2026-11-21T14:00:00Z'))
    const all = await Promise.all(
      Array.from({ length: 20 }, () => insisting(() => shop.ask(itemId, { askerId }))),
    )
    const asked = all.filter((result) => result.kind === 'answered')
    expect(asked).toHaveLength(10)
    // One hour before midnight in Seoul.
    for (const result of all.filter(({ kind }) => kind === 'refused'))
      expect(result).toMatchObject({ code: 'too_many_questions', retryAfterSeconds: 3_600 })
    await deleteQuestion(shop.deps, actor(askerId), asked[0]?.body.id ?? '')
    expect(await shop.ask(itemId, { askerId })).toMatchObject({ code: 'too_many_questions' })
    await shop.asked(itemId)
    shop.clock.advance({ hours: 1 })
    await shop.asked(itemId, { askerId })
    shop.clock.set(start)
  })
})

describe('a private question', () => {
  it('is read by its asker and the merchant, and is nothing but there for everybody else', async () => {
    const itemId = await shop.addItem(9)
    const askerId = newId()
    const secret = '제 주문번호 20261121-1234 배송지를 바꿔 주세요'
    const id = await shop.asked(itemId, { askerId, isPrivate: true, body: secret })
    await answer(id)
    const [shown] = await seen(itemId)
    expect(shown).toEqual({ id, itemId, version: 2, askedAt: shop.clock.now(), answeredAt: shop.clock.now() })
    expect(await countQuestions(shop.db, itemId)).toBe(1)
    const own = await questionsOfAsker(shop.db, askerId, ALL)
    expect(own).toMatchObject({ total: 1, questions: [{ body: secret, answer: { body: ANSWER } }] })
    const work = await listForMerchant(shop.db, { state: 'answered', itemId }, ALL)
    expect(work).toMatchObject({ total: 1, questions: [{ question: { body: secret, isPrivate: true } }] })
  })

  it('tells nothing of itself in events', async () => {
    const id = await shop.asked(await shop.addItem(9), { isPrivate: true, body: '비밀 이야기입니다' })
    await answer(id, 1, '비밀 답변입니다')
    expect(JSON.stringify(await shop.told(id))).not.toContain('비밀')
  })
})

describe('changing what was asked', () => {
  it('is for its asker only, and while nobody has answered', async () => {
    const itemId = await shop.addItem(9)
    const askerId = newId()
    const id = await shop.asked(itemId, { askerId })
    for (const other of [actor(newId()), merchant, actor(newId(), 'admin')]) {
      expect(await changeAsked(shop.deps, other, { id, isPrivate: true })).toMatchObject({
        code: 'not_found',
      })
      expect(await deleteQuestion(shop.deps, other, id)).toMatchObject({ code: 'not_found' })
    }
    const asker = actor(askerId)
    expect(await changeAsked(shop.deps, asker, { id, body: '아침에 먹나요?' })).toMatchObject({
      kind: 'changed',
      question: { body: '아침에 먹나요?', isPrivate: false },
    })
    expect(await changeAsked(shop.deps, asker, { id, isPrivate: true })).toMatchObject({
      question: { body: '아침에 먹나요?', isPrivate: true },
    })
    expect(await changeAsked(shop.deps, asker, { id, body: '왜' })).toMatchObject({ code: 'invalid_request' })
    expect(await answer(id, 3)).toMatchObject({ kind: 'changed' })
    expect(await changeAsked(shop.deps, asker, { id, isPrivate: false })).toMatchObject({
      code: 'question_answered',
    })
    const all = await Promise.all(Array.from({ length: 8 }, () => deleteQuestion(shop.deps, asker, id)))
    expect(all.filter(({ kind }) => kind === 'changed')).toHaveLength(1)
    expect(await seen(itemId)).toEqual([])
    expect((await shop.told(id)).map(({ type, version, data }) => [type, version, data.what])).toEqual([
      ['shop.question.asked', 1, undefined],
      ['shop.question.changed', 2, 'edited'],
      ['shop.question.changed', 3, 'edited'],
      ['shop.question.answered', 4, undefined],
      ['shop.question.changed', 5, 'deleted'],
    ])
  })

  it('never puts an answer under a question that nobody has read so', async () => {
    const itemId = await shop.addItem(9)
    for (let round = 0; round < 15; round += 1) {
      const askerId = newId()
      const id = await shop.asked(itemId, { askerId })
      const other = `저녁에 먹어도 되나요? ${round}`
      const [edited, given] = await Promise.all([
        insisting(() => changeAsked(shop.deps, actor(askerId), { id, body: other })),
        insisting(() => answer(id)),
      ])
      const question = await findQuestion(shop.db, id)
      if (edited.kind === 'changed') {
        expect(given).toMatchObject({ code: 'question_changed_meanwhile', facts: { version: 2 } })
        expect(question).toMatchObject({ body: other, answer: null })
      } else {
        expect(edited).toMatchObject({ code: 'question_answered' })
        expect(question).toMatchObject({ body: BODY, answer: { no: 1, body: ANSWER } })
      }
    }
  })
})

describe('deleting', () => {
  it('leaves no text in the database, whoever deletes: neither asked nor answered nor why it was hidden', async () => {
    const itemId = await shop.addItem(9)
    for (const version of ['this', 'an older'] as const) {
      const askerId = newId()
      const key = newId()
      const asked = await shop.ask(itemId, { askerId, key })
      const id = asked.kind === 'answered' ? asked.body.id : ''
      await answer(id)
      await answer(id, 2, '한 알이면 충분합니다.')
      await hideQuestion(shop.deps, merchant, { id, reason: `광고: ${BODY}` })
      if (version === 'this') await deleteQuestion(shop.deps, actor(askerId), id)
      else await sql`update questions.question set deleted_at = now() where id = ${id}`.execute(shop.db)
      const { rows } = await sql<{ text: string }>`
        select body || hide_reason as text from questions.question where id = ${id}
        union all select body from questions.answer where question_id = ${id}`.execute(shop.db)
      expect(rows).toEqual([{ text: '' }, { text: '' }, { text: '' }])
      if (version === 'this') {
        const kept = { kind: 'answered', replayed: true, body: { id, body: '' } }
        expect(await shop.ask(itemId, { askerId, key })).toMatchObject(kept)
      }
      await expect(
        sql`update questions.question set deleted_at = null where id = ${id}`.execute(shop.db),
      ).rejects.toThrow('stays deleted')
    }
  })
})

describe('answering', () => {
  it('is done by one of many who answer at once; the others read first what stands there', async () => {
    const id = await shop.asked(await shop.addItem(9))
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) => insisting(() => answer(id, 1, `${n}번 답변입니다.`))),
    )
    expect(all.filter(({ kind }) => kind === 'changed')).toHaveLength(1)
    expect(
      all.filter((given) => given.kind === 'refused' && given.code === 'question_changed_meanwhile'),
    ).toHaveLength(7)
  })

  it('keeps what was corrected, and writes down who did it without the texts', async () => {
    const itemId = await shop.addItem(9)
    const id = await shop.asked(itemId)
    await answer(id)
    expect(await answer(id)).toMatchObject({ kind: 'unchanged' })
    await answer(id, 2, '한 알이면 충분합니다.')
    expect(await answer(id, 3, '네')).toMatchObject({ code: 'invalid_request' })
    expect(await seen(itemId)).toMatchObject([{ open: { answer: { no: 2, body: '한 알이면 충분합니다.' } } }])
    const { questions } = await listForMerchant(shop.db, { state: 'all', itemId }, ALL)
    expect(questions).toMatchObject([
      {
        question: { version: 3, answer: { no: 2, by: merchant.userId } },
        earlierAnswers: [{ no: 1, body: ANSWER }],
      },
    ])
    const noted = await readAudit(shop.db, { subjectId: id, limit: 9 })
    expect(noted.map(({ action, after }) => [action, after])).toEqual([
      ['question.answered', { version: 3, answerNo: 2, isHidden: false }],
      ['question.answered', { version: 2, answerNo: 1, isHidden: false }],
    ])
    expect(await answer(newId())).toMatchObject({ code: 'not_found' })
  })

  it('leaves a history that the database lets nobody change', async () => {
    const id = await shop.asked(await shop.addItem(9))
    await answer(id)
    await answer(id, 2, '한 알이면 충분합니다.')
    const refuses = async (statement: ReturnType<typeof sql>, why: string) =>
      expect(statement.execute(shop.db)).rejects.toThrow(why)
    await refuses(sql`update questions.answer set body = 'x' where question_id = ${id}`, 'append-only')
    await refuses(sql`update questions.answer set body = '' where question_id = ${id}`, 'append-only')
    await refuses(sql`delete from questions.answer where question_id = ${id}`, 'append-only')
    await refuses(sql`truncate questions.answer cascade`, 'append-only')
    await refuses(sql`update questions.question set answer_no = 1 where id = ${id}`, 'never taken back')
    await refuses(sql`update questions.question set answer_no = null where id = ${id}`, 'never taken back')
    await refuses(sql`update questions.question set answer_no = 3 where id = ${id}`, 'question_answer')
    await refuses(sql`update questions.question set body = 'x' where id = ${id}`, 'stays as it was asked')
    await refuses(
      sql`update questions.question set is_private = true where id = ${id}`,
      'stays as it was asked',
    )
    await refuses(sql`update questions.question set of_day = 11 where id = ${id}`, 'of_day')
  })
})

it('is hidden with a reason from everybody but its asker, and shown again', async () => {
  const itemId = await shop.addItem(9)
  const askerId = newId()
  const id = await shop.asked(itemId, { askerId })
  await hideQuestion(shop.deps, merchant, { id, reason: '광고' })
  expect(await hideQuestion(shop.deps, merchant, { id, reason: '도배' })).toMatchObject({ kind: 'unchanged' })
  expect([await seen(itemId), await countQuestions(shop.db, itemId)]).toEqual([[], 0])
  const own = await questionsOfAsker(shop.db, askerId, ALL)
  expect(own).toMatchObject({ total: 1, questions: [{ hidden: { reason: '광고', by: merchant.userId } }] })
  expect(await changeAsked(shop.deps, actor(askerId), { id, isPrivate: true })).toMatchObject({
    code: 'question_hidden',
  })
  expect(await answer(id, 2)).toMatchObject({ code: 'question_hidden' })
  await showQuestion(shop.deps, merchant, id)
  expect(await seen(itemId)).toHaveLength(1)
  for (const missing of [
    await hideQuestion(shop.deps, merchant, { id: newId(), reason: 'x' }),
    await showQuestion(shop.deps, merchant, newId()),
  ])
    expect(missing).toMatchObject({ code: 'not_found' })
  const noted = await readAudit(shop.db, { subjectId: id, limit: 9 })
  expect(noted.map(({ action, reason }) => [action, reason])).toEqual([
    ['question.shown', null],
    ['question.hidden', '광고'],
  ])
})

it('is listed for the merchant with who has waited longest first, in pages that leave nothing out', async () => {
  const itemId = await shop.addItem(9)
  const ids: string[] = []
  for (let n = 0; n < 7; n += 1) {
    ids.push(await shop.asked(itemId))
    shop.clock.advance({ seconds: 1 })
  }
  const [a = '', b = '', c = '', d = '', e = '', f = '', g = ''] = ids
  await answer(b)
  await answer(e)
  await hideQuestion(shop.deps, merchant, { id: d, reason: '광고' })
  const askers = await listForMerchant(shop.db, { state: 'all', itemId }, ALL)
  await deleteQuestion(shop.deps, actor(askers.questions[1]?.question.askerId ?? ''), c)
  const listed = async (state: (typeof WORK_STATES)[number]) =>
    (await listForMerchant(shop.db, { state, itemId }, ALL)).questions.map(({ question }) => question.id)
  expect(await listed('unanswered')).toEqual([a, f, g])
  expect(await listed('answered')).toEqual([e, b])
  expect(await listed('hidden')).toEqual([d])
  expect(await listed('all')).toEqual([a, f, g, e, d, b])
  for (const state of WORK_STATES) {
    const paged: string[] = []
    for (const page of [1, 2, 3]) {
      const { questions, total } = await listForMerchant(shop.db, { state, itemId }, { page, size: 2 })
      paged.push(...questions.map(({ question }) => question.id))
      expect(total).toBe((await listed(state)).length)
    }
    expect(paged).toEqual(await listed(state))
  }
  expect((await seen(itemId)).map(({ id }) => id)).toEqual([g, f, e, b, a])
  const elsewhere = await listForMerchant(shop.db, { state: 'all' }, ALL)
  expect(elsewhere.total).toBeGreaterThan(6)
})

describe('an asker who leaves', () => {
  const forget = (askerId: string) => transact(shop.db, (tx) => forgetAsker(tx, askerId, shop.clock.now()))
  const textsOf = async (askerId: string) => {
    const { rows } = await sql<{ body: string; name: string; answer: string | null }>`
      select q.body || coalesce(q.hide_reason, '') as body, q.asker_name as name, a.body as answer from questions.question q
        left join questions.answer a on a.question_id = q.id
      where q.asker_id = ${askerId}`.execute(shop.db)
    return rows.flatMap(({ body, name, answer: given }) => [body, name, given ?? ''])
  }

  it('leaves no text behind: not asked, not deleted, not private, and no answer that repeats it', async () => {
    const itemId = await shop.addItem(9)
    const askerId = newId()
    const other = await shop.asked(itemId)
    await answer(other)
    const [first, second] = [await shop.asked(itemId, { askerId }), await shop.asked(itemId, { askerId })]
    const last = await shop.asked(itemId, { askerId, isPrivate: true })
    await answer(first)
    await answer(first, 2, '고쳐 쓴 답변입니다.')
    await answer(last)
    await hideQuestion(shop.deps, merchant, { id: last, reason: BODY })
    await deleteQuestion(shop.deps, actor(askerId), second)
    await forget(askerId)
    await forget(askerId)
    expect(new Set(await textsOf(askerId))).toEqual(new Set(['']))
    expect((await seen(itemId)).map(({ id }) => id)).toEqual([other])
    expect(await questionsOfAsker(shop.db, askerId, ALL)).toEqual({ questions: [], total: 0 })
    expect((await listForMerchant(shop.db, { state: 'all', itemId }, ALL)).total).toBe(1)
    expect(await findQuestion(shop.db, other)).toMatchObject({ body: BODY, answer: { body: ANSWER } })
    expect((await shop.told(last)).at(-1)).toMatchObject({ version: 4, data: { what: 'forgotten' } })
    expect(await answer(last, 4)).toMatchObject({ code: 'not_found' })
  })

  it('leaves none by a request that was still on its way', async () => {
    const itemId = await shop.addItem(9)
    for (let round = 0; round < 10; round += 1) {
      const askerId = newId()
      await Promise.all([
        insisting(() => shop.ask(itemId, { askerId })),
        insisting(() => shop.ask(itemId, { askerId })),
        insisting(() => forget(askerId)),
      ])
      expect((await textsOf(askerId)).filter((text) => text !== '')).toEqual([])
      expect(await shop.ask(itemId, { askerId })).toMatchObject({ code: 'not_signed_in' })
    }
  })
})
