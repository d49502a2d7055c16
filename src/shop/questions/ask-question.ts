import type { Db } from '../../platform/database/database.ts'
import { type Answer, type KeyRefusal, once } from '../../platform/http/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import { coveredName } from '../../platform/text/written-text.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { Catalog } from '../catalog/index.ts'
import { type Asked, checkQuestion, type Question } from './question.ts'
import { type OwnQuestion, ownQuestionJson } from './question-json.ts'
import { insertQuestion, lockAsker, publishAsked } from './question-store.ts'

export interface QuestionDeps {
  db: Db
  clock: Clock
  catalog: Pick<Catalog, 'itemsForSale'>
  /** What somebody is called; undefined when that is not known here. */
  nameOf(userId: string): Promise<string | undefined>
}

type AskRefusal =
  | 'not_found'
  | 'item_no_longer_sold'
  | 'too_many_questions'
  | 'not_signed_in'
  | 'invalid_request'

export interface AskQuestion {
  askerId: string
  idempotencyKey: string
  asked: Asked & { itemId: string }
}

/**
 * Asks something about an item. Refusals: invalid_request, not_found (no such item), item_no_longer_sold (off sale),
 * too_many_questions (ten a day in Seoul), not_signed_in (the account was closed meanwhile), idempotency_key_reused,
 * request_in_progress.
 */
export async function askQuestion(
  { db, clock, catalog, nameOf }: QuestionDeps,
  { askerId, idempotencyKey, asked }: AskQuestion,
): Promise<Answer<OwnQuestion> | Refused<AskRefusal | KeyRefusal>> {
  const checked = checkQuestion(asked.body)
  if (checked.kind === 'refused') return checked
  const [item] = await catalog.itemsForSale(db, [asked.itemId])
  const name = await nameOf(askerId)
  const now = clock.now()
  return once(db, { scope: questionAnswers(askerId), key: idempotencyKey, body: asked }, now, async (tx) => {
    if (!item) return refused('not_found')
    if (item.status === 'hidden') return refused('item_no_longer_sold')
    await lockAsker(tx, askerId)
    const question: Question = {
      id: newId(),
      itemId: item.id,
      askerId,
      askerName: coveredName(name ?? ''),
      isPrivate: asked.isPrivate,
      version: 1,
      body: checked.body,
      askedAt: now,
      editedAt: null,
      deletedAt: null,
      hidden: null,
      answer: null,
    }
    const inserted = await insertQuestion(tx, question, clock.today())
    if (inserted === 'gone') return refused('not_signed_in')
    if (inserted === 'full') return refused('too_many_questions', { retryAfterSeconds: untilTomorrow(now) })
    await publishAsked(tx, question, now)
    return { kind: 'answered', status: 201, body: ownQuestionJson(question) }
  })
}

/** Where the answers to an asker's requests are kept for repeated ones. */
export function questionAnswers(askerId: string): string {
  return `questions:${askerId}`
}

/** Seconds until the next day begins in Seoul. */
function untilTomorrow(now: Temporal.Instant): number {
  const here = now.toZonedDateTimeISO('Asia/Seoul')
  const tomorrow = here.startOfDay().add({ days: 1 })
  return Math.ceil(here.until(tomorrow).total({ unit: 'seconds', relativeTo: here }))
}
