import { account } from './account.ts'
import { around } from './around.ts'
import { buying } from './buying.ts'
import { frame } from './frame.ts'
import { library } from './library.ts'
import { orders } from './orders.ts'
import { questions } from './questions.ts'
import { shop } from './shop.ts'
import { subscriptions } from './subscriptions.ts'

/** The shop and the library in Korean, by room. */
export const ko = {
  shop: '필리버리',
  tagline: '건강기능식품 정기배송',
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
