import Type, { type Static } from 'typebox'
import type { Db } from '../platform/database/database.ts'
import { type App, actorOf, problems, refusalsOf, Strict, Uuid } from '../platform/http/app.ts'
import { platformProblems } from '../platform/http/platform-problems.ts'
import { languageOf } from '../platform/http/problem.ts'
import { orNull } from '../platform/http/schemas.ts'
import type { Clock } from '../platform/time/clock.ts'
import { markRead, type OwnMessage, ownMessages } from './own-messages.ts'
import { summaryOf, wordingOf } from './wording/letter.ts'
import { type Notice, nameIn, noticeKinds } from './wording/notice.ts'
import type { Language } from './wording/wording.ts'

const { not_found } = platformProblems

const tags = ['notifications']

const About = Type.Object({
  type: Type.Enum(['order', 'subscription', 'hold', 'loan', 'question', 'account']),
  id: Type.String(),
})

const NotificationSchema = Type.Object({
  id: Type.String(),
  kind: Type.Enum([...noticeKinds]),
  title: Type.String({ description: 'In the language of Accept-Language (ko, en)' }),
  text: Type.String({ description: 'In the language of Accept-Language (ko, en)' }),
  about: About,
  createdAt: Type.String({ format: 'date-time' }),
  readAt: orNull(Type.String({ format: 'date-time' })),
})

export type NotificationView = Static<typeof NotificationSchema>

export interface RouteDeps {
  db: Db
  clock: Clock
  /** Is told the kind of a message that this version cannot read. */
  unreadable(kind: string): void
  itemNameOf(itemId: string): Promise<string | undefined>
}

/** One’s own letters over HTTP. */
export function notificationRoutes(deps: RouteDeps): (app: App) => void {
  return (app) => {
    listRoute(app, deps)
    readRoute(app, deps)
  }
}

function listRoute(app: App, deps: RouteDeps): void {
  app.route({
    method: 'GET',
    url: '/api/notifications',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listNotifications',
      tags,
      summary: 'One’s own messages, newest first',
      querystring: Strict({
        size: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
        after: Type.Optional(Type.String({ ...Uuid, description: '`page.next` of the page before' })),
        unread: Type.Boolean({ default: false, description: 'Only messages not read yet' }),
      }),
      response: {
        200: Type.Object({
          data: Type.Array(NotificationSchema),
          page: Type.Object({
            size: Type.Integer(),
            next: Type.Union([Type.String(), Type.Null()], {
              description: 'For `after`; null on the last page',
            }),
            unread: Type.Integer({ minimum: 0, description: 'Messages not read yet, on all pages' }),
          }),
        }),
        ...problems(401),
      },
    },
    handler: async (request) => {
      const { size, after, unread: unreadOnly } = request.query
      const found = await ownMessages(deps, actorOf(request).userId, { size, after, unreadOnly })
      const language = languageOf(request)
      const nameOf = namesOnce(deps.itemNameOf)
      const data = await Promise.all(found.messages.map((message) => viewOf(message, language, nameOf)))
      return { data, page: { size, next: found.next, unread: found.unread } }
    },
  })
}

function readRoute(app: App, deps: RouteDeps): void {
  app.route({
    method: 'POST',
    url: '/api/notifications/:id/read',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'readNotification',
      tags,
      summary: 'Mark one’s own message as read; doing it again changes nothing',
      params: Type.Object({ id: Uuid }),
      response: { 200: NotificationSchema, ...refusalsOf<typeof markRead>({ not_found }, 401) },
    },
    handler: async (request, reply) => {
      const result = await markRead(deps, {
        messageId: request.params.id,
        recipientId: actorOf(request).userId,
        now: deps.clock.now(),
      })
      if (result.kind === 'refused') return reply.refuse(result)
      return viewOf(result.message, languageOf(request), deps.itemNameOf)
    },
  })
}

function aboutOf({ data }: Notice, recipientId: string): Static<typeof About> {
  if ('subscriptionId' in data) return { type: 'subscription', id: data.subscriptionId }
  if ('orderId' in data) return { type: 'order', id: data.orderId }
  if ('questionId' in data) return { type: 'question', id: data.questionId }
  if ('holdId' in data) return { type: 'hold', id: data.holdId }
  return 'loanId' in data ? { type: 'loan', id: data.loanId } : { type: 'account', id: recipientId }
}

type NameOf = RouteDeps['itemNameOf']

/** Asks for each item once. Most messages have been sent and carry the name themselves. */
export function namesOnce(nameOf: NameOf): NameOf {
  const asked = new Map<string, Promise<string | undefined>>()
  return (itemId) => {
    const name = asked.get(itemId) ?? nameOf(itemId)
    asked.set(itemId, name)
    return name
  }
}

/** A letter as its reader sees it, in words of a language. */
export async function viewOf(
  { id, recipientId, notice, itemName, createdAt, readAt }: OwnMessage,
  language: Language,
  nameOf: NameOf,
): Promise<NotificationView> {
  const item = itemName ?? (await nameIn(notice, nameOf))
  const wording = wordingOf(notice, language, item)
  return {
    id,
    kind: notice.kind,
    title: wording.title,
    text: summaryOf(wording),
    about: aboutOf(notice, recipientId),
    createdAt: createdAt.toString(),
    readAt: readAt?.toString() ?? null,
  }
}
