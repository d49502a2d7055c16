import { auditRoom } from './audit/routes.ts'
import { booksRoom } from './books/routes.ts'
import { deskRooms } from './desk/routes.ts'
import type { Room } from './frame/room.ts'
import { itemsRoom } from './items/routes.ts'
import { ordersRoom, shippingRoom } from './orders/routes.ts'
import { returnsRoom } from './returns/routes.ts'
import { reviewsRoom } from './reviews/routes.ts'
import { subscriptionsRoom } from './subscriptions/routes.ts'

/** Every room, in the order of the navigation. A new one adds its line here and its routes to `router.ts`. */
export const rooms: readonly Room[] = [
  shippingRoom,
  ordersRoom,
  returnsRoom,
  itemsRoom,
  subscriptionsRoom,
  reviewsRoom,
  ...deskRooms,
  booksRoom,
  auditRoom,
]
