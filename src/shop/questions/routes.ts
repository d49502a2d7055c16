import Type from 'typebox'
import type { Db } from '../../platform/database/database.ts'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  PageSchema,
  pageOf,
  pagingTo,
  problems,
  refusalsOf,
  Strict,
  Uuid,
} from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { catalogProblems } from '../catalog/index.ts'
import { askQuestion, type QuestionDeps } from './ask-question.ts'
import { changeAsked, deleteQuestion } from './change-question.ts'
import { questionProblems } from './problems.ts'
import { countQuestions, listQuestions, questionsOfAsker } from './queries.ts'
import { QUESTION_LENGTH, QUESTIONS_A_DAY, UNITS_A_CHARACTER } from './question.ts'
import { OwnQuestionSchema, ownQuestionJson, QuestionSchema, questionJson } from './question-json.ts'

const { idempotency_key_reused, invalid_request, not_found, not_signed_in, request_in_progress } =
  platformProblems
const { item_no_longer_sold } = catalogProblems
const { question_answered, question_hidden, too_many_questions } = questionProblems

export const tags = ['questions']
export const QuestionId = Type.Object({ id: Uuid })

// Only a bound on what is looked at: a character as people count it may be several.
const Body = Type.String({
  maxLength: UNITS_A_CHARACTER * QUESTION_LENGTH.most,
  description: `${QUESTION_LENGTH.least}–${QUESTION_LENGTH.most} characters`,
})
const isPrivate = { description: 'Only its asker and the merchant read it' }

/** Deeper than anybody reads. */
const DEEPEST_PAGE = 1_000
export const paging = pagingTo(DEEPEST_PAGE)

export interface QuestionReads {
  /** The database, by the connections for what everybody may read. */
  browsing: Db
}

/** Questions over HTTP, for everybody and their askers. */
export function questionRoutes(deps: QuestionDeps & QuestionReads): (app: App) => void {
  return (app) => {
    readRoutes(app, deps)
    askRoute(app, deps)
    changeRoutes(app, deps)
  }
}

function readRoutes(app: App, { db, browsing }: QuestionDeps & QuestionReads): void {
  app.route({
    method: 'GET',
    url: '/api/questions',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'listQuestions',
      tags,
      summary: 'Questions about an item with their answers, newest first; private ones without texts',
      querystring: Strict({ itemId: Uuid, ...paging }),
      response: {
        200: Type.Object({ data: Type.Array(QuestionSchema), page: PageSchema }),
        ...problems(),
      },
    },
    handler: async ({ query }) => {
      const [questions, total] = await Promise.all([
        listQuestions(browsing, query.itemId, query),
        countQuestions(browsing, query.itemId),
      ])
      return { data: questions.map(questionJson), page: pageOf(query, total) }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/questions/own',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listOwnQuestions',
      tags,
      summary: 'One’s own questions with their answers, newest first; private ones too',
      querystring: Strict(paging),
      response: {
        200: Type.Object({ data: Type.Array(OwnQuestionSchema), page: PageSchema }),
        ...problems(401),
      },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { questions, total } = await questionsOfAsker(db, actorOf(request).userId, request.query)
      return { data: questions.map(ownQuestionJson), page: pageOf(request.query, total) }
    },
  })
}

function askRoute(app: App, deps: QuestionDeps): void {
  app.route({
    method: 'POST',
    url: '/api/questions',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'askQuestion',
      tags,
      summary: 'Ask something about an item',
      description: `At most ${QUESTIONS_A_DAY} a day (of Seoul) for each account; deleted ones count.`,
      headers: IdempotencyHeaders,
      body: Strict({
        itemId: Uuid,
        body: Body,
        isPrivate: Type.Boolean({ ...isPrivate, default: false }),
      }),
      response: {
        201: OwnQuestionSchema,
        ...refusalsOf<typeof askQuestion>(
          {
            invalid_request,
            not_signed_in,
            not_found,
            item_no_longer_sold,
            too_many_questions,
            idempotency_key_reused,
            request_in_progress,
          },
          401,
          429,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await askQuestion(deps, {
        askerId: actorOf(request).userId,
        idempotencyKey: request.headers['idempotency-key'],
        asked: request.body,
      })
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.header('cache-control', 'no-store').code(201).send(result.body)
    },
  })
}

function changeRoutes(app: App, deps: QuestionDeps): void {
  app.route({
    method: 'PATCH',
    url: '/api/questions/:id',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'editQuestion',
      tags,
      summary: 'Change one’s own question while nobody has answered it',
      params: QuestionId,
      body: Strict({ body: Type.Optional(Body), isPrivate: Type.Optional(Type.Boolean(isPrivate)) }),
      response: {
        200: OwnQuestionSchema,
        ...refusalsOf<typeof changeAsked>(
          { not_found, question_hidden, question_answered, invalid_request },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await changeAsked(deps, actorOf(request), { id: request.params.id, ...request.body })
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.header('cache-control', 'no-store').send(ownQuestionJson(result.question))
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/questions/:id',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'deleteQuestion',
      tags,
      summary: 'Delete one’s own question, with its answer; doing it again changes nothing',
      params: QuestionId,
      response: {
        204: Type.Null({ description: 'Done' }),
        ...refusalsOf<typeof deleteQuestion>({ not_found }, 401),
      },
    },
    handler: async (request, reply) => {
      const result = await deleteQuestion(deps, actorOf(request), request.params.id)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
    },
  })
}
