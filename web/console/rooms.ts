import { auditRoom } from './audit/routes.ts'
import { bannersRoom } from './banners/routes.ts'
import { billingRoom } from './billing/routes.ts'
import { booksRoom } from './books/routes.ts'
import { couponsRoom } from './coupons/routes.ts'
import { deadLettersRoom } from './dead-letters/routes.ts'
import { deskRooms } from './desk/routes.ts'
import type { Room } from './frame/room.ts'
import { itemsRoom } from './items/routes.ts'
import { lendingRulesRoom } from './lending-rules/routes.ts'
import { openingRoom } from './opening/routes.ts'
import { ordersRoom, shippingRoom } from './orders/routes.ts'
import { overviewRoom } from './overview/routes.ts'
import { paymentsRoom } from './payments/routes.ts'
import { questionsRoom } from './questions/routes.ts'
import { reconciliationRoom } from './reconciliation/routes.ts'
import { recordsRoom } from './records/routes.ts'
import { returnsRoom } from './returns/routes.ts'
import { reviewsRoom } from './reviews/routes.ts'
import { sellingTermsRoom } from './selling-terms/routes.ts'
import { settingsRoom } from './settings/routes.ts'
import { subscriptionsRoom } from './subscriptions/routes.ts'
import { terminalsRoom } from './terminals/routes.ts'
import { usersRoom } from './users/routes.ts'

/** Every room, in the order of the navigation. A new one adds its line here and its routes to `router.tsx`. */
export const rooms: readonly Room[] = [
  overviewRoom,
  shippingRoom,
  ordersRoom,
  returnsRoom,
  itemsRoom,
  couponsRoom,
  bannersRoom,
  sellingTermsRoom,
  subscriptionsRoom,
  questionsRoom,
  reviewsRoom,
  billingRoom,
  paymentsRoom,
  reconciliationRoom,
  ...deskRooms,
  booksRoom,
  lendingRulesRoom,
  openingRoom,
  terminalsRoom,
  deadLettersRoom,
  auditRoom,
  recordsRoom,
  usersRoom,
  settingsRoom,
]
