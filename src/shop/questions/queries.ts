import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../platform/database/database.ts'
import type { Answer, Question } from './question.ts'
import { type QuestionRow, questionOf, WITH_ANSWER } from './question-store.ts'

export interface Paging {
  /** From 1. */
  page: number
  size: number
}

/** A question as everybody sees it: of a private one nothing but that it is there. */
export interface SeenQuestion {
  id: string
  itemId: string
  version: number
  askedAt: Temporal.Instant
  /** When the answer that stands was given; null: it waits for one. */
  answeredAt: Temporal.Instant | null
  /** Undefined: private. */
  open?: {
    body: string
    /** Covered but for the first character. */
    askerName: string
    editedAt: Temporal.Instant | null
    answer: Pick<Answer, 'no' | 'body'> | null
  }
}

const SHOWN = sql`q.deleted_at is null and q.hidden_at is null`

/**
 * What everybody sees of an item's questions, newest first. Texts of private ones are not even read, so that nothing
 * made of this can show them.
 */
export async function listQuestions(db: Db, itemId: string, { page, size }: Paging): Promise<SeenQuestion[]> {
  const { rows } = await sql<
    Pick<QuestionRow, 'id' | 'item_id' | 'version' | 'asked_at' | 'answered_at' | 'is_private'> &
      Pick<QuestionRow, 'answer_no' | 'answer_body' | 'edited_at'> & {
        body: string | null
        asker_name: string | null
      }
  >`
    select q.id, q.item_id, q.version, q.asked_at, a.answered_at, q.is_private,
      case when q.is_private then null else q.body end as body,
      case when q.is_private then null else q.asker_name end as asker_name,
      case when q.is_private then null else q.edited_at end as edited_at,
      case when q.is_private then null else a.no end as answer_no,
      case when q.is_private then null else a.body end as answer_body
    from questions.question q left join questions.answer a on a.question_id = q.id and a.no = q.answer_no
    where q.item_id = ${itemId} and ${SHOWN}
    order by q.asked_at desc, q.id desc limit ${size} offset ${(page - 1) * size}`.execute(db)
  return rows.map((row) => {
    const { answer_no: no, answer_body: answer, body, asker_name: askerName } = row
    const seen = {
      id: row.id,
      itemId: row.item_id,
      version: row.version,
      askedAt: row.asked_at,
      answeredAt: row.answered_at,
    }
    if (row.is_private || body === null || askerName === null) return seen
    return {
      ...seen,
      open: {
        body,
        askerName,
        editedAt: row.edited_at,
        answer: no === null || answer === null ? null : { no, body: answer },
      },
    }
  })
}

/** How many questions everybody sees of an item, private ones among them. */
export async function countQuestions(db: Db, itemId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from questions.question q where q.item_id = ${itemId} and ${SHOWN}`.execute(db)
  return rows[0]?.count ?? 0
}

/** An asker's own questions, newest first; private and hidden ones too. */
export async function questionsOfAsker(
  db: Db,
  askerId: string,
  { page, size }: Paging,
): Promise<{ questions: Question[]; total: number }> {
  const which = sql`q.asker_id = ${askerId} and q.deleted_at is null`
  const { rows } = await sql<QuestionRow>`
    ${WITH_ANSWER} where ${which}
    order by q.asked_at desc, q.id desc limit ${size} offset ${(page - 1) * size}`.execute(db)
  return { questions: rows.map(questionOf), total: await countOf(db, which) }
}

export const WORK_STATES = ['unanswered', 'answered', 'hidden', 'all'] as const
export type WorkState = (typeof WORK_STATES)[number]

const WORK: Readonly<Record<WorkState, RawBuilder<unknown>>> = {
  unanswered: sql`${SHOWN} and q.answer_no is null`,
  answered: sql`${SHOWN} and q.answer_no is not null`,
  hidden: sql`q.deleted_at is null and q.hidden_at is not null`,
  all: sql`q.deleted_at is null`,
}

/** Who has waited longest comes first; what is answered or hidden follows, the latest first. */
const WORK_ORDER = sql`
  (q.answer_no is not null or q.hidden_at is not null),
  case when q.answer_no is null and q.hidden_at is null then q.asked_at end, q.asked_at desc, q.id desc`

/** How many questions nobody has answered. */
export function countUnanswered(db: Db): Promise<number> {
  return countOf(db, WORK.unanswered)
}

export interface WorkQuestion {
  question: Question
  /** Those that were corrected, the first one first. */
  earlierAnswers: Answer[]
}

/** The merchant's work list. */
export async function listForMerchant(
  db: Db,
  { state, itemId }: { state: WorkState; itemId?: string | undefined },
  { page, size }: Paging,
): Promise<{ questions: WorkQuestion[]; total: number }> {
  const which = itemId === undefined ? WORK[state] : sql`${WORK[state]} and q.item_id = ${itemId}`
  const { rows } = await sql<QuestionRow>`
    ${WITH_ANSWER} where ${which}
    order by ${WORK_ORDER} limit ${size} offset ${(page - 1) * size}`.execute(db)
  const earlier = await earlierAnswers(db, rows)
  return {
    questions: rows.map((row) => ({
      question: questionOf(row),
      earlierAnswers: earlier.get(row.id) ?? [],
    })),
    total: await countOf(db, which),
  }
}

/** One of them. */
export async function withEarlierAnswers(db: Db, question: Question): Promise<WorkQuestion> {
  const earlier = await earlierAnswers(db, [{ id: question.id, answer_no: question.answer?.no ?? null }])
  return { question, earlierAnswers: earlier.get(question.id) ?? [] }
}

async function earlierAnswers(
  db: Db,
  questions: readonly Pick<QuestionRow, 'id' | 'answer_no'>[],
): Promise<Map<string, Answer[]>> {
  const corrected = questions.filter(({ answer_no: no }) => no !== null && no > 1).map(({ id }) => id)
  if (corrected.length === 0) return new Map()
  const { rows } = await sql<Answer & { questionId: string }>`
    select a.question_id as "questionId", a.no, a.body, a.answered_by as "by", a.answered_at as "at"
    from questions.answer a join questions.question q on q.id = a.question_id and a.no < q.answer_no
    where a.question_id = any(${corrected}::uuid[]) order by a.no`.execute(db)
  return Map.groupBy(rows, ({ questionId }) => questionId)
}

async function countOf(db: Db, which: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from questions.question q where ${which}`.execute(db)
  return rows[0]?.count ?? 0
}
