import { writeAudit } from '../../platform/audit/audit.ts'
import { type Tx, transact } from '../../platform/database/database.ts'
import { type Actor, owned } from '../../platform/http/actor.ts'
import { emptyAnswer } from '../../platform/http/idempotency.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import { type QuestionDeps, questionAnswers } from './ask-question.ts'
import {
  type Asked,
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
import { lockQuestion, publishChange, saveQuestion } from './question-store.ts'

type ChangeDeps = Pick<QuestionDeps, 'db' | 'clock'>

/** What was left out stays. Refusals: not_found (not the asker's, or deleted), question_hidden, question_answered, invalid_request. */
export function changeAsked(
  deps: ChangeDeps,
  actor: Actor,
  { id, ...asked }: Partial<Asked> & { id: string },
): Promise<Changed | Refused<'not_found' | 'question_hidden' | 'question_answered' | 'invalid_request'>> {
  return change(deps, id, (question, now) => {
    const mine = owned(actor, question && { question, ownerId: question.askerId })
    if ('kind' in mine) return mine
    const checked = checkQuestion(asked.body ?? mine.question.body)
    if (checked.kind === 'refused') return checked
    const { isPrivate = mine.question.isPrivate } = asked
    return editQuestion(mine.question, { body: checked.body, isPrivate }, now)
  })
}

/**
 * Deletes it for everybody, with its answers and all their texts; it may be repeated.
 * Refusals: not_found (not the asker's).
 */
export function deleteQuestion(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
): Promise<Changed | Refused<'not_found'>> {
  return change(
    deps,
    id,
    (question, now) => {
      const mine = owned(actor, question && { question, ownerId: question.askerId })
      return 'kind' in mine ? mine : markDeleted(mine.question, now)
    },
    // The kept answer to the request that asked has the text too.
    { also: (tx) => emptyAnswer(tx, questionAnswers(actor.userId), { id }, { body: '' }) },
  )
}

/**
 * The merchant answers what they have read, or corrects their answer.
 * Refusals: not_found, question_hidden, question_changed_meanwhile, invalid_request.
 */
export function giveAnswer(
  deps: ChangeDeps,
  actor: Actor,
  { id, version, body }: { id: string; version: number; body: string },
): Promise<
  Changed | Refused<'not_found' | 'question_hidden' | 'question_changed_meanwhile' | 'invalid_request'>
> {
  return change(
    deps,
    id,
    (question, at) => {
      if (!question) return refused('not_found')
      const checked = checkAnswer(body)
      if (checked.kind === 'refused') return checked
      return answerQuestion(question, { version, body: checked.body, by: actor.userId }, at)
    },
    { deed: { actor, action: 'question.answered' } },
  )
}

/** The merchant takes it from the pages; its asker still sees it, with the reason. Refusals: not_found. */
export function hideQuestion(
  deps: ChangeDeps,
  actor: Actor,
  { id, reason }: { id: string; reason: string },
): Promise<Changed | Refused<'not_found'>> {
  return change(
    deps,
    id,
    (question, at) =>
      question ? markHidden(question, { at, by: actor.userId, reason }) : refused('not_found'),
    { deed: { actor, action: 'question.hidden', reason } },
  )
}

/** The merchant shows it again. Refusals: not_found. */
export function showQuestion(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
): Promise<Changed | Refused<'not_found'>> {
  return change(deps, id, (question) => (question ? markShown(question) : refused('not_found')), {
    deed: { actor, action: 'question.shown' },
  })
}

interface StaffDeed {
  actor: Actor
  action: 'question.answered' | 'question.hidden' | 'question.shown'
  reason?: string
}

/**
 * Decides about the locked question, writes what became of it and tells it, in one transaction; what those who work here
 * do is written down too, without the texts, which stand in the question and its answers.
 */
function change<Code extends string>(
  { db, clock }: ChangeDeps,
  id: string,
  decide: (question: Question | undefined, now: Temporal.Instant) => Changed | Refused<Code>,
  { deed, also }: { deed?: StaffDeed; also?(tx: Tx): Promise<void> } = {},
): Promise<Changed | Refused<Code>> {
  return transact(db, async (tx: Tx) => {
    const question = await lockQuestion(tx, id)
    const now = clock.now()
    const decision = decide(question, now)
    if (decision.kind === 'changed' && question) {
      await saveQuestion(tx, question, decision.question)
      await publishChange(tx, question, decision.question, now)
      await also?.(tx)
      if (deed) {
        await writeAudit(tx, now, {
          actorId: deed.actor.userId,
          action: deed.action,
          subject: { type: 'question', id },
          reason: deed.reason,
          before: auditedPart(question),
          after: auditedPart(decision.question),
        })
      }
    }
    return decision
  })
}

const auditedPart = ({ version, answer, hidden }: Question) => ({
  version,
  answerNo: answer?.no ?? null,
  isHidden: hidden !== null,
})
