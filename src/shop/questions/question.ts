/** The rules of a question about an item: what may be asked and answered, and what each deed makes of the question. */
import { type FieldError, type Refused, refused, type Text } from '../../platform/refusal.ts'
import { cleanBody, lengthOf } from '../../platform/text/written-text.ts'

/** In characters as people count them (grapheme clusters). */
export const QUESTION_LENGTH = { least: 5, most: 1_000 } as const
export const ANSWER_LENGTH = { least: 2, most: 2_000 } as const
/** So many UTF-16 code units are taken for each character, on average. */
export const UNITS_A_CHARACTER = 5
/** By one account, on one day in Seoul; deleted ones count. The database holds it too (`of_day`). */
export const QUESTIONS_A_DAY = 10

export interface Answer {
  /** 1 for the first; each correction is one more. */
  no: number
  body: string
  by: string
  at: Temporal.Instant
}

export interface Question {
  id: string
  itemId: string
  askerId: string
  /** As shown to others; empty once the asker has left, or when it is not known. */
  askerName: string
  /** Only its asker and the merchant read it. */
  isPrivate: boolean
  /** Number of the latest event about this question. */
  version: number
  /** Empty once it is deleted. */
  body: string
  askedAt: Temporal.Instant
  editedAt: Temporal.Instant | null
  /** Deleted by its asker. */
  deletedAt: Temporal.Instant | null
  /** Hidden by the merchant. */
  hidden: { at: Temporal.Instant; by: string; reason: string } | null
  /** The one that stands. */
  answer: Answer | null
}

/** What an asker types. */
export interface Asked {
  body: string
  isPrivate: boolean
}

/** The question as it is kept. Refusals: invalid_request for fewer than 5 or more than 1,000 characters. */
export function checkQuestion(typed: string): { kind: 'checked'; body: string } | Refused<'invalid_request'> {
  return checkLength(typed, QUESTION_LENGTH, (length) => ({
    ko: `문의는 5자 이상 1,000자 이하로 써 주세요(지금 ${length}자).`,
    en: `A question has 5 to 1,000 characters (now ${length}).`,
  }))
}

/** The answer as it is kept. Refusals: invalid_request for fewer than 2 or more than 2,000 characters. */
export function checkAnswer(typed: string): { kind: 'checked'; body: string } | Refused<'invalid_request'> {
  return checkLength(typed, ANSWER_LENGTH, (length) => ({
    ko: `답변은 2자 이상 2,000자 이하로 써 주세요(지금 ${length}자).`,
    en: `An answer has 2 to 2,000 characters (now ${length}).`,
  }))
}

function checkLength(
  typed: string,
  { least, most }: { least: number; most: number },
  message: (length: number) => Text,
): { kind: 'checked'; body: string } | Refused<'invalid_request'> {
  // Bounded as the API bounds it also where no schema does: a character may be of any number of code units.
  const isBounded = typed.length <= UNITS_A_CHARACTER * most
  const body = isBounded ? cleanBody(typed) : ''
  const length = isBounded ? lengthOf(body) : typed.length
  if (length >= least && length <= most) return { kind: 'checked', body }
  const error: FieldError = { field: 'body.body', code: 'length', message: message(length) }
  return refused('invalid_request', { errors: [error] })
}

/** What a deed makes of a question: the question as it becomes, or nothing new. */
export type Changed = { kind: 'changed'; question: Question } | { kind: 'unchanged'; question: Question }

const changed = (question: Question): Changed => ({
  kind: 'changed',
  question: { ...question, version: question.version + 1 },
})
const unchanged = (question: Question): Changed => ({ kind: 'unchanged', question })

/** The asker asks something else, while nobody has answered. Refusals: not_found (deleted), question_hidden, question_answered. */
export function editQuestion(
  question: Question,
  asked: Asked,
  now: Temporal.Instant,
): Changed | Refused<'not_found' | 'question_hidden' | 'question_answered'> {
  if (question.deletedAt !== null) return refused('not_found')
  if (question.hidden !== null) return refused('question_hidden')
  if (question.answer !== null) return refused('question_answered')
  if (asked.body === question.body && asked.isPrivate === question.isPrivate) return unchanged(question)
  return changed({ ...question, ...asked, editedAt: now })
}

/**
 * The asker deletes it, with its answer: no text of either stays, nor why it was hidden, which may repeat them. Again
 * changes nothing.
 */
export function markDeleted(question: Question, now: Temporal.Instant): Changed {
  if (question.deletedAt !== null) return unchanged(question)
  const { answer, hidden } = question
  return changed({
    ...question,
    deletedAt: now,
    body: '',
    answer: answer && { ...answer, body: '' },
    hidden: hidden && { ...hidden, reason: '' },
  })
}

/**
 * The merchant answers, or corrects the answer. What is answered is what was read: one that has changed since is read
 * again first. The same answer again, after the reply to it was lost, changes nothing.
 * Refusals: not_found (deleted), question_hidden, question_changed_meanwhile with facts `{ version }`.
 */
export function answerQuestion(
  question: Question,
  { version, body, by }: { version: number; body: string; by: string },
  at: Temporal.Instant,
): Changed | Refused<'not_found' | 'question_hidden' | 'question_changed_meanwhile'> {
  if (question.deletedAt !== null) return refused('not_found')
  if (question.hidden !== null) return refused('question_hidden')
  if (question.answer?.body === body) return unchanged(question)
  if (version !== question.version) {
    return refused('question_changed_meanwhile', { facts: { version: question.version } })
  }
  return changed({ ...question, answer: { no: (question.answer?.no ?? 0) + 1, body, by, at } })
}

/** The merchant hides it from everybody but its asker. The first reason counts; a deleted one is seen by nobody already. */
export function markHidden(question: Question, hidden: NonNullable<Question['hidden']>): Changed {
  const isSeen = question.hidden === null && question.deletedAt === null
  return isSeen ? changed({ ...question, hidden }) : unchanged(question)
}

/** The merchant shows it again. One its asker has deleted stays deleted. */
export function markShown(question: Question): Changed {
  return question.hidden === null ? unchanged(question) : changed({ ...question, hidden: null })
}
