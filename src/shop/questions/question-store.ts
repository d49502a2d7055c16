import { sql } from 'kysely'
import { questionAnswered, questionAsked, questionChanged } from '../../contracts/question-events.ts'
import type { Db, Tx } from '../../platform/database/database.ts'
import { appendEvents } from '../../platform/events/outbox.ts'
import { QUESTIONS_A_DAY, type Question } from './question.ts'

/** A row as it is read, with the answer that stands. */
export interface QuestionRow {
  id: string
  item_id: string
  asker_id: string
  asker_name: string
  is_private: boolean
  version: number
  body: string
  asked_at: Temporal.Instant
  edited_at: Temporal.Instant | null
  deleted_at: Temporal.Instant | null
  hidden_at: Temporal.Instant | null
  hidden_by: string | null
  hide_reason: string | null
  answer_no: number | null
  answer_body: string | null
  answered_by: string | null
  answered_at: Temporal.Instant | null
}

/** A question with the answer that stands, as {@link QuestionRow}s. */
export const WITH_ANSWER = sql`
  select q.*, a.body as answer_body, a.answered_by, a.answered_at
  from questions.question q left join questions.answer a on a.question_id = q.id and a.no = q.answer_no`

/** The question of a row. */
export function questionOf(row: QuestionRow): Question {
  const { hidden_at: hiddenAt, hidden_by: hiddenBy, hide_reason: reason } = row
  const { answer_no: no, answer_body: body, answered_by: by, answered_at: at } = row
  return {
    id: row.id,
    itemId: row.item_id,
    askerId: row.asker_id,
    askerName: row.asker_name,
    isPrivate: row.is_private,
    version: row.version,
    body: row.body,
    askedAt: row.asked_at,
    editedAt: row.edited_at,
    deletedAt: row.deleted_at,
    hidden:
      hiddenAt === null || hiddenBy === null || reason === null
        ? null
        : { at: hiddenAt, by: hiddenBy, reason },
    answer: no === null || body === null || by === null || at === null ? null : { no, body, by, at },
  }
}

/** The question, locked until the end of the transaction; also a deleted or a hidden one. */
export async function lockQuestion(tx: Tx, id: string): Promise<Question | undefined> {
  // First the lock, then the look: a join that waits for the lock would see the answer's table as it was before.
  await sql`select 1 from questions.question where id = ${id} for update`.execute(tx)
  return findQuestion(tx, id)
}

/** The question, not locked; also a deleted or a hidden one. */
export async function findQuestion(db: Db | Tx, id: string): Promise<Question | undefined> {
  const { rows } = await sql<QuestionRow>`${WITH_ANSWER} where q.id = ${id}`.execute(db)
  return rows[0] && questionOf(rows[0])
}

/** Lets the asks of one account, and its leaving, take turns until the end of the transaction. */
export async function lockAsker(tx: Tx, askerId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`questions ${askerId}`}, 0))`.execute(tx)
}

/**
 * Writes a new question of a locked asker.
 * @param today in Seoul
 * @returns why nothing was written: the asker has left, or has asked as much as anybody may today
 */
export async function insertQuestion(
  tx: Tx,
  question: Question,
  today: Temporal.PlainDate,
): Promise<'inserted' | 'gone' | 'full'> {
  const { askerId } = question
  const { rows } = await sql<{ gone: boolean; today: number }>`
    select exists (select 1 from questions.gone_asker where asker_id = ${askerId}) as gone,
      (select count(*) from questions.question
        where asker_id = ${askerId} and asked_on = ${today.toString()}::date) as today`.execute(tx)
  const [asker] = rows
  if (!asker || asker.gone) return 'gone'
  if (asker.today >= QUESTIONS_A_DAY) return 'full'
  await sql`
    insert into questions.question
      (id, item_id, asker_id, asker_name, is_private, version, body, asked_at, asked_on, of_day)
    values (${question.id}, ${question.itemId}, ${askerId}, ${question.askerName}, ${question.isPrivate},
      ${question.version}, ${question.body}, ${question.askedAt}, ${today.toString()}::date,
      ${asker.today + 1})`.execute(tx)
  return 'inserted'
}

/**
 * Writes what became of a locked question: compare-and-set on the version. A miss is a bug and throws. With a deletion
 * the database empties every text of the question, those of earlier answers too (`question_deleted`).
 */
export async function saveQuestion(tx: Tx, from: Question, to: Question): Promise<void> {
  if (to.answer !== null && to.answer.no !== from.answer?.no) {
    await sql`
      insert into questions.answer (question_id, no, body, answered_by, answered_at)
      values (${to.id}, ${to.answer.no}, ${to.answer.body}, ${to.answer.by}, ${to.answer.at})`.execute(tx)
  }
  const { rows } = await sql`
    update questions.question set version = ${to.version}, is_private = ${to.isPrivate}, body = ${to.body},
      edited_at = ${to.editedAt}, deleted_at = ${to.deletedAt}, hidden_at = ${to.hidden?.at ?? null},
      hidden_by = ${to.hidden?.by ?? null}, hide_reason = ${to.hidden?.reason ?? null},
      answer_no = ${to.answer?.no ?? null}
    where id = ${from.id} and version = ${from.version}
    returning id`.execute(tx)
  if (rows.length === 0) throw new Error(`question ${from.id} is not as it was locked`)
}

const SOURCE = 'shop/questions'

const told = ({ id, itemId, askerId, isPrivate }: Question) => ({
  questionId: id,
  itemId,
  askerId,
  isPrivate,
})

/** Tells that a question was asked. */
export async function publishAsked(tx: Tx, question: Question, at: Temporal.Instant): Promise<void> {
  await appendEvents(tx, SOURCE, at, [questionAsked.of(question.id, question.version, told(question))])
}

/** Tells what became of a question: its new answer, or what else was done with it. */
export async function publishChange(
  tx: Tx,
  from: Question,
  to: Question,
  at: Temporal.Instant,
): Promise<void> {
  const event =
    to.answer !== null && to.answer.no !== from.answer?.no
      ? questionAnswered.of(to.id, to.version, { ...told(to), answerNo: to.answer.no })
      : questionChanged.of(to.id, to.version, { ...told(to), what: whatOf(from, to) })
  await appendEvents(tx, SOURCE, at, [event])
}

function whatOf(from: Question, to: Question): 'edited' | 'deleted' | 'hidden' | 'shown' {
  if (to.deletedAt !== from.deletedAt) return 'deleted'
  if (to.hidden !== from.hidden) return to.hidden === null ? 'shown' : 'hidden'
  return 'edited'
}

/**
 * An asker has left: their questions go from every page, with all that they wrote and what was answered to it, which
 * may repeat it. Whoever it was asks nothing more. Again changes nothing.
 */
export async function forgetAsker(tx: Tx, askerId: string, at: Temporal.Instant): Promise<void> {
  await lockAsker(tx, askerId)
  await sql`insert into questions.gone_asker (asker_id) values (${askerId}) on conflict do nothing`.execute(
    tx,
  )
  const { rows } = await sql<{ id: string; itemId: string; isPrivate: boolean; version: number }>`
    update questions.question set version = version + 1, body = '', asker_name = '', forgotten_at = ${at},
      hide_reason = case when hide_reason is null then null else '' end, deleted_at = coalesce(deleted_at, ${at})
    where asker_id = ${askerId} and forgotten_at is null
    returning id, item_id as "itemId", is_private as "isPrivate", version`.execute(tx)
  await sql`
    update questions.answer set body = ''
    where question_id in (select id from questions.question where asker_id = ${askerId}) and body <> ''`.execute(
    tx,
  )
  const events = rows.map(({ id, itemId, isPrivate, version }) =>
    questionChanged.of(id, version, { questionId: id, itemId, askerId, isPrivate, what: 'forgotten' }),
  )
  if (events.length > 0) await appendEvents(tx, SOURCE, at, events)
}

/** The texts of locked questions, and of their answers, go: their term is over. */
export async function forgetQuestions(tx: Tx, ids: readonly string[], at: Temporal.Instant): Promise<void> {
  const { rows } = await sql<{
    id: string
    itemId: string
    askerId: string
    isPrivate: boolean
    version: number
  }>`
    update questions.question set version = version + 1, body = '', asker_name = '', forgotten_at = ${at},
      hide_reason = case when hide_reason is null then null else '' end, deleted_at = ${at}
    where id = any(${ids}::uuid[])
    returning id, item_id as "itemId", asker_id as "askerId", is_private as "isPrivate", version`.execute(tx)
  const events = rows.map(({ id, version, ...told }) =>
    questionChanged.of(id, version, { questionId: id, ...told, what: 'forgotten' }),
  )
  if (events.length > 0) await appendEvents(tx, SOURCE, at, events)
}
