/** The face of questions: what pages and the process that hosts them may use. */
import { accountWithdrawn } from '../../contracts/account-events.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { on } from '../../platform/events/subscriber.ts'
import { forgetAnswers } from '../../platform/http/idempotency.ts'
import type { Module } from '../../platform/module.ts'
import { adminQuestionRoutes } from './admin-routes.ts'
import { type QuestionDeps, questionAnswers } from './ask-question.ts'
import { type QuestionsForPages, questionsForPages } from './for-pages.ts'
import { questionProblems } from './problems.ts'
import { countQuestions, listQuestions, type Paging, type SeenQuestion } from './queries.ts'
import { forgetAsker } from './question-store.ts'
import { questionsRetention } from './retention.ts'
import { type QuestionReads, questionRoutes } from './routes.ts'

export type { NamedQuestion } from './for-pages.ts'
export type { SeenQuestion } from './queries.ts'

export const questionsSchema: SchemaMigrations = {
  schema: 'questions',
  folder: new URL('./migrations/', import.meta.url),
}

export interface Questions {
  module: Module
  /** What everybody sees of an item's questions, newest first; see queries.ts. */
  list(itemId: string, paging: Paging): Promise<SeenQuestion[]>
  /** How many those are. */
  count(itemId: string): Promise<number>
  /** What askers do in a browser. */
  pages: QuestionsForPages
}

/** Questions about items, and the merchant's answers. */
export function createQuestions(deps: QuestionDeps & QuestionReads): Questions {
  return {
    list: (itemId, paging) => listQuestions(deps.browsing, itemId, paging),
    count: (itemId) => countQuestions(deps.browsing, itemId),
    pages: questionsForPages(deps),
    module: {
      name: 'questions',
      schema: questionsSchema,
      problems: questionProblems,
      routes: (app) => {
        questionRoutes(deps)(app)
        adminQuestionRoutes(deps)(app)
      },
      retention: [questionsRetention],
      subscribers: [
        {
          name: 'questions',
          handlers: [
            on(accountWithdrawn, async (tx, { data, time }) => {
              await forgetAsker(tx, data.accountId, time)
              // After the asker is locked: no request on its way leaves another answer behind.
              await forgetAnswers(tx, questionAnswers(data.accountId))
            }),
          ],
        },
      ],
    },
  }
}
