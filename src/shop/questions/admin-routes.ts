import Type, { type Static } from 'typebox'
import {
  type App,
  actorOf,
  PageSchema,
  pageOf,
  problems,
  refusalsOf,
  Strict,
  Uuid,
  Words,
} from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import type { QuestionDeps } from './ask-question.ts'
import { giveAnswer, hideQuestion, showQuestion } from './change-question.ts'
import { itemNames } from './for-pages.ts'
import { questionProblems } from './problems.ts'
import {
  countUnanswered,
  listForMerchant,
  WORK_STATES,
  type WorkState,
  withEarlierAnswers,
} from './queries.ts'
import { ANSWER_LENGTH, type Question, UNITS_A_CHARACTER } from './question.ts'
import { MerchantQuestionSchema, merchantQuestionJson } from './question-json.ts'
import { paging, QuestionId, tags } from './routes.ts'

const { invalid_request, not_found } = platformProblems
const { question_changed_meanwhile, question_hidden } = questionProblems

const audience = ['merchant', 'admin'] as const

/** What the merchant does about questions. */
export function adminQuestionRoutes(deps: QuestionDeps): (app: App) => void {
  const shown = async (question: Question): Promise<Static<typeof MerchantQuestionSchema>> => {
    const names = await itemNames(deps, [question.itemId])
    return merchantQuestionJson(
      await withEarlierAnswers(deps.db, question),
      names.get(question.itemId) ?? null,
    )
  }
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/questions',
      // Private ones are for the merchant alone: who looks is written down.
      config: { audience, personal: true },
      schema: {
        operationId: 'listQuestionsToAnswer',
        tags,
        summary: 'The work list of questions: who has waited longest comes first, then the latest',
        querystring: Strict({
          state: Type.Unsafe<WorkState>({ type: 'string', enum: [...WORK_STATES], default: 'all' }),
          itemId: Type.Optional(Uuid),
          ...paging,
        }),
        response: {
          200: Type.Object({ data: Type.Array(MerchantQuestionSchema), page: PageSchema }),
          ...problems(401, 403),
        },
      },
      handler: async (request, reply) => {
        reply.header('cache-control', 'no-store')
        const { questions, total } = await listForMerchant(deps.db, request.query, request.query)
        const names = await itemNames(
          deps,
          questions.map(({ question }) => question.itemId),
        )
        return {
          data: questions.map((work) => merchantQuestionJson(work, names.get(work.question.itemId) ?? null)),
          page: pageOf(request.query, total),
        }
      },
    })
    app.route({
      method: 'GET',
      url: '/api/admin/figures/questions',
      config: { audience },
      schema: {
        operationId: 'getQuestionFigures',
        tags,
        summary: 'How many questions wait for an answer',
        response: {
          200: Type.Object({ now: Type.Object({ unanswered: Type.Integer({ minimum: 0 }) }) }),
          ...problems(401, 403),
        },
      },
      handler: async () => ({ now: { unanswered: await countUnanswered(deps.db) } }),
    })
    app.route({
      method: 'PUT',
      url: '/api/admin/questions/:id/answer',
      // An answer may repeat what a private question tells; it stands with the question and leaves with its asker.
      config: { audience, unkept: ['body'] },
      schema: {
        operationId: 'answerQuestion',
        tags,
        summary: 'Answer a question, or correct its answer; the earlier one is kept',
        description:
          'The version you read is stated: if the question or its answer has changed meanwhile, nothing happens and the answer is 409.',
        params: QuestionId,
        body: Strict({
          version: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'The version you read' }),
          // Only a bound on what is looked at: a character as people count it may be several.
          body: Type.String({
            maxLength: UNITS_A_CHARACTER * ANSWER_LENGTH.most,
            description: `${ANSWER_LENGTH.least}–${ANSWER_LENGTH.most} characters`,
          }),
        }),
        response: {
          200: MerchantQuestionSchema,
          ...refusalsOf<typeof giveAnswer>(
            { not_found, question_hidden, question_changed_meanwhile, invalid_request },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const result = await giveAnswer(deps, actorOf(request), { id: request.params.id, ...request.body })
        if (result.kind === 'refused') return reply.refuse(result)
        return reply.header('cache-control', 'no-store').send(await shown(result.question))
      },
    })
    app.route({
      method: 'POST',
      url: '/api/admin/questions/:id/hide',
      config: { audience },
      schema: {
        operationId: 'hideQuestion',
        tags,
        summary: 'Take a question from the pages; its asker is shown the reason',
        params: QuestionId,
        body: Strict({ reason: Words(200) }),
        response: {
          200: MerchantQuestionSchema,
          ...refusalsOf<typeof hideQuestion>({ not_found }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const asked = { id: request.params.id, reason: request.body.reason.trim() }
        const result = await hideQuestion(deps, actorOf(request), asked)
        if (result.kind === 'refused') return reply.refuse(result)
        return reply.header('cache-control', 'no-store').send(await shown(result.question))
      },
    })
    app.route({
      method: 'POST',
      url: '/api/admin/questions/:id/show',
      config: { audience },
      schema: {
        operationId: 'showQuestion',
        tags,
        summary: 'Show a hidden question again',
        params: QuestionId,
        response: {
          200: MerchantQuestionSchema,
          ...refusalsOf<typeof showQuestion>({ not_found }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const result = await showQuestion(deps, actorOf(request), request.params.id)
        if (result.kind === 'refused') return reply.refuse(result)
        return reply.header('cache-control', 'no-store').send(await shown(result.question))
      },
    })
  }
}
