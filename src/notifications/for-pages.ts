import type { Actor } from '../platform/http/actor.ts'
import { markAllRead, ownMessages } from './own-messages.ts'
import { type NotificationView, namesOnce, type RouteDeps, viewOf } from './routes.ts'
import type { Language } from './wording/wording.ts'

/** What customers do with their messages in a browser. */
export interface NotificationsForPages {
  /** One's own messages, newest first, in a language. @param after id of the last one already seen */
  list(
    actor: Actor,
    about: { language: Language; size: number; after: string | undefined },
  ): Promise<{ messages: NotificationView[]; next: string | null; unread: number }>
  /** All of one's messages are read now. */
  readAll(actor: Actor): Promise<void>
}

/** What the pages show of the letters to an account. */
export function notificationsForPages(deps: RouteDeps): NotificationsForPages {
  return {
    list: async (actor, { language, size, after }) => {
      const found = await ownMessages(deps, actor.userId, { size, after, unreadOnly: false })
      const nameOf = namesOnce(deps.itemNameOf)
      const messages = await Promise.all(found.messages.map((message) => viewOf(message, language, nameOf)))
      return { messages, next: found.next, unread: found.unread }
    },
    readAll: (actor) => markAllRead(deps.db, actor.userId, deps.clock.now()),
  }
}
