import { accounts } from './accounts.ts'
import { banners, cart, coupons, questions, reviews, wishes } from './buying.ts'
import { catalogue } from './catalogue.ts'
import type { Entry } from './entry.ts'
import { library } from './library.ts'
import { entry, logins } from './logins.ts'
import { operators } from './operators.ts'
import { orders } from './orders.ts'
import { methods, payments } from './payments.ts'
import { billing, subscriptions } from './subscriptions.ts'

export type { Entry }

/** Every operation of the document, by its operationId. A new route needs a new line here. */
export const ENTRIES: Readonly<Record<string, Entry>> = {
  ...accounts,
  ...logins,
  ...entry,
  ...catalogue,
  ...cart,
  ...orders,
  ...reviews,
  ...questions,
  ...wishes,
  ...coupons,
  ...banners,
  ...payments,
  ...methods,
  ...subscriptions,
  ...billing,
  ...operators,
  ...library,
}
