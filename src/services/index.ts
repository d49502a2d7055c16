/**
 * What runs: every service of the software, as data. A process hosts one, several or (by default) all of them.
 *
 * To add a service:
 * 1. write `src/services/<name>.ts` with `defineService({ name, settings, schemas, commands, create })`: `create` puts
 *    its contexts together and gives their modules, and a face if others in the same process ask it something;
 * 2. add its name to `names.ts`, the type of its face to {@link Faces} (`undefined` when it has none) and the service
 *    itself to {@link SERVICES};
 * 3. run `node tools/readme.ts --write`: the README lists its settings.
 *
 * A context inside a service that exists already needs none of this: add it to the `create` of that service, and its
 * schema, commands and settings to the lists there.
 */

import type { SchemaMigrations } from '../platform/database/migrate.ts'
import { platformSchema } from '../platform/schema.ts'
import { type IdentityFace, identityService } from './identity.ts'
import { type BookFace, bookService } from './library/book.ts'
import { type BorrowFace, borrowService } from './library/borrow.ts'
import { type DashboardFace, dashboardService } from './library/dashboard.ts'
import { SERVICE_NAMES, type ServiceName } from './names.ts'
import { type NotificationsFace, notificationsService } from './notifications.ts'
import type { Service } from './service.ts'
import { type ShopFace, shopService } from './shop.ts'

export { SERVICE_NAMES, type ServiceName }

/** What services show one another. */
export interface Faces {
  identity: IdentityFace
  shop: ShopFace
  notifications: NotificationsFace
  book: BookFace
  borrow: BorrowFace
  dashboard: DashboardFace
}

export const SERVICES: { readonly [N in ServiceName]: Service<Faces[N]> } = {
  identity: identityService,
  shop: shopService,
  notifications: notificationsService,
  book: bookService,
  borrow: borrowService,
  dashboard: dashboardService,
}

/** Every schema of the software, in the order in which they are migrated. */
export const SCHEMAS: readonly SchemaMigrations[] = [
  platformSchema,
  ...SERVICE_NAMES.flatMap((name) => SERVICES[name].schemas),
]
