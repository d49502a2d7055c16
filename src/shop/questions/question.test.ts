import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answerQuestion,
  type Changed,
  checkAnswer,
  checkQuestion,
  editQuestion,
  markDeleted,
  markHidden,
  markShown,
  type Question,
} from './question.ts'

const NOW = Temporal.Instant.from('2026-11-21T01:00:00Z')
const LATER = NOW.add({ hours: 1 })
const question: Question = {
  id: 'q',
  itemId: 'i',
  askerId: 'a',
  askerName: '김**',
  isPrivate: false,
  version: 1,
  body: '하루에 몇 알을 먹나요?',
  askedAt: NOW,
  editedAt: null,
  deletedAt: null,
  hidden: null,
  answer: null,
}
const hiding = { at: LATER, by: 'm', reason: '광고' }
const answer = { version: 1, body: '두 알입니다.', by: 'm' }
const answered: Question = {
  ...question,
  version: 2,
  answer: { no: 1, body: '두 알입니다.', by: 'm', at: NOW },
}

describe('what may be written', () => {
  it.each([
    [checkQuestion, 5, 1_000],
    [checkAnswer, 2, 2_000],
  ])('has so many characters as people count them', (check, least, most) => {
    for (const length of [least, most]) {
      // A family is one character, however many code points it has.
      for (const letter of length === least ? ['가', '👨‍👩‍👧‍👦'] : ['가'])
        expect(check(letter.repeat(length))).toEqual({ kind: 'checked', body: letter.repeat(length) })
    }
    for (const length of [0, least - 1, most + 1])
      expect(check('가'.repeat(length))).toMatchObject({
        code: 'invalid_request',
        errors: [{ field: 'body.body', code: 'length' }],
      })
    expect(check(`가${' \n'.repeat(50)}`)).toMatchObject({ code: 'invalid_request' })
  })

  it('says how long it is', () => {
    const said = (checked: ReturnType<typeof checkQuestion>) =>
      checked.kind === 'refused' ? checked.errors?.map(({ message }) => message) : []
    expect(said(checkQuestion('몇 알?'))).toEqual([
      {
        ko: '문의는 5자 이상 1,000자 이하로 써 주세요(지금 4자).',
        en: 'A question has 5 to 1,000 characters (now 4).',
      },
    ])
    expect(said(checkAnswer('네'))).toEqual([
      {
        ko: '답변은 2자 이상 2,000자 이하로 써 주세요(지금 1자).',
        en: 'An answer has 2 to 2,000 characters (now 1).',
      },
    ])
  })

  it('is kept clean', () => {
    expect(checkQuestion('  몇 알\u200b\r\n먹나요?  ')).toEqual({ kind: 'checked', body: '몇 알\n먹나요?' })
  })
})

describe('a question', () => {
  it('is edited while nobody has answered', () => {
    const asked = { body: '한 번에 몇 알인가요?', isPrivate: true }
    expect(editQuestion(question, asked, LATER)).toEqual({
      kind: 'changed',
      question: { ...question, ...asked, version: 2, editedAt: LATER },
    })
    expect(editQuestion(question, { body: question.body, isPrivate: true }, LATER).kind).toBe('changed')
    expect(editQuestion(question, { ...asked, isPrivate: false }, LATER).kind).toBe('changed')
    expect(editQuestion(question, { body: question.body, isPrivate: false }, LATER)).toEqual({
      kind: 'unchanged',
      question,
    })
    expect(editQuestion(answered, asked, LATER)).toMatchObject({ code: 'question_answered' })
    expect(editQuestion({ ...question, hidden: hiding }, asked, LATER)).toMatchObject({
      code: 'question_hidden',
    })
    expect(editQuestion({ ...question, deletedAt: NOW }, asked, LATER)).toMatchObject({ code: 'not_found' })
  })

  it('is answered as it was read', () => {
    expect(answerQuestion(question, answer, LATER)).toEqual({
      kind: 'changed',
      question: { ...question, version: 2, answer: { no: 1, body: answer.body, by: 'm', at: LATER } },
    })
    expect(answerQuestion({ ...question, version: 3 }, answer, LATER)).toMatchObject({
      code: 'question_changed_meanwhile',
      facts: { version: 3 },
    })
    expect(answerQuestion({ ...question, hidden: hiding }, answer, LATER)).toMatchObject({
      code: 'question_hidden',
    })
    expect(answerQuestion({ ...question, deletedAt: NOW }, answer, LATER)).toMatchObject({
      code: 'not_found',
    })
  })

  it('has its answer corrected by another one, and the same again changes nothing', () => {
    const other = { version: 2, body: '한 알입니다.', by: 'n' }
    expect(answerQuestion(answered, other, LATER)).toEqual({
      kind: 'changed',
      question: { ...answered, version: 3, answer: { no: 2, body: other.body, by: 'n', at: LATER } },
    })
    // The reply to it was lost: it is sent again with the version of before.
    expect(answerQuestion(answered, answer, LATER)).toEqual({ kind: 'unchanged', question: answered })
    expect(answerQuestion(answered, { ...other, version: 1 }, LATER)).toMatchObject({
      code: 'question_changed_meanwhile',
    })
  })

  it('takes each of its ends once', () => {
    const removed = markDeleted(answered, NOW)
    expect(removed).toEqual({
      kind: 'changed',
      question: {
        ...answered,
        body: '',
        answer: { ...answered.answer, body: '' },
        deletedAt: NOW,
        version: 3,
      },
    })
    expect(markDeleted(removed.question, LATER)).toEqual({ kind: 'unchanged', question: removed.question })
    expect(markHidden(removed.question, hiding).kind).toBe('unchanged')
    const hidden = markHidden(question, hiding)
    expect(hidden).toEqual({ kind: 'changed', question: { ...question, hidden: hiding, version: 2 } })
    expect(markHidden(hidden.question, { ...hiding, reason: '다른 이유' }).kind).toBe('unchanged')
    expect(markShown(hidden.question)).toEqual({ kind: 'changed', question: { ...question, version: 3 } })
    expect(markShown(question)).toEqual({ kind: 'unchanged', question })
  })

  it('is bounded in code units too: one character may be of any number of them', () => {
    const tower = `e${'\u0301'.repeat(10)}`
    expect(checkQuestion(tower.repeat(400))).toMatchObject({ kind: 'checked' })
    expect(checkQuestion(tower.repeat(900))).toMatchObject({ code: 'invalid_request' })
  })

  it('raises its version by one with each change, and its answers only become more', () => {
    const body = fc.constantFrom('첫 번째 글', '두 번째 글', '세 번째 글')
    const step = fc.oneof(
      fc.tuple(body, fc.boolean()).map(
        ([text, isPrivate]) =>
          (from: Question) =>
            editQuestion(from, { body: text, isPrivate }, LATER),
      ),
      fc.tuple(body, fc.boolean()).map(
        ([text, isLate]) =>
          (from: Question) =>
            answerQuestion(from, { version: from.version - Number(isLate), body: text, by: 'm' }, LATER),
      ),
      fc.constantFrom(
        (from: Question) => markDeleted(from, LATER),
        (from: Question) => markHidden(from, hiding),
        (from: Question) => markShown(from),
      ),
    )
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let now = question
        for (const take of steps) {
          const result: Changed | { kind: 'refused' } = take(now)
          if (result.kind === 'refused') continue
          const then = result.question
          expect(then.version).toBe(now.version + (result.kind === 'changed' ? 1 : 0))
          if (now.answer) {
            expect([now.answer.no, now.answer.no + 1]).toContain(then.answer?.no)
            const kept = then.deletedAt === null ? now.body : ''
            expect([then.body, then.isPrivate]).toEqual([kept, now.isPrivate])
          }
          now = then
        }
      }),
    )
  })
})
