import type { Words } from '../index.ts'
import { account } from './account.ts'
import { around } from './around.ts'
import { buying } from './buying.ts'
import { frame } from './frame.ts'
import { library } from './library.ts'
import { orders } from './orders.ts'
import { questions } from './questions.ts'
import { shop } from './shop.ts'
import { subscriptions } from './subscriptions.ts'

/** The shop and the library in English, by room. */
export const en: Words = {
  shop: 'Pillivery',
  tagline: 'Health food, delivered on your rhythm',
  ...frame,
  ...shop,
  ...account,
  ...orders,
  ...subscriptions,
  library,
  around,
  buying,
  questions,
}
