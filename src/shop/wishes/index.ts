/** The face of wish lists. */
import { accountWithdrawn } from '../../contracts/account-events.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { on } from '../../platform/events/subscriber.ts'
import type { Module } from '../../platform/module.ts'
import type { Refused } from '../../platform/refusal.ts'
import { wishProblems } from './problems.ts'
import { wishRoutes } from './routes.ts'
import { addWish, forgetWishes, listWishes, removeWish, type Wish, type WishDeps } from './wish-list.ts'

export const wishesSchema: SchemaMigrations = {
  schema: 'wishes',
  folder: new URL('./migrations/', import.meta.url),
}

export interface Wishes {
  module: Module
  /** One's own, newest first. */
  list(accountId: string): Promise<Wish[]>
  /** Refusals: not_found, item_no_longer_sold (off sale), too_many_wishes. */
  add(wish: { accountId: string; itemId: string }): Promise<{ kind: 'wished' } | Refused>
  remove(wish: { accountId: string; itemId: string }): Promise<void>
}

/** What customers would like to have. */
export function createWishes(deps: WishDeps): Wishes {
  return {
    list: (accountId) => listWishes(deps, accountId),
    add: (wish) => addWish(deps, wish),
    remove: (wish) => removeWish(deps.db, wish),
    module: {
      name: 'wishes',
      schema: wishesSchema,
      problems: wishProblems,
      routes: wishRoutes(deps),
      subscribers: [
        {
          name: 'wishes',
          handlers: [on(accountWithdrawn, (tx, { data }) => forgetWishes(tx, data.accountId))],
        },
      ],
    },
  }
}
