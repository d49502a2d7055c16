import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, actorOf, refusalsOf, Strict, Uuid, Words } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { AdminItem } from '../browse/item-json.ts'
import { catalogProblems } from '../problems.ts'
import { createItem, writeTexts } from './write-item.ts'

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['admin: items']
const { not_found } = platformProblems
const { item_changed_meanwhile, item_number_known } = catalogProblems

const Text = (description: string) => Type.String({ maxLength: 5_000, default: '', description })
const texts = {
  name: Words(200, '품목명'),
  enterprise: Words(100, '업소명: the brand'),
  mainFunction: Text('주된 기능성: decides the categories'),
  servingUse: Text('섭취방법'),
  intakeHint: Text('섭취 시 주의사항'),
  distributionPeriod: Text('소비기한'),
  appearance: Text('성상'),
  preservation: Text('보관방법'),
  baseStandard: Text('기준규격'),
  rawMaterials: Text('원재료'),
  shape: Text('제형'),
}

/** What a merchant writes of items. */
export function writeRoutes(app: App, deps: { db: Db; clock: Clock; committed(): Promise<void> }): void {
  app.route({
    method: 'POST',
    url: '/api/admin/items',
    config,
    schema: {
      operationId: 'createItem',
      tags,
      summary: 'Enter an item that the register did not bring',
      description:
        'It stays hidden, without price and stock, until these are set. Needs no Idempotency-Key: a repeat finds the number known.',
      body: Strict({
        statementNumber: Type.String({
          pattern: '^[0-9]{12,15}$',
          maxLength: 15,
          description: '품목제조번호; unique',
        }),
        ...texts,
      }),
      response: { 201: AdminItem, ...refusalsOf<typeof createItem>({ item_number_known }, 401, 403) },
    },
    handler: async (request, reply) => {
      const wish = { item: request.body, actorId: actorOf(request).userId }
      const result = await createItem(deps, wish)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(201).send(result.item)
    },
  })

  app.route({
    method: 'PUT',
    url: '/api/admin/items/:id/texts',
    config,
    schema: {
      operationId: 'writeItemTexts',
      tags,
      summary: 'Write the texts of an item anew',
      description:
        'What is not as the register says it (`registerTexts`) stays when the register is imported; writing what the register says gives it back.',
      params: Strict({ id: Uuid }),
      body: Strict({
        version: Type.Integer({ minimum: 1, description: 'The version you saw' }),
        ...texts,
      }),
      response: {
        200: AdminItem,
        ...refusalsOf<typeof writeTexts>({ not_found, item_changed_meanwhile }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const { version, ...written } = request.body
      const result = await writeTexts(deps, {
        itemId: request.params.id,
        version,
        texts: written,
        actorId: actorOf(request).userId,
      })
      return result.kind === 'refused' ? reply.refuse(result) : result.item
    },
  })
}
