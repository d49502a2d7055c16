/** For the tests of questions only: the shop of the orders' tests, with questions. */
import { sql } from 'kysely'
import { migrate } from '../../platform/database/migrate.ts'
import { newId } from '../../platform/ids.ts'
import { itemsForSale } from '../catalog/index.ts'
import { openShop } from '../orders/orders.fixture.ts'
import { askQuestion, type QuestionDeps } from './ask-question.ts'
import { questionsSchema } from './index.ts'
import type { Asked } from './question.ts'

export const BODY = '하루에 몇 알을 먹어야 하나요?'

export type QuestionShop = Awaited<ReturnType<typeof openQuestionShop>>

export async function openQuestionShop() {
  const shop = await openShop()
  await migrate(shop.db, [questionsSchema])
  const { db, clock } = shop
  const deps: QuestionDeps = { db, clock, catalog: { itemsForSale }, nameOf: async () => '건강지기' }
  const ask = (
    itemId: string,
    { askerId = newId(), key = newId(), ...asked }: Partial<Asked> & { askerId?: string; key?: string } = {},
  ) =>
    askQuestion(deps, {
      askerId,
      idempotencyKey: key,
      asked: { itemId, body: BODY, isPrivate: false, ...asked },
    })
  return {
    ...shop,
    deps,
    ask,
    /** Asks what must not be refused. @returns its id */
    async asked(...[itemId, asked]: Parameters<typeof ask>): Promise<string> {
      const result = await ask(itemId, asked)
      if (result.kind === 'refused') throw new Error(`refused: ${result.code}`)
      return result.body.id
    },
    /** Types and data of a question's events, in order of its versions. */
    async told(id: string): Promise<{ type: string; version: number; data: Record<string, unknown> }[]> {
      const { rows } = await sql<{ type: string; version: number; data: Record<string, unknown> }>`
        select type, subject_version as version, data from platform.outbox
        where subject = ${id} order by subject_version`.execute(db)
      return rows
    },
  }
}
