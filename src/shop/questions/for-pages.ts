import type { Actor } from '../../platform/http/actor.ts'
import type { Answer } from '../../platform/http/idempotency.ts'
import type { Refused } from '../../platform/refusal.ts'
import { type AskQuestion, askQuestion, type QuestionDeps } from './ask-question.ts'
import { changeAsked, deleteQuestion } from './change-question.ts'
import { type Paging, questionsOfAsker } from './queries.ts'
import type { Asked, Changed, Question } from './question.ts'
import type { OwnQuestion } from './question-json.ts'

/** An asker's question, and what the item is called; null when the catalogue does not know it any more. */
export interface NamedQuestion {
  question: Question
  itemName: string | null
}

/** What askers do with their questions in a browser: the use cases of the API. */
export interface QuestionsForPages {
  /** Refusals: those of `askQuestion`. */
  ask(wish: AskQuestion): Promise<Answer<OwnQuestion> | Refused>
  /** Refusals: those of `changeAsked`. */
  edit(actor: Actor, change: Asked & { id: string }): Promise<Changed | Refused>
  /** Refusals: those of `deleteQuestion`. */
  remove(actor: Actor, id: string): Promise<Changed | Refused>
  /** One's own, newest first; private and hidden ones too. */
  own(actor: Actor, paging: Paging): Promise<{ questions: NamedQuestion[]; total: number }>
}

/** What the pages do with questions: the use cases of the API. */
export function questionsForPages(deps: QuestionDeps): QuestionsForPages {
  return {
    ask: (wish) => askQuestion(deps, wish),
    edit: (actor, change) => changeAsked(deps, actor, change),
    remove: (actor, id) => deleteQuestion(deps, actor, id),
    own: async (actor, paging) => {
      const { questions, total } = await questionsOfAsker(deps.db, actor.userId, paging)
      const names = await itemNames(
        deps,
        questions.map(({ itemId }) => itemId),
      )
      return {
        questions: questions.map((question) => ({ question, itemName: names.get(question.itemId) ?? null })),
        total,
      }
    },
  }
}

/** What items are called now, by id; those the catalogue does not know any more are left out. */
export async function itemNames(
  { db, catalog }: Pick<QuestionDeps, 'db' | 'catalog'>,
  itemIds: readonly string[],
): Promise<Map<string, string>> {
  const items = await catalog.itemsForSale(db, [...new Set(itemIds)])
  return new Map(items.map(({ id, name }) => [id, name]))
}
