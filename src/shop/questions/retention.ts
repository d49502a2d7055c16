import { sql } from 'kysely'
import { COMPLAINTS } from '../../platform/retention/laws.ts'
import { dueRows, type RetentionRule } from '../../platform/retention/rule.ts'
import { forgetQuestions } from './question-store.ts'

/**
 * Private questions, which is how customers complain. What was asked and answered for everybody is of the item and stays,
 * and so does what still waits for an answer.
 */
export const questionsRetention: RetentionRule = {
  kind: 'questions.private',
  ...COMPLAINTS,
  removes: {
    ko: '답변이 끝난 비밀 문의와 답변의 글을 비웁니다.',
    en: 'The texts of private questions that were answered, and of their answers, are emptied.',
  },
  keeps: { ko: '공개 문의, 답변을 기다리는 문의', en: 'Public questions, and those that wait for an answer' },
  due: (db, page) =>
    dueRows(db, page, {
      id: sql`q.id`,
      at: sql`q.asked_at`,
      from: sql`questions.question q`,
      locked: 'q',
      where: sql`q.is_private and q.forgotten_at is null and q.deleted_at is null
        and (q.answer_no is not null or q.hidden_at < ${page.before})
        and not exists (
          select from questions.answer a where a.question_id = q.id and a.answered_at >= ${page.before})`,
    }),
  clear: (tx, ids, now) => forgetQuestions(tx, ids, now),
}
